/** Budgets in sentences. */
import { type BudgetDefinition, durationText, EACH_VALUE, SCOPE_KEYS } from "../../budget/index.ts";
import type { BudgetDocument } from "../../insights/index.ts";
import { dayOf } from "../../usage/index.ts";
import { count, dollars } from "../printing/numbers.ts";
import { escapeControls } from "../printing/text.ts";

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
  return value === null ? name : `${name} (${value})`;
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
  const spent = `${escapeControls(budgetName(budget))}: ${used} of ${cap} spent`;
  const end = endOf(budget);
  const until = end === undefined ? "" : ` until ${end}`;
  if (budget.exceeded) {
    const stopped = whatIsStopped(budget);
    return stopped === undefined ? `${spent}${until}; ${whyCallsPass(budget)}.` : `${spent}; ${stopped}${until}.`;
  }
  if (budget.runs_out_at === null) return `${spent}${until}.`;
  return `${spent}${until}; at this pace it is spent on ${dayOf(Date.parse(budget.runs_out_at), budget.time_zone)}.`;
}

/** Undefined where calls still pass. */
function whatIsStopped(budget: BudgetDocument): string | undefined {
  if (budget.shadow || budget.enforcement === "notify_only" || isTolerated(budget)) return undefined;
  return budget.enforcement === "switch_provider" ? `calls move to ${escapeControls(budget.switch_to ?? "")}` : "calls are refused";
}

function whyCallsPass(budget: BudgetDocument): string {
  if (budget.shadow) return "calls still pass, as a shadow budget lets them";
  return isTolerated(budget)
    ? `calls still pass, within its tolerance of ${Math.round(budget.tolerance * 1000) / 10}%`
    : "calls still pass";
}

function isTolerated({ hard, zone, tolerance }: BudgetDocument): boolean {
  return !hard && tolerance > 0 && zone !== "red";
}

/** The local day with which the next window begins; a sliding window and all time have none. */
export function endOf({ period, window, time_zone: timeZone }: BudgetDocument): string | undefined {
  return period === null || period === "lifetime" ? undefined : dayOf(Date.parse(window.end), timeZone);
}
