/** What is said of budgets: which are exceeded, which will be and when, and how sure that is. */
import { parseUsd } from "../../money.ts";
import type { BudgetForecastDocument, LimitForecast } from "../forecast-document.ts";
import { chanceText, dollars, nameText } from "../words.ts";
import { dayText, hourText } from "./local-times.ts";

const DAY_MS = 86_400_000;
/** Below this, it is not worth a sentence. */
const LEAST_CHANCE = 0.1;
const LIKELY = 0.5;

export interface SpokenTime {
  timeZone: string;
  nowMs: number;
}

/** The most endangered first; budgets that are in no danger are not spoken of. */
export function budgetFindings(budgets: readonly BudgetForecastDocument[], time: SpokenTime): string[] {
  return budgets
    .map((budget) => ({
      chance: budget.probability_of_exceeding ?? (budget.runs_out_at.p50 === null ? 0 : LIKELY),
      sentence: budgetSentence(budget, time),
    }))
    .filter((spoken): spoken is { chance: number; sentence: string } => spoken.sentence !== undefined)
    .sort((a, b) => b.chance - a.chance)
    .map(({ sentence }) => sentence);
}

function budgetSentence(budget: BudgetForecastDocument, time: SpokenTime): string | undefined {
  const whose = budget.value === null ? "" : ` for ${nameText(budget.value, "name")}`;
  const name = `Budget ${nameText(budget.name, "name")}${whose}`;
  const amount = dollars(parseUsd(budget.amount_usd));
  if (parseUsd(budget.spent_usd) > parseUsd(budget.amount_usd))
    return `${name} is exceeded: ${dollars(parseUsd(budget.spent_usd))} of ${amount} ${budget.period === null ? "in its window" : "this period"}.`;
  const forecast = passingText(budget, time);
  if (forecast !== undefined) return `${name}: ${forecast}`;
  if (budget.zone === "green") return undefined;
  return `${name}: ${dollars(parseUsd(budget.spent_usd))} of ${amount} is spent.`;
}

/** `it will pass $5,000 on 27 May with 83 % probability.`; undefined: it hardly will. */
export function passingText(
  limit: LimitForecast & { window: { start: string; end: string }; quality: string },
  time: SpokenTime,
): string | undefined {
  const { probability_of_exceeding: chance, runs_out_at: out, window } = limit;
  const amount = dollars(parseUsd(limit.amount_usd));
  const isShort = Date.parse(window.end) - Date.parse(window.start) <= 3 * DAY_MS;
  const when = (at: string): string => (isShort ? hourText : dayText)(Date.parse(at), time.timeZone, time.nowMs);
  const basis = limit.quality === "low-data" ? ", as far as so few days can tell" : "";
  if (chance === null) return out.p50 === null ? undefined : `it will pass ${amount} around ${when(out.p50)}${basis}.`;
  if (chance >= LIKELY && out.p50 !== null)
    return `it will pass ${amount} on ${when(out.p50)} with ${chanceText(chance)} probability${basis}.`;
  // So few days leave a chance to what none of their courses does: no warning rests on that alone.
  if (chance < LEAST_CHANCE || out.p10 === null) return undefined;
  const verb = chance >= LIKELY ? "will" : "may";
  return `it ${verb} pass ${amount} before ${when(window.end)} with ${chanceText(chance)} probability${basis}.`;
}
