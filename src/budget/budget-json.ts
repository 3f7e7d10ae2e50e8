/** Definitions as text, for the book: what comes back is what went in, and two texts are alike exactly if the definitions are. */
import { InvalidInput } from "../errors.ts";
import { type BudgetDefinition, SCOPE_KEYS } from "./budget-definition.ts";
import { BUDGET_FIELDS, checkBudget } from "./check-definition.ts";

/** JSON with its fields in one order and amounts as decimal strings. */
export function budgetToJson(definition: BudgetDefinition): string {
  const { scope, yearStart, override } = definition;
  const written: Record<string, unknown> = {
    ...definition,
    scope: Object.fromEntries(SCOPE_KEYS.map((key) => [key, scope[key]])),
    ...(yearStart && { yearStart: { month: yearStart.month, day: yearStart.day } }),
    ...(override && { override: { amountNanoUsd: override.amountNanoUsd, untilMs: override.untilMs } }),
  };
  return JSON.stringify(Object.fromEntries(BUDGET_FIELDS.map((field) => [field, written[field]])), (_key, value) =>
    typeof value === "bigint" ? value.toString() : value,
  );
}

/**
 * The definition that {@link budgetToJson} wrote.
 *
 * @throws InvalidInput for anything else: a field too many may be a rule that this version does not know and would not keep.
 */
export function budgetFromJson(text: string): BudgetDefinition {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text, (key, value) => (key === "amountNanoUsd" ? amountFrom(value) : value));
  } catch (error) {
    throw new InvalidInput("A stored budget is no JSON.", { cause: error });
  }
  return checkBudget(parsed as BudgetDefinition);
}

function amountFrom(value: unknown): unknown {
  return typeof value === "string" && /^(?:0|[1-9]\d{0,18})$/.test(value) ? BigInt(value) : value;
}
