/** The key that a request presents, wherever its client's format puts it. */
import type { IncomingMessage } from "node:http";
import { Refusal } from "./refusal.ts";

/** Visible ASCII; no key that is handed out is longer. */
const KEY = /^[\x21-\x7e]{1,512}$/;
const BEARER = /^bearer +([\x21-\x7e]{1,512})$/i;
const PLAIN_HEADERS = ["x-api-key", "x-goog-api-key", "api-key"] as const;

/** Where a key may be looked for. */
export interface KeyPlaces {
  isInQuery?: boolean;
}

/**
 * Absent where none is presented at all: what can't be read is refused, since no failed authentication may end as nobody's.
 *
 * @param options.isInQuery whether the parameter `key` is one: Gemini's clients put it there, the API asks for keys' names by it
 * @throws Refusal 401 for a malformed key, 400 for two that differ
 */
export function presentedKey(request: IncomingMessage, { isInQuery = true }: KeyPlaces = {}): string | undefined {
  const { headers } = request;
  let key: string | undefined;
  const { authorization } = headers;
  if (authorization !== undefined) {
    key = BEARER.exec(authorization)?.[1];
    if (key === undefined) throw unreadable("The header authorization must be: Bearer KEY.");
  }
  for (const name of PLAIN_HEADERS) {
    const value = headers[name];
    if (value === undefined) continue;
    if (typeof value !== "string" || !KEY.test(value)) throw unreadable(`The header ${name} holds no key.`);
    key = same(key, value);
  }
  const url = request.url ?? "";
  if (isInQuery && url.includes("key=")) {
    for (const [name, value] of new URLSearchParams(url.slice(url.indexOf("?") + 1))) {
      if (name !== "key") continue;
      if (!KEY.test(value)) throw unreadable("The parameter key holds no key.");
      key = same(key, value);
    }
  }
  return key;
}

function same(key: string | undefined, other: string): string {
  if (key !== undefined && key !== other) throw new Refusal(400, "two_keys", "Two different keys are presented: send one.");
  return other;
}

function unreadable(message: string): Refusal {
  return new Refusal(401, "invalid_api_key", message);
}
