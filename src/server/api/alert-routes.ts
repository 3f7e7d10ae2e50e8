/** Alerts: which thresholds budgets have reached, and who has taken note of it. */
import { alertDocument } from "../../insights/index.ts";
import type { StoredAlert } from "../../ledger/index.ts";
import { Refusal } from "../http/refusal.ts";
import { PAGE_PARAMETERS, pageOf, placeOf } from "./pages.ts";
import { ADMINS, type ApiAnswer, type ApiCall, type ApiRoute, documentRef, nameParameter, READERS } from "./route.ts";

const MOST_IDS = 1_000;

export const alertRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/api/v1/alerts",
    operationId: "listAlerts",
    summary: "Thresholds that budgets have reached, the newest first",
    tag: "Alerts",
    access: READERS,
    parameters: {
      open: { schema: { type: "boolean" }, description: "`true`: only those that nobody has acknowledged." },
      budget: nameParameter("Only those of the budget of this name."),
      ...PAGE_PARAMETERS,
    },
    answers: { 200: { description: "A page of alerts.", schema: documentRef("alerts") } },
    handle: listAlerts,
  },
  {
    method: "POST",
    path: "/api/v1/alerts/ack",
    operationId: "acknowledgeAlerts",
    summary: "Acknowledges alerts",
    description: "They are no longer open; the budgets go on as they are. All of them, or none where one is not there.",
    tag: "Alerts",
    access: ADMINS,
    body: {
      schema: {
        type: "object",
        properties: {
          ids: { type: "array", minItems: 1, maxItems: MOST_IDS, items: { type: "integer", minimum: 0 } },
          all: { type: "boolean", description: "`true`, in the place of ids: all that are open." },
        },
      },
      example: { all: true },
    },
    answers: {
      200: { description: "The alerts as they are now, and how many were open before.", schema: documentRef("alerts") },
      404: { description: "One of the alerts is not there in this key's reach." },
    },
    handle: acknowledgeAlerts,
  },
];

async function listAlerts(call: ApiCall): Promise<ApiAnswer> {
  const before = placeOf(call, 1)?.[0];
  const budget = call.query.get("budget");
  const found = await visibleAlerts(call, {
    ...(call.query.get("open") === "true" && { open: true }),
    ...(budget !== undefined && { budget }),
  });
  const rest = found.filter(({ id }) => before === undefined || id < Number(before));
  const { page, nextCursor } = pageOf(call, rest, ({ id }) => [id]);
  return { status: 200, document: { schema: "tokenledger.alerts/1", alerts: page.map(alertDocument), next_cursor: nextCursor } };
}

async function acknowledgeAlerts(call: ApiCall): Promise<ApiAnswer> {
  const { ids, all } = call.body as { ids?: readonly number[]; all?: boolean };
  if ((ids === undefined) === (all !== true))
    throw new Refusal(400, "invalid_request", "Give either ids, a list of alerts' numbers, or all: true.", { field: "ids" });
  const visible = await visibleAlerts(call, all ? { open: true } : {});
  const wanted = ids === undefined ? visible : ids.map((id) => visible.find((alert) => alert.id === id) ?? notThere(id));
  const numbers = [...new Set(wanted.map(({ id }) => id))];
  const acknowledged = numbers.length === 0 ? 0 : await call.context.ledger.alerts.acknowledge(numbers, call.actor);
  const now = (await visibleAlerts(call, {})).filter(({ id }) => numbers.includes(id));
  return { status: 200, document: { schema: "tokenledger.alerts/1", alerts: now.map(alertDocument), acknowledged } };
}

function notThere(id: number): never {
  throw new Refusal(404, "not_found", `There is no alert ${id}.`);
}

/** The newest first. Alerts of budgets that are gone are nobody's but the whole book's. */
async function visibleAlerts({ context, reach }: ApiCall, filter: { open?: boolean; budget?: string }): Promise<StoredAlert[]> {
  const { ledger } = context;
  const alerts = await ledger.alerts.list(filter);
  const budgets = reach.isWhole ? [] : await ledger.budgets.list();
  const visible = new Set(budgets.filter(({ definition }) => reach.coversBudget(definition)).map(({ definition }) => definition.name));
  return alerts.filter(({ budgetName }) => reach.isWhole || visible.has(budgetName)).sort((a, b) => b.id - a.id);
}
