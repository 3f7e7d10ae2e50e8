/** What spending will be: this month, and every budget's window, with the chance and the day of passing a limit. */

import { InvalidInput, quoteValue } from "../errors.ts";
import type { UsageFilter } from "../ledger/index.ts";
import { parseUsd } from "../money.ts";
import type { AnalysedBook } from "./analysed-book.ts";
import { budgetForecasts } from "./budget-forecasts.ts";
import { budgetFindings, passingText, type SpokenTime } from "./findings/budget-findings.ts";
import { dayText } from "./findings/local-times.ts";
import type { ForecastDocument, PeriodForecastDocument } from "./forecast-document.ts";
import { namedPeriod } from "./period.ts";
import { selfScore } from "./self-score.ts";
import { readHistory } from "./spending-history.ts";
import { forecastWindow, limitForecast, periodDocument } from "./window-forecast.ts";
import { countText, dollars, percentText } from "./words.ts";

const HISTORY_DAYS = 180;
const MOST_VALUES = 10;

export interface ForecastRequest {
  timeZone: string;
  filter?: UsageFilter;
  /** Of this month's spending. */
  limitNanoUsd?: bigint;
  /** This budget alone. */
  budget?: string;
  generatedAtMs: number;
}

/** See `analyses.ts`. */
export async function buildForecast(
  book: Pick<AnalysedBook, "aggregate" | "budgets">,
  request: ForecastRequest,
): Promise<ForecastDocument> {
  const { timeZone, filter, limitNanoUsd, budget, generatedAtMs: nowMs } = request;
  if (limitNanoUsd !== undefined && limitNanoUsd < 0n)
    throw new InvalidInput(`limit: ${quoteValue(limitNanoUsd)} is below zero; give an amount from 0 up.`);
  const history = await readHistory(book, { bucket: "day", timeZone, days: HISTORY_DAYS, nowMs, filter });
  const { startMs, endMs } = namedPeriod("month", nowMs, timeZone);
  const { totals } = await book.aggregate({
    startMs,
    endMs: Math.min(endMs, nowMs),
    timeZone: "UTC",
    groupBy: [],
    ...(filter && { filter }),
  });
  const month = forecastWindow(history, { startMs, endMs, nowMs, spentNanoUsd: totals.costNanoUsd });
  const isUnpriced = totals.requests > 0 && totals.unpricedRequests === totals.requests && history.values.every((value) => value === 0);
  const period = isUnpriced ? withoutForecast(periodDocument(month)) : periodDocument(month);
  const ahead = limitNanoUsd === undefined ? null : limitForecast(month, limitNanoUsd);
  const limit = ahead && isUnpriced ? { ...ahead, probability_of_exceeding: null } : ahead;
  const { budgets, warnings } = await budgetForecasts(book, { nowMs, budget, mostValues: MOST_VALUES });
  const findings: ForecastDocument["findings"] = [];
  const time: SpokenTime = { timeZone, nowMs };
  for (const sentence of budgetFindings(budgets, time)) findings.push({ kind: "budget", sentence });
  if (isUnpriced)
    findings.push({ kind: "insufficient", sentence: "What this month will cost can't be told: none of its requests has a known price." });
  else findings.push(monthFinding(period, endMs, time, month.courses.reason));
  if (limit && !isUnpriced) findings.push({ kind: "forecast", sentence: limitSentence({ ...limit, ...period }) });
  const score = isUnpriced ? null : selfScore(history);
  if (score) findings.push({ kind: "self-score", sentence: scoreSentence(score) });
  else if (period.method !== "none" && !isUnpriced)
    findings.push({ kind: "insufficient", sentence: "The past is too short to try such forecasts on it." });
  const unpriced = totals.unpricedRequests;
  if (unpriced > 0)
    warnings.push(`${countText(unpriced, "request")} of this month without a known price ${unpriced === 1 ? "is" : "are"} in no sum here.`);
  return {
    schema: "tokenledger.forecast/1",
    generated_at: new Date(nowMs).toISOString(),
    tz: timeZone,
    findings,
    period,
    limit,
    budgets,
    self_score: score,
    warnings,
  };

  function limitSentence(of: NonNullable<ForecastDocument["limit"]> & PeriodForecastDocument): string {
    if (parseUsd(of.spent_usd) > parseUsd(of.amount_usd)) return `The limit of ${dollars(parseUsd(of.amount_usd))} is passed already.`;
    const passing = passingText(of, time);
    const basis = of.quality === "low-data" ? ", as far as so few days can tell" : "";
    return passing === undefined ? `It will hardly pass ${dollars(parseUsd(of.amount_usd))}${basis}.` : `I${passing.slice(1)}`;
  }
}

/** What has no price has no cost to forecast: unknown is not zero. */
function withoutForecast(period: PeriodForecastDocument): PeriodForecastDocument {
  const burn = period.burn.filter(({ spent_usd }) => spent_usd !== null);
  return { ...period, total_usd: null, method: "none", quality: "none", burn };
}

function monthFinding(
  period: PeriodForecastDocument,
  endMs: number,
  { timeZone, nowMs }: SpokenTime,
  reason: string | undefined,
): ForecastDocument["findings"][number] {
  if (!period.total_usd) return { kind: "insufficient", sentence: "There is no past spending to forecast from." };
  const { p10, p50, p90 } = period.total_usd;
  const amount = (usd: string): string => dollars(parseUsd(usd));
  const basis = period.quality === "low-data" && reason !== undefined ? ` ${reason}` : "";
  const range = p10 === p90 ? "" : `, and in 8 of 10 courses between ${amount(p10)} and ${amount(p90)}`;
  return {
    kind: "forecast",
    sentence: `By ${dayText(endMs - 1, timeZone, nowMs)} this month will cost about ${amount(p50)}${range}.${basis}`,
  };
}

function scoreSentence({ coverage_80, brier, brier_run_rate, forecasts }: NonNullable<ForecastDocument["self_score"]>): string {
  const held = `Of ${forecasts} such forecasts of a week on the past, ${percentText(100 * coverage_80)} held what came within their 80 % range`;
  if (brier === null || brier_run_rate === null) return `${held}.`;
  const better = brier < brier_run_rate ? "better" : "no better";
  return `${held}; their probabilities were ${better} than plain extrapolation's (mean squared error ${brier.toFixed(2)} to ${brier_run_rate.toFixed(2)}).`;
}
