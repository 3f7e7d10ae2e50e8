/** Which headers pass the gateway, in each direction: flat arrays, names and values in turn, as parsers give them. */

import { lowerCase } from "./header-names.ts";

/** Between two neighbours only (RFC 9110, 7.6.1). */
const HOP_BY_HOP = [
  ...["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer"],
  ...["transfer-encoding", "upgrade", "http2-settings"],
];

/**
 * What a provider's own clients send about the call itself. A list of what is allowed: whoever adds a header that some proxy or
 * framework believes in gains nothing by it.
 */
const TO_UPSTREAM = new Set([
  ...["content-type", "accept", "accept-language", "user-agent", "traceparent", "tracestate"],
  ...["openai-beta", "idempotency-key", "x-client-request-id", "x-request-id"],
  ...["anthropic-version", "anthropic-beta", "anthropic-dangerous-direct-browser-access", "x-app"],
  ...["x-goog-api-client", "x-server-timeout", "http-referer", "x-title"],
]);

const NOT_TO_CLIENT = new Set([
  ...HOP_BY_HOP,
  ...["content-length", "set-cookie", "set-cookie2", "alt-svc", "strict-transport-security", "report-to", "nel", "server-timing"],
  ...["access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers", "clear-site-data"],
  ...["openai-organization", "openai-project", "anthropic-organization-id"],
]);
const OWN = "x-tokenledger-";
/** Most clients read heads of 16 kB: a reply that was paid for shall not fail by its headers. */
const MOST_BYTES = 12_288;

export function forwardedRequestHeaders(rawHeaders: readonly string[]): string[] {
  const named = connectionNames(rawHeaders);
  const forwarded: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = lowerCase(rawHeaders[index] as string);
    if (!TO_UPSTREAM.has(name) || named?.includes(name)) continue;
    forwarded.push(name, rawHeaders[index + 1] as string);
  }
  // Compressed, the reply couldn't be metered beside its way.
  forwarded.push("accept-encoding", "identity");
  return forwarded;
}

/** The length is the relay's to tell; `isDecoded` takes the encoding away with it. */
export function forwardedResponseHeaders(rawHeaders: readonly (string | Buffer)[], isDecoded = false): string[] {
  const named = connectionNames(rawHeaders);
  const forwarded: string[] = [];
  let bytes = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = text(rawHeaders[index] as string | Buffer);
    const key = lowerCase(name);
    if (NOT_TO_CLIENT.has(key) || key.startsWith(OWN) || named?.includes(key)) continue;
    if (isDecoded && key === "content-encoding") continue;
    const value = text(rawHeaders[index + 1] as string | Buffer);
    bytes += name.length + value.length;
    if (bytes > MOST_BYTES && key !== "content-type") bytes -= name.length + value.length;
    else forwarded.push(name, value);
  }
  return forwarded;
}

/** The first value of a header in a flat array. */
export function headerValue(rawHeaders: readonly (string | Buffer)[], name: string): string | undefined {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index] as string | Buffer;
    if (candidate.length === name.length && text(candidate).toLowerCase() === name) return text(rawHeaders[index + 1] as string | Buffer);
  }
  return undefined;
}

/** A connection header may name others that end here, too. */
function connectionNames(rawHeaders: readonly (string | Buffer)[]): string[] | undefined {
  let names: string[] | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index] as string | Buffer;
    if (candidate.length !== 10 || text(candidate).toLowerCase() !== "connection") continue;
    const value = text(rawHeaders[index + 1] as string | Buffer).toLowerCase();
    if (value === "keep-alive" || value === "close") continue;
    names ??= [];
    names.push(...value.split(",").map((word) => word.trim()));
  }
  return names;
}

/** Headers are bytes; one character each keeps them. */
function text(value: string | Buffer): string {
  return typeof value === "string" ? value : value.toString("latin1");
}
