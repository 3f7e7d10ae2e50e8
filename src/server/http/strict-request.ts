/** What Node's parser lets through and should not reach any route: looked for before anything else is done. */
import type { IncomingMessage } from "node:http";
import { hasBody } from "./answer.ts";
import { lowerCase } from "./header-names.ts";
import { Refusal } from "./refusal.ts";
import { readTarget } from "./target.ts";

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);
const WITH_BODY = new Set(["POST", "PUT", "PATCH"]);
/** Two of them contradict each other, and Node would keep the first, or join them. */
const ONCE = new Set([
  ...["host", "authorization", "x-api-key", "x-goog-api-key", "api-key", "content-type", "content-length", "content-encoding"],
  ...["transfer-encoding", "expect", "origin", "x-http-method-override", "x-original-url", "x-rewrite-url"],
]);
const OWN = "x-tokenledger-";
const MOST_HEADERS = 128;
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9.])?)(?::([0-9]{1,5}))?$/i;

/** The refusal, if there is one: these are hardly ever seen, and most requests should not pay for a try. */
export function strictRefusal(request: IncomingMessage): Refusal | undefined {
  const { method = "", headers, rawHeaders } = request;
  if (!METHODS.has(method))
    return new Refusal(405, "method_not_allowed", "This method is not served here.", { headers: ["allow", [...METHODS].join(", ")] });
  if (rawHeaders.length > 2 * MOST_HEADERS) return new Refusal(431, "too_many_headers", `A request has at most ${MOST_HEADERS} headers.`);
  const twice = repeatedHeader(rawHeaders);
  if (twice !== undefined) return new Refusal(400, "duplicate_header", `The header ${twice} may be sent only once.`);
  const port = HOST.exec(headers.host ?? "");
  if (port === null || Number(port[1] ?? 80) > 65_535 || port[1] === "0")
    return new Refusal(400, "invalid_host", "The header host must be one name or address, with or without a port.");
  // Browsers and some clients offer h2c, which may be declined in silence; who asks for a web socket waits for it.
  if (headers.upgrade !== undefined && !/^h2c$/i.test(headers.upgrade))
    return new Refusal(400, "upgrade_refused", "No other protocol than HTTP is spoken here.");
  if (!WITH_BODY.has(method) && hasBody(request)) return new Refusal(400, "unexpected_body", `A ${method} request has no body here.`);
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && (coding.toLowerCase() !== "chunked" || request.httpVersion !== "1.1"))
    return new Refusal(400, "invalid_request", "A body has a length, or is chunked as HTTP/1.1 has it.");
  try {
    readTarget(request.url ?? "");
  } catch (error) {
    return error as Refusal;
  }
  return undefined;
}

function repeatedHeader(rawHeaders: readonly string[]): string | undefined {
  let seen: string[] | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = lowerCase(rawHeaders[index] as string);
    if (!ONCE.has(name) && !name.startsWith(OWN)) continue;
    if (seen === undefined) seen = [name];
    else if (seen.includes(name)) return name;
    else seen.push(name);
  }
  return undefined;
}
