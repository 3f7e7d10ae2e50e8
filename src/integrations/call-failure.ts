/** What the error of a call that was not answered tells of it. */
import { TokenLedgerError } from "../errors.ts";

/** Causes for which no byte of the request can have been sent. */
const UNSENT: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_INVALID_ARG",
  "ERR_INVALID_URL",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

export function hasNotLeft(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  // Refused by another budget, nearer to the provider.
  if (TokenLedgerError.is(error)) return error.code !== "PROVIDER_ERROR";
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return UNSENT.has(code) || UNSENT.has(cause?.code);
}

/** For a record: never the message, which may quote a prompt. */
export function describeFailure(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown } };
  const code = typeof cause?.code === "string" ? ` (${cause.code})` : "";
  return `${error instanceof Error ? error.name : "failed"}${code}`;
}
