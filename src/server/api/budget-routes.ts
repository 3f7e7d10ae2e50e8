/** Budgets: how they stand, and their definitions, changed by one at a time. */
import { createHash } from "node:crypto";
import { type BudgetDefinition, budgetToJson } from "../../budget/index.ts";
import { quoteValue } from "../../errors.ts";
import { budgetDocument, definitionDocument, instantText } from "../../insights/index.ts";
import type { BudgetChange, BudgetStatus, DefinedBudget } from "../../ledger/index.ts";
import { Refusal } from "../http/refusal.ts";
import { BUDGET_BODY, budgetIn, budgetNameIn } from "./budget-body.ts";
import { ownName } from "./own-names.ts";
import { PAGE_PARAMETERS, pageOf, placeOf } from "./pages.ts";
import { ADMINS, type ApiAnswer, type ApiCall, type ApiRoute, documentRef, nameParameter, READERS } from "./route.ts";

const ORIGIN = "api";
const EXAMPLE = {
  name: "engineering-monthly",
  scope: { team: "engineering" },
  amount_usd: "500",
  period: "monthly",
  alerts: [50, 75, 90],
  enforcement: "block_requests",
};

const pathParameters = { name: nameParameter("The budget's name. One with a slash is named by ?name= instead.") };
const LOCKING =
  "With `if-match` and the `etag` that was read, the change is refused with 412 where somebody else has changed the budget meanwhile.";
/** What is answered with the budget itself. */
const shown = (status: 200 | 201, description: string): ApiRoute["answers"] => ({
  [status]: { description, schema: documentRef("budget"), headers: { etag: "Of the definition, for if-match." } },
});
const NOT_THERE = { 404: { description: "There is no such budget in this key's reach." } };
const LOCKED = {
  409: { description: "It stands in the configuration, or another one has the name." },
  412: { description: "It was changed meanwhile, or is (not) there, other than `if-match` or `if-none-match` says." },
};

export const budgetRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/api/v1/budgets",
    operationId: "listBudgets",
    summary: "How budgets stand, each with its definition",
    description: "By name. A budget that counts each value by itself stands there once for each value that has spent.",
    tag: "Budgets",
    access: READERS,
    parameters: { name: nameParameter("Only the budget of this name."), ...PAGE_PARAMETERS },
    answers: { 200: { description: "A page of budgets.", schema: documentRef("budgets") } },
    handle: listBudgets,
  },
  {
    method: "POST",
    path: "/api/v1/budgets",
    operationId: "createBudget",
    summary: "Creates a budget",
    description:
      "The same budget again is 200, and changes nothing. The names that a key is fixed to are filled into the scope, and begin the budget's name: `engineering:monthly`.",
    tag: "Budgets",
    access: ADMINS,
    body: { schema: BUDGET_BODY, example: EXAMPLE },
    answers: { ...shown(201, "It is there now."), ...shown(200, "It was there before, just so."), 409: LOCKED[409] },
    handle: createBudget,
  },
  {
    method: "PUT",
    path: "/api/v1/budgets",
    operationId: "putNamedBudget",
    summary: "Creates or replaces the budget that the body names",
    description: `What it has spent stays. ${LOCKING}`,
    tag: "Budgets",
    access: ADMINS,
    body: { schema: BUDGET_BODY, example: EXAMPLE },
    answers: { ...shown(201, "It is there now."), ...shown(200, "It is so now."), ...NOT_THERE, ...LOCKED },
    handle: (call) => putBudget(call),
  },
  {
    method: "DELETE",
    path: "/api/v1/budgets",
    operationId: "deleteNamedBudget",
    summary: "Removes the budget of a name",
    description: LOCKING,
    tag: "Budgets",
    access: ADMINS,
    parameters: { name: { ...nameParameter("The budget's name."), required: true } },
    answers: { 204: { description: "It is gone." }, ...NOT_THERE, ...LOCKED },
    handle: (call) => removeBudget(call, call.query.get("name") ?? ""),
  },
  {
    method: "GET",
    path: "/api/v1/budgets/{name}",
    operationId: "getBudget",
    summary: "One budget: its definition, and how it stands",
    tag: "Budgets",
    access: READERS,
    pathParameters,
    answers: { ...shown(200, "The budget."), ...NOT_THERE },
    handle: getBudget,
  },
  {
    method: "PUT",
    path: "/api/v1/budgets/{name}",
    operationId: "putBudget",
    summary: "Creates or replaces a budget",
    description: `What it has spent stays. ${LOCKING} With \`if-none-match: *\` it is only created.`,
    tag: "Budgets",
    access: ADMINS,
    pathParameters,
    body: { schema: BUDGET_BODY, example: EXAMPLE },
    answers: { ...shown(201, "It is there now."), ...shown(200, "It is so now."), ...NOT_THERE, ...LOCKED },
    handle: (call) => putBudget(call, call.path.name),
  },
  {
    method: "DELETE",
    path: "/api/v1/budgets/{name}",
    operationId: "deleteBudget",
    summary: "Removes a budget",
    description: `What it has counted goes with it; records stay. ${LOCKING}`,
    tag: "Budgets",
    access: ADMINS,
    pathParameters,
    answers: { 204: { description: "It is gone." }, ...NOT_THERE, ...LOCKED },
    handle: (call) => removeBudget(call, call.path.name ?? ""),
  },
];

async function listBudgets(call: ApiCall): Promise<ApiAnswer> {
  const { context, query } = call;
  const after = placeOf(call, 1)?.[0];
  const wanted = query.get("name");
  const visible = (await visibleBudgets(call))
    .filter(({ definition: { name } }) => wanted === undefined || name === wanted || name === ownName(wanted, call.reach))
    .sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
  const rest = visible.filter(({ definition: { name } }) => after === undefined || name > String(after));
  const { page, nextCursor } = pageOf(call, rest, ({ definition: { name } }) => [name]);
  const statuses = page.length === 0 ? [] : await context.ledger.budgets.status();
  const nowMs = context.clock.now();
  const budgets = page.flatMap((defined) => {
    const definition = definitionDocument(defined);
    const etag = etagFor(call, defined);
    return ownStatuses(statuses, defined).map((status) => ({ ...budgetDocument(status, nowMs), definition, ...etag }));
  });
  return { status: 200, document: { schema: "tokenledger.budgets/1", generated_at: instantText(nowMs), budgets, next_cursor: nextCursor } };
}

async function getBudget(call: ApiCall): Promise<ApiAnswer> {
  const found = await visibleBudget(call, call.path.name ?? "");
  if (found === undefined) throw notThere();
  return budgetAnswer(call, 200, found);
}

async function createBudget(call: ApiCall): Promise<ApiAnswer> {
  const { definition: asked, warnings } = await budgetIn(call);
  const visible = await visibleBudget(call, asked.name);
  const name = visible?.definition.name ?? ownName(asked.name, call.reach);
  const definition = { ...asked, name };
  const change = await changeBudget(call, name, (before) => {
    if (before === undefined) return definition;
    if (call.reach.coversBudget(before.definition) && isSame(before.definition, definition)) return undefined;
    throw new Refusal(
      409,
      "name_in_use",
      `There is a budget of the name ${quoteValue(name)} already, defined otherwise; PUT replaces it.`,
      {
        field: "name",
      },
    );
  });
  return changeAnswer(call, change, warnings);
}

async function putBudget(call: ApiCall, pathName?: string): Promise<ApiAnswer> {
  const visible = await visibleBudget(call, budgetNameIn(call, pathName));
  // What a name of others' is answered with, and one of nobody's, must be one and the same.
  if (visible === undefined && !call.reach.isWhole) throw notThere();
  const { definition: asked, warnings } = await budgetIn(call, pathName);
  const name = visible?.definition.name ?? asked.name;
  const definition = { ...asked, name };
  const change = await changeBudget(call, name, (before) => {
    if (before !== undefined && !call.reach.coversBudget(before.definition)) throw notThere();
    checkPreconditions(call, before);
    refuseConfigured(before);
    return before !== undefined && isSame(before.definition, definition) ? undefined : definition;
  });
  return changeAnswer(call, change, warnings);
}

async function removeBudget(call: ApiCall, asked: string): Promise<ApiAnswer> {
  const visible = await visibleBudget(call, asked);
  if (visible === undefined) throw notThere();
  await changeBudget(call, visible.definition.name, (before) => {
    if (before === undefined || !call.reach.coversBudget(before.definition)) throw notThere();
    checkPreconditions(call, before);
    refuseConfigured(before);
    return null;
  });
  return { status: 204 };
}

async function changeBudget(
  { context, actor }: ApiCall,
  name: string,
  decide: (before: DefinedBudget | undefined) => BudgetDefinition | null | undefined,
): Promise<BudgetChange> {
  const change = await context.ledger.budgets.change(name, decide, { origin: ORIGIN, actor });
  const { before, after } = change;
  const definition = after?.definition ?? before?.definition;
  const isOther = before === undefined || after === undefined || !isSame(before.definition, after.definition);
  if (definition !== undefined && isOther) {
    const action = after === undefined ? "removed" : before === undefined ? "created" : "changed";
    context.observing.change({ what: "budget", action, name, actor, definition });
  }
  return change;
}

function changeAnswer(call: ApiCall, { before, after }: BudgetChange, warnings: readonly string[]): Promise<ApiAnswer> {
  const found = after ?? before;
  if (found === undefined) throw notThere();
  return budgetAnswer(call, before === undefined ? 201 : 200, found, warnings);
}

async function budgetAnswer(call: ApiCall, status: number, found: DefinedBudget, warnings: readonly string[] = []): Promise<ApiAnswer> {
  const { context } = call;
  const nowMs = context.clock.now();
  const statuses = ownStatuses(await context.ledger.budgets.status(), found);
  const etag = etagFor(call, found);
  const { name } = found.definition;
  return {
    status,
    document: {
      schema: "tokenledger.budget/1",
      ...definitionDocument(found),
      ...etag,
      status: statuses.map((each) => budgetDocument(each, nowMs)),
      ...(warnings.length > 0 && { warnings }),
    },
    headers: [
      ...("etag" in etag ? ["etag", etag.etag] : []),
      ...(status === 201 && !name.includes("/") ? ["location", `/api/v1/budgets/${encodeURIComponent(name)}`] : []),
    ],
  };
}

function ownStatuses(statuses: readonly BudgetStatus[], { definition }: DefinedBudget): BudgetStatus[] {
  return statuses.filter(({ name }) => name === definition.name);
}

async function visibleBudgets({ context, reach }: ApiCall): Promise<DefinedBudget[]> {
  return (await context.ledger.budgets.list()).filter(({ definition }) => reach.coversBudget(definition));
}

/** By its name, or by what follows its key's own prefix. */
async function visibleBudget(call: ApiCall, asked: string): Promise<DefinedBudget | undefined> {
  const name = asked.normalize("NFC");
  const visible = await visibleBudgets(call);
  return (
    visible.find(({ definition }) => definition.name === asked) ??
    visible.find(({ definition }) => definition.name === name || definition.name === ownName(name, call.reach))
  );
}

function isSame(one: BudgetDefinition, other: BudgetDefinition): boolean {
  return budgetToJson(one) === budgetToJson(other);
}

/** Of all that can be changed, secrets included: so it is told to nobody who could not set them anyway. */
function etagFor({ caller }: ApiCall, defined: DefinedBudget): { etag: string } | Record<string, never> {
  return caller.role === "admin" ? { etag: etagOf(defined) } : {};
}

function etagOf({ definition, origin }: DefinedBudget): string {
  const digest = createHash("sha256").update(origin).update("\0").update(budgetToJson(definition)).digest("base64url");
  return `"${digest.slice(0, 22)}"`;
}

/** @throws Refusal 412 */
function checkPreconditions({ request: { headers } }: ApiCall, before: DefinedBudget | undefined): void {
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = headers;
  const etag = before === undefined ? undefined : etagOf(before);
  if (ifMatch !== undefined && !named(ifMatch, etag)) {
    const what = before === undefined ? "There is no such budget any more" : "This budget is another one than if-match says";
    throw new Refusal(412, "changed_meanwhile", `${what}: read it again, and change what you find.`);
  }
  if (ifNoneMatch !== undefined && named(ifNoneMatch, etag)) {
    throw new Refusal(412, "already_there", "This budget is there already, and if-none-match says that it must not be.");
  }
}

function named(condition: string, etag: string | undefined): boolean {
  if (etag === undefined) return false;
  return condition.trim() === "*" || condition.split(",").some((part) => part.trim() === etag);
}

function refuseConfigured(before: DefinedBudget | undefined): void {
  if (before === undefined || before.origin.split(":", 1)[0] !== "config") return;
  throw new Refusal(
    409,
    "defined_in_configuration",
    `This budget stands in the configuration (${quoteValue(before.origin)}); change it there.`,
  );
}

function notThere(): Refusal {
  return new Refusal(404, "not_found", "There is no budget of this name.");
}
