/** The counters of all budgets beside their forecasts, and what there is to say about each of them. */
import type { BudgetDocument, BudgetForecastDocument, DefinitionDocument } from "tokenledger/insights";
import type { Changes } from "../../question/use-question.ts";

export type ListedBudget = BudgetDocument & { definition: DefinitionDocument; etag?: string };

export interface Counter {
  /** Of name and value: no other counter has it. */
  key: string;
  budget: ListedBudget;
  /** Undefined where nobody can tell: budgets of tokens alone, of windows below six hours, and of several values at once. */
  forecast: BudgetForecastDocument | undefined;
}

/** No two counters share one, whatever their names hold. */
function counterKey(name: string, value: string | null): string {
  return JSON.stringify([name, value]);
}

/** The fullest first; those of which the share can't be told are spent in full. */
export function countersOf(budgets: readonly ListedBudget[], forecasts: readonly BudgetForecastDocument[] = []): Counter[] {
  const known = new Map(forecasts.map((forecast) => [counterKey(forecast.name, forecast.value), forecast]));
  const fullness = ({ budget }: Counter): number => budget.utilization_pct ?? Number.POSITIVE_INFINITY;
  return budgets
    .map((budget) => {
      const key = counterKey(budget.name, budget.value);
      return { key, budget, forecast: known.get(key) };
    })
    .sort((one, other) => (fullness(other) === fullness(one) ? (one.key < other.key ? -1 : 1) : fullness(other) - fullness(one)));
}

/** What the address names, else the fullest. */
export function chosenCounter(counters: readonly Counter[], name: string | undefined, value: string | undefined): Counter | undefined {
  if (name === undefined) return counters[0];
  return counters.find(({ budget }) => budget.name === name && (value === undefined || budget.value === value)) ?? undefined;
}

export const SCOPE_NAMES = ["org", "team", "user", "project", "key", "tag", "provider", "model"] as const;
export type ScopeName = (typeof SCOPE_NAMES)[number];

/** `team engineering, each user`; everything where the scope leaves nothing out. */
export function scopeText(scope: Readonly<Partial<Record<ScopeName, string>>>): string {
  const parts = SCOPE_NAMES.flatMap((name) => {
    const wanted = scope[name];
    if (wanted === undefined) return [];
    return wanted === "*" ? `each ${name}` : `${name} ${wanted}`;
  });
  return parts.join(", ") || "every call";
}

const UNITS = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

/** `604800` → `7 days`. */
export function secondsText(seconds: number): string {
  const [size, unit] = UNITS.find(([each]) => seconds % each === 0) ?? [1, "second"];
  const amount = seconds / size;
  return `${amount} ${unit}${amount === 1 ? "" : "s"}`;
}

/** `monthly`, `7 days, sliding`. */
export function spanText({ period, window_seconds: seconds }: Pick<BudgetDocument, "period" | "window_seconds">): string {
  return period ?? `${secondsText(seconds ?? 0)}, sliding`;
}

/** When the window of now ends; undefined for sliding windows and for all time, which have no end. */
export function endOf({ period, window }: Pick<BudgetDocument, "period" | "window">): string | undefined {
  return period === null || period === "lifetime" ? undefined : window.end;
}

/** What happens to the next call where the cap is reached, in words. */
export function policyText(budget: Pick<BudgetDocument, "enforcement" | "hard" | "shadow" | "tolerance" | "switch_to">): string {
  const { enforcement, hard, shadow, tolerance, switch_to: target } = budget;
  if (shadow) return "It is tried out: every call passes, and it is told what would have happened.";
  if (enforcement === "notify_only") return "Every call passes: it only tells.";
  const what =
    enforcement === "switch_provider"
      ? `calls move to ${target ?? "another provider"}`
      : enforcement === "rate_limit"
        ? "calls are put off"
        : "calls are refused";
  if (hard) return `Hard: spending and reservations never pass the amount; ${what} that would.`;
  if (tolerance > 0) return `Soft: once the amount is passed by ${Number((tolerance * 100).toFixed(4))}%, ${what}.`;
  return `Soft: the call that passes the amount is the last one, then ${what}.`;
}

/** The scope as filters of other views. What a list of requests can't be held to (organizations, keys) is left out. */
export function requestsOf({ scope, value }: Pick<BudgetDocument, "scope" | "value">): Changes {
  const changes: Record<string, string | undefined> = {};
  for (const name of ["team", "user", "project", "provider", "model", "tag"] as const) {
    const wanted = scope[name];
    // Of a counter of one value, `*` is that value; of several at once nobody can tell which is which.
    const isAlone = Object.values(scope).filter((one) => one === "*").length === 1;
    changes[name] = wanted === "*" ? (isAlone ? (value ?? undefined) : undefined) : wanted;
  }
  return changes;
}
