/** Who has changed what in the book. */
import { instantText } from "../../insights/index.ts";
import { Refusal } from "../http/refusal.ts";
import { cursorAfter, limitOf, PAGE_PARAMETERS, placeOf } from "./pages.ts";
import { ADMINS, type ApiAnswer, type ApiCall, type ApiRoute, documentRef } from "./route.ts";

export const auditRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/api/v1/audit",
    operationId: "listAudit",
    summary: "Who has changed what, the newest first",
    description: "Of the whole book: a key that is fixed to a team, user or project may not read it.",
    tag: "Audit",
    access: ADMINS,
    parameters: PAGE_PARAMETERS,
    answers: { 200: { description: "A page of changes.", schema: documentRef("audit") } },
    handle: listAudit,
  },
];

async function listAudit(call: ApiCall): Promise<ApiAnswer> {
  if (!call.reach.isWhole) throw new Refusal(403, "permission_denied", "The audit log tells of all teams; this API key belongs to one.");
  const before = placeOf(call, 1)?.[0];
  const limit = limitOf(call);
  const entries = await call.context.ledger.audit.list({ limit, ...(before !== undefined && { before: Number(before) }) });
  const last = entries.at(-1);
  const next = last !== undefined && entries.length === limit && last.id > 1 ? cursorAfter(call, [last.id]) : null;
  return {
    status: 200,
    document: {
      schema: "tokenledger.audit/1",
      entries: entries.map(({ id, atMs, actor, action, subject, before: from, after: to }) => ({
        id,
        at: instantText(atMs),
        actor,
        action,
        subject,
        before: from,
        after: to,
      })),
      next_cursor: next,
    },
  };
}
