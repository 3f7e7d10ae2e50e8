/** Budgets in sentences. */
import { type BudgetDefinition, durationText, EACH_VALUE, SCOPE_KEYS } from "../../budget/index.ts";
import { dayOf } from "../../usage/index.ts";
import { count, dollars } from "../printing/numbers.ts";
import { escapeControls } from "../printing/text.ts";
import type { BudgetDocument } from "./budget-document.ts";

/** `team engineering, each user`; everything where the scope leaves nothing out. */
export function scopeText(scope: BudgetDefinition["scope"]): string {
  const parts = SCOPE_KEYS.flatMap((key) => {
    const wanted = scope[key];
    if (wanted === undefined) return [];
    return wanted === EACH_VALUE ? `each ${key}` : `${key} ${wanted}`;
  });
  return parts.join(", ") || "everything";
}

/** `monthly`, or `7d, sliding` */
export function spanText({ period, windowMs }: Pick<BudgetDefinition, "period" | "windowMs">): string {
  return period ?? `${durationText(windowMs ?? 0)}, sliding`;
}

/** `engineering-monthly`, `per-user (ada)` */
export function budgetName({ name, value }: Pick<BudgetDocument, "name" | "value">): string {
  return value === null ? name : `${name} (${Object.values(value).join(", ")})`;
}

/** The cap that decides, and what is used of it: the one that is nearest to its end. */
export function usedOf(budget: BudgetDocument): { used: string; cap: string } {
  const { amount_usd: amount, max_tokens: maxTokens, spent_usd: spent, spent_tokens: tokens } = budget;
  const byTokens = maxTokens !== null && (amount === null || tokens / maxTokens > Number(spent) / Number(amount));
  if (byTokens) return { used: `${count(tokens)} tokens`, cap: count(maxTokens) };
  return { used: dollars(spent), cap: dollars(amount ?? "0") };
}

/** What is the matter with a budget; undefined where nothing is. */
export function troubleOf(budget: BudgetDocument): string | undefined {
  if (budget.zone === "green" && !budget.exceeded) return undefined;
  const { used, cap } = usedOf(budget);
  const end = endOf(budget);
  const until = end === undefined ? "" : ` until ${end}`;
  const subject = `${escapeControls(budgetName(budget))}: ${used} of ${cap}`;
  if (!budget.exceeded) {
    const runsOut =
      budget.runs_out_at === null ? "" : `; at this pace it is spent on ${dayOf(Date.parse(budget.runs_out_at), budget.time_zone)}`;
    return `${subject} spent${until}${runsOut}.`;
  }
  return `${subject} spent; ${consequence(budget)}${until}.`;
}

function consequence({ enforcement, shadow, tolerance, zone, hard, switch_to: switchTo }: BudgetDocument): string {
  if (shadow) return "calls still pass, for it is a shadow budget";
  if (enforcement === "notify_only") return "calls still pass";
  if (!hard && zone === "orange") return `calls still pass, within its tolerance of ${Math.round(tolerance * 1000) / 10}%`;
  if (enforcement === "switch_provider") return `calls move to ${escapeControls(switchTo ?? "")}`;
  return "calls are refused";
}

/** The local day with which the next window begins; a sliding window and all time have none. */
export function endOf({ period, window, time_zone: timeZone }: BudgetDocument): string | undefined {
  return period === null || period === "lifetime" ? undefined : dayOf(Date.parse(window.end), timeZone);
}
