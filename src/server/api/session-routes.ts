/** Sessions: a page shows a key once, and is known by a cookie from then on, for as long as the key is one. */
import { instantText } from "../../insights/index.ts";
import { bookName } from "../../ledger/index.ts";
import { resolveTimeZone } from "../../usage/index.ts";
import type { Caller } from "../gateway/access/caller.ts";
import { Refusal } from "../http/refusal.ts";
import { type ApiAnswer, type ApiCall, type ApiContext, type ApiRoute, documentRef, EVERY_KEY } from "./route.ts";
import { CLEARED_COOKIE, sessionToken, setCookie } from "./session-cookie.ts";

const TTL_MS = 12 * 3_600_000;

export const sessionRoutes: readonly ApiRoute[] = [
  {
    method: "POST",
    path: "/api/v1/session",
    operationId: "openSession",
    summary: "Opens a session with a key, as a cookie",
    description:
      "Only for pages of this server: the header `origin` must name it. The session ends after twelve hours, or with its key; one that the browser had before ends at once.",
    tag: "Sessions",
    access: "anyone",
    body: {
      schema: { type: "object", properties: { key: { type: "string", minLength: 1, maxLength: 512, writeOnly: true } }, required: ["key"] },
      maxBytes: 4_096,
      fromOwnPage: true,
      example: { key: "tl_…" },
    },
    answers: {
      200: { description: "Who it is.", schema: documentRef("session"), headers: { "set-cookie": "The session's cookie." } },
      401: { description: "The key is none." },
      403: { description: "The request does not come from a page of this server." },
    },
    handle: openSession,
  },
  {
    method: "GET",
    path: "/api/v1/session",
    operationId: "getSession",
    summary: "Who asks, and what he may do",
    tag: "Sessions",
    access: EVERY_KEY,
    answers: { 200: { description: "Who it is.", schema: documentRef("session") } },
    handle: ({ caller, context }) => ({ status: 200, document: sessionDocument(caller, context) }),
  },
  {
    method: "DELETE",
    path: "/api/v1/session",
    operationId: "closeSession",
    summary: "Ends the session",
    tag: "Sessions",
    access: EVERY_KEY,
    answers: { 204: { description: "It is over.", headers: { "set-cookie": "Takes the cookie back." } } },
    handle: closeSession,
  },
];

async function openSession({ body, request, context }: ApiCall): Promise<ApiAnswer> {
  const { ledger, clock } = context;
  const key = await ledger.keys.authenticate((body as { key: string }).key);
  if (key === undefined)
    throw new Refusal(401, "invalid_api_key", "This API key is no virtual key of this gateway, or it is expired or revoked.");
  const before = tokenBefore(request);
  const actor = `key:${key.id}`;
  const { token, expiresMs } = await ledger.sessions.open(key.id, { ttlMs: TTL_MS, actor });
  if (before !== undefined) await ledger.sessions.close(before, actor);
  const seconds = Math.max(1, Math.floor((expiresMs - clock.now()) / 1_000));
  return {
    status: 200,
    document: sessionDocument({ role: key.role, key: { ...key, expiresMs } }, context),
    headers: ["set-cookie", setCookie(token, Math.min(seconds, TTL_MS / 1_000))],
  };
}

/** A cookie that can't be read is replaced like any other. */
function tokenBefore(request: ApiCall["request"]): string | undefined {
  try {
    return sessionToken(request);
  } catch {
    return undefined;
  }
}

async function closeSession({ request, context, actor }: ApiCall): Promise<ApiAnswer> {
  const token = sessionToken(request);
  if (token !== undefined) await context.ledger.sessions.close(token, actor);
  return { status: 204, headers: ["set-cookie", CLEARED_COOKIE] };
}

function sessionDocument(caller: Caller, { timeZone, version, clock, ledger, reachOf, savings }: ApiContext): object {
  const { role, key } = caller;
  const { isWhole } = reachOf(caller);
  const { org = null, team = null, user = null, project = null, name = null, id = null, expiresMs } = key ?? {};
  return {
    schema: "tokenledger.session/1",
    role,
    key_id: id,
    key_name: name,
    org,
    team,
    user,
    project,
    expires_at: expiresMs === undefined ? null : instantText(expiresMs),
    reaches_everything: isWhole,
    can_apply_savings: savings !== undefined && role === "admin" && isWhole,
    time_zone: resolveTimeZone(timeZone),
    now: instantText(clock.now()),
    version,
    book: bookName(ledger.url),
  };
}
