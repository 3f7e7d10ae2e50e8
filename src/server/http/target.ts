/**
 * The request's target, read one way only: what a route is decided by can't be spelled in two. Paths that need a second look (dots,
 * empty segments, encoded letters or slashes) are refused instead of repaired.
 */
import { Refusal } from "./refusal.ts";

export interface Target {
  /** Decoded once. */
  path: string;
  /** As sent, without its question mark. */
  query: string;
}

/** Unreserved characters, those that segments may hold, and escapes; neither `;`, which some servers cut paths at, nor a backslash. */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9\-._~!$&'()*+,=:@]+)+\/?$|^\/$/;
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/;
const QUERY = /^[\x21-\x7e]*$/;

/** @throws Refusal 400 */
export function readTarget(url: string): Target {
  const mark = url.indexOf("?");
  const rawPath = mark === -1 ? url : url.slice(0, mark);
  const query = mark === -1 ? "" : url.slice(mark + 1);
  if (rawPath[0] !== "/") throw malformed("must be a path: begin it with a slash");
  const path = rawPath.includes("%") ? decodeSegments(rawPath) : rawPath;
  if (path === rawPath && !PLAIN_PATH.test(path)) throw malformed("holds an empty segment or a character that belongs escaped");
  if (DOT_SEGMENT.test(path)) throw malformed("holds a dot segment");
  if (!QUERY.test(query) || query.includes("#")) throw malformed("holds a character that belongs escaped");
  return { path, query };
}

/** Escapes stand for what can't be written otherwise: a letter, a dot, a slash or a control character never. */
function decodeSegments(rawPath: string): string {
  for (const [, digits = ""] of rawPath.matchAll(/%(.{0,2})/gs)) {
    const code = /^[0-9A-Fa-f]{2}$/.test(digits) ? Number.parseInt(digits, 16) : 0;
    const character = String.fromCharCode(code);
    if (code < 0x20 || code === 0x7f || /[A-Za-z0-9\-._~/\\%;]/.test(character))
      throw malformed("holds an escape that isn't needed or not allowed");
  }
  if (!PLAIN_PATH.test(rawPath.replaceAll(/%../g, "_"))) throw malformed("holds an empty segment or a character that belongs escaped");
  try {
    return decodeURIComponent(rawPath);
  } catch {
    throw malformed("holds escapes that aren't UTF-8");
  }
}

function malformed(what: string): Refusal {
  return new Refusal(400, "invalid_path", `The request's target ${what}.`);
}

/** What lists and streams are asked with. A key in the query is for the gateway alone, and addresses are nobody's to give. */
const FORWARDED = new Set([
  ...["alt", "$alt", "beta", "api-version", "limit", "order", "after", "before", "after_id", "before_id", "starting_after"],
  ...["stream", "include", "include[]", "include_obfuscation", "pageSize", "pageToken"],
]);

/** The part of the query that goes to the provider, with its question mark, or nothing. */
export function forwardedQuery(query: string): string {
  if (query === "") return "";
  const kept = query.split("&").filter((pair) => {
    const name = pair.split("=", 1)[0] as string;
    return FORWARDED.has(name.replaceAll(/%5B/gi, "[").replaceAll(/%5D/gi, "]").replaceAll(/%24/g, "$"));
  });
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}
