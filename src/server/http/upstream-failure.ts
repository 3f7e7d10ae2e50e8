/** Why a provider's reply did not come, or not whole: in words for the log, that hold no address and nothing sent. */

export interface UpstreamFailure {
  kind: "unreachable" | "reset" | "head_timeout" | "idle_timeout" | "malformed" | "aborted";
  /** False only where not a byte of the request can have left: such a call costs nothing. */
  wasSent: boolean;
  message: string;
}

const KINDS: Readonly<Record<string, UpstreamFailure["kind"]>> = {
  UND_ERR_HEADERS_TIMEOUT: "head_timeout",
  UND_ERR_BODY_TIMEOUT: "idle_timeout",
  UND_ERR_HEADERS_OVERFLOW: "malformed",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "malformed",
};
const WORDS: Readonly<Record<UpstreamFailure["kind"], string>> = {
  unreachable: "no connection",
  reset: "the connection broke",
  head_timeout: "no reply in time",
  idle_timeout: "the reply stopped",
  malformed: "the reply is not valid HTTP",
  aborted: "given up",
};

export function describeFailure(error: Error, wasSent: boolean, hasHead: boolean): UpstreamFailure {
  const { code } = error as NodeJS.ErrnoException;
  const kind = wasSent ? (KINDS[code ?? ""] ?? (error.name === "HTTPParserError" ? "malformed" : "reset")) : "unreachable";
  const where = kind === "reset" ? (hasHead ? " within the reply" : " before the reply") : "";
  return { kind, wasSent, message: `${WORDS[kind]}${where} (${code ?? error.name})` };
}
