/** Who makes a request to the API: by a key, by the cookie of a session, or as somebody at this machine. */
import type { IncomingMessage } from "node:http";
import type { Ledger } from "../../ledger/index.ts";
import type { Authentication } from "../gateway/access/authentication.ts";
import type { Caller } from "../gateway/access/caller.ts";
import { hasBody } from "../http/answer.ts";
import { presentedKey } from "../http/presented-key.ts";
import { Refusal } from "../http/refusal.ts";
import { CLEARED_COOKIE, sessionToken } from "./session-cookie.ts";

/**
 * A browser sends its cookies along with whatever any page asks for, so that a change by cookie alone must come from our own page.
 *
 * @throws Refusal 401 where nobody is known: a failed sign of identity never ends as nobody's or this machine's; 403 for a foreign page
 */
export async function identify(request: IncomingMessage, authentication: Authentication, ledger: Ledger): Promise<Caller> {
  const token = presentedKey(request, { isInQuery: false }) === undefined ? sessionToken(request) : undefined;
  if (token === undefined) return authentication.callerOf(request, { isInQuery: false });
  const key = await ledger.sessions.find(token);
  if (key === undefined) {
    throw new Refusal(401, "invalid_session", "This session has ended; sign in again.", { headers: ["set-cookie", CLEARED_COOKIE] });
  }
  if (request.method !== "GET" && request.method !== "HEAD") checkOwnPage(request);
  return { role: key.role, key };
}

/**
 * Forms and plain text may be posted from any page without asking; JSON may not, and every browser tells whose page it was.
 *
 * @throws Refusal 403 where the header origin names another server or none, or the body is not said to be JSON
 */
export function checkOwnPage(request: IncomingMessage): void {
  const { origin, host, "content-type": type } = request.headers;
  if (origin === undefined || host === undefined || originHost(origin) !== host.toLowerCase())
    throw new Refusal(403, "foreign_origin", origin === undefined ? NO_ORIGIN : FOREIGN_ORIGIN);
  if (hasBody(request) && !JSON_TYPE.test(type ?? ""))
    throw new Refusal(403, "foreign_form", "A page of this server sends its changes as JSON: content-type: application/json.");
}

const NO_ORIGIN =
  "This must come from a page of this server: the header origin is missing; a program sends the scheme and host that it asks.";
const FOREIGN_ORIGIN = "This must come from a page of this server: the header origin names another one than the header host.";

const JSON_TYPE = /^application\/json(?:;|$)/i;
const ORIGIN = /^https?:\/\/([^/?#@\s]+)$/i;

function originHost(origin: string): string | undefined {
  return ORIGIN.exec(origin)?.[1]?.toLowerCase();
}
