/** Savings: what is in force, and deciding for it or against it, as `tokenledger optimize --apply` and `--revert` do. */
import { type AppliedRule, USUAL_KEPT_SHARE } from "../../config/index.ts";
import { InvalidInput, quoteValue } from "../../errors.ts";
import {
  type ChangedSavings,
  FILTER_NAMES,
  isRecommendation,
  type RecommendationDocument,
  type RecommendationsDocument,
  ruleOf,
  savingsDocument,
  takenBy,
  UNTELLABLE_FILTERS,
} from "../../insights/index.ts";
import { Refusal } from "../http/refusal.ts";
import { MOST_AGE_SECONDS } from "./answers/answer-routes.ts";
import { askDesk } from "./answers/ask-desk.ts";
import type { KeptSavings } from "./kept-savings.ts";
import { rulesInReach } from "./reached-rules.ts";
import { ADMINS, type ApiAnswer, type ApiCall, type ApiRoute, documentRef, nameParameter, READERS } from "./route.ts";

const MOST_IDS = 100;
const MOST_NAMES = 100;

const word = { type: "string", maxLength: 512 };
const REFUSED: ApiRoute["answers"] = {
  409: { description: "This server has no savings file, or what is asked for meets a rule that is in force." },
  503: { description: "The savings file can't be read or written, or too many questions wait." },
};

export const savingsRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/api/v1/savings",
    operationId: "listSavings",
    summary: "The rules about spending that are in force",
    description:
      "What this server obeys now. A key that is made for somebody is told of the rules that are about calls in its reach alone.",
    tag: "Savings",
    access: READERS,
    answers: { 200: { description: "The rules, the oldest first.", schema: documentRef("savings") } },
    handle: ({ context, reach }) => {
      const inForce = rulesInReach(context.gateway.savings.rules, reach);
      return answered({ path: context.savings?.name ?? null, generatedAtMs: context.clock.now(), applied: [], reverted: [], inForce });
    },
  },
  {
    method: "POST",
    path: "/api/v1/savings",
    operationId: "applySavings",
    summary: "Writes recommendations down as rules, which the gateway obeys from then on",
    description:
      "As `tokenledger optimize --apply`. The words are those with which the recommendations were asked for: without days, the last eight weeks; with `max_age_seconds`, those that were just looked at. All of the ids or, where one can't be applied, none. For admins whose key is fixed to no names.",
    tag: "Savings",
    access: ADMINS,
    body: {
      schema: {
        type: "object",
        properties: {
          ids: { type: "array", minItems: 1, maxItems: MOST_IDS, items: { type: "string", minLength: 1, maxLength: 200 } },
          start: word,
          end: word,
          last: word,
          tz: word,
          max_age_seconds: { type: "integer", minimum: 0, maximum: MOST_AGE_SECONDS },
          filters: {
            type: "object",
            properties: Object.fromEntries(
              FILTER_NAMES.map((name) => [name, { type: "array", minItems: 1, maxItems: MOST_NAMES, items: word }]),
            ),
          },
        },
        required: ["ids"],
      },
      example: { ids: ["model-downgrade-0b1c2d3e"], last: "8w" },
    },
    answers: { 200: { description: "What was written down, and what is in force.", schema: documentRef("savings") }, ...REFUSED },
    handle: applySavings,
  },
  {
    method: "DELETE",
    path: "/api/v1/savings/{id}",
    operationId: "revertSavings",
    summary: "Takes a rule back, or all of them",
    description: "As `tokenledger optimize --revert`. For admins whose key is fixed to no names.",
    tag: "Savings",
    access: ADMINS,
    pathParameters: { id: nameParameter("The rule's id, or `all`.") },
    answers: {
      200: { description: "What was taken back, and what is in force.", schema: documentRef("savings") },
      404: { description: "There is no such rule in force." },
      ...REFUSED,
    },
    handle: revertSavings,
  },
];

interface SavingsBody {
  ids: readonly string[];
  start?: string;
  end?: string;
  last?: string;
  tz?: string;
  max_age_seconds?: number;
  filters?: { [name in (typeof FILTER_NAMES)[number]]?: readonly string[] };
}

async function applySavings(call: ApiCall): Promise<ApiAnswer> {
  const savings = changeable(call);
  const { ids, filters = {}, ...words } = call.body as SavingsBody;
  for (const name of UNTELLABLE_FILTERS)
    if (filters[name] !== undefined)
      throw invalid(
        `filters.${name}`,
        `filters.${name} can't hold a rule: rules know calls by team, project, key and model; leave it out.`,
      );
  const asked = Object.entries(words).map(([name, text]): [string, string[]] => [name, [String(text)]]);
  const values = new Map<string, readonly string[]>([...asked, ...Object.entries(filters)]);
  const document = JSON.parse(await askDesk(call, "recommendations", values)) as RecommendationsDocument;
  const wanted = ids.map((id) => recommendationOf(document, id));
  const appliedAtMs = call.context.clock.now();
  const { applied, inForce } = await changing(call, () => savings.apply((rules) => chosen(new Set(wanted), rules, appliedAtMs)));
  tell(call, "applied", applied);
  return answered({ path: savings.name, generatedAtMs: appliedAtMs, applied, reverted: [], inForce });
}

async function revertSavings(call: ApiCall): Promise<ApiAnswer> {
  const savings = changeable(call);
  const { id: asked = "" } = call.path;
  const isMeant = ({ id }: AppliedRule): boolean => asked === "all" || isRecommendation(asked, id);
  const { reverted, inForce } = await changing(call, () => savings.revert(isMeant));
  if (reverted.length === 0 && asked !== "all") throw new Refusal(404, "not_found", `There is no rule ${quoteValue(asked)} in force.`);
  tell(call, "reverted", reverted);
  return answered({ path: savings.name, generatedAtMs: call.context.clock.now(), applied: [], reverted, inForce });
}

function answered(changed: ChangedSavings): ApiAnswer {
  return { status: 200, document: savingsDocument(changed) };
}

/** Rules move everybody's calls: a key that is made for some may not. */
function changeable({ reach, context }: ApiCall): KeptSavings {
  if (!reach.isWhole) throw new Refusal(403, "permission_denied", "Savings are applied for all; this API key belongs to some.");
  if (context.savings === undefined)
    throw new Refusal(409, "no_savings_file", "This server keeps no savings file; start it with `tokenledger serve` to apply savings.");
  return context.savings;
}

function recommendationOf({ recommendations, period }: RecommendationsDocument, asked: string): RecommendationDocument {
  const one = recommendations.find(({ id }) => isRecommendation(asked, id));
  if (one !== undefined) return one;
  throw invalid("ids", `ids names ${quoteValue(asked)}, which is no recommendation for the calls from ${period.start} to ${period.end}.`);
}

/** None of them where one meets what is in force, or another one of them. */
function chosen(wanted: ReadonlySet<RecommendationDocument>, inForce: readonly AppliedRule[], appliedAtMs: number): AppliedRule[] {
  const rules: AppliedRule[] = [];
  const groups = new Map<string, string>();
  for (const recommendation of wanted) {
    const { id, exclusive_group: group } = recommendation;
    const taken = takenBy(recommendation, inForce);
    if (taken?.id === id) throw conflict(`${id} is in force already.`);
    if (taken !== undefined)
      throw conflict(`${id} is about calls that ${taken.id}, which is in force, changes already; take that back first.`);
    const other = takenBy(recommendation, rules)?.id ?? (group === null ? undefined : groups.get(group));
    if (other !== undefined) throw conflict(`${id} and ${other} change the same calls; apply one of them.`);
    if (group !== null) groups.set(group, id);
    rules.push(ruleOf(recommendation, { appliedAtMs, keptShare: USUAL_KEPT_SHARE }));
  }
  return rules;
}

/** Where the file can't be used, whoever runs the server is told why: folders are nobody else's concern. */
async function changing<Result>({ context, requestId }: ApiCall, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    // Another process was quicker.
    if (error instanceof InvalidInput) throw conflict("One of them is in force already; look at what is in force, and choose anew.");
    const message = error instanceof Error ? error.message : String(error);
    context.observing.note({ level: "error", kind: "savings", requestId, message: `savings: ${message}` });
    throw new Refusal(503, "savings_unavailable", "The savings file can't be changed; the server's log tells why.");
  }
}

/** The book's audit log is of what is in the book; what is in a file is told where the server tells its own. */
function tell({ context, requestId, actor }: ApiCall, what: string, rules: readonly AppliedRule[]): void {
  if (rules.length === 0) return;
  const message = `savings ${what} by ${actor}: ${rules.map(({ id }) => id).join(", ")}`;
  context.observing.note({ level: "info", kind: "savings", requestId, message });
}

function invalid(field: string, message: string): Refusal {
  return new Refusal(400, "invalid_request", message, { field });
}

function conflict(message: string): Refusal {
  return new Refusal(409, "conflict", message);
}
