/** The cookie of a session: its name binds it to this host and to TLS, and nothing but the server reads it. */
import type { IncomingMessage } from "node:http";
import { Refusal } from "../http/refusal.ts";

export const COOKIE_NAME = "__Host-tokenledger";
const LONGEST_COOKIES = 4_096;
const TOKEN = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,512}$/;
const ATTRIBUTES = "HttpOnly; Secure; SameSite=Strict; Path=/";

/**
 * The session's token; undefined where no cookie of ours is sent.
 *
 * @throws Refusal 400 where it can't be told which session is meant
 */
export function sessionToken({ headers: { cookie } }: IncomingMessage): string | undefined {
  if (cookie === undefined || !cookie.toLowerCase().includes(COOKIE_NAME.toLowerCase())) return undefined;
  if (cookie.length > LONGEST_COOKIES)
    throw new Refusal(400, "invalid_cookie", `The header cookie is longer than ${LONGEST_COOKIES} bytes.`);
  const own = cookie
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${COOKIE_NAME}=`));
  if (own.length > 1) throw new Refusal(400, "invalid_cookie", `The cookie ${COOKIE_NAME} is sent twice.`);
  const token = own[0]?.slice(COOKIE_NAME.length + 1);
  if (token !== undefined && !TOKEN.test(token))
    throw new Refusal(401, "invalid_session", "The session's cookie holds no session; sign in again.");
  return token;
}

export function setCookie(token: string, maxAgeSeconds: number): string {
  return `${COOKIE_NAME}=${token}; Max-Age=${maxAgeSeconds}; ${ATTRIBUTES}`;
}

export const CLEARED_COOKIE: string = `${COOKIE_NAME}=; Max-Age=0; ${ATTRIBUTES}`;
