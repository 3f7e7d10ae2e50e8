/**
 * Answers that need `analysis/`: loaded when the first one is asked for, because that takes longer than a report takes to answer.
 * @module
 */
import type { AnalysedBook } from "./analysed-book.ts";
import type { AnalysisRequest } from "./analysis.ts";
import type { AnalysisDocument } from "./analysis-document.ts";
import type { ExplanationRequest } from "./explanation.ts";
import type { ExplanationDocument } from "./explanation-document.ts";
import type { ForecastRequest } from "./forecast.ts";
import type { ForecastDocument } from "./forecast-document.ts";

/**
 * Spending over a period as series by the hour or day, of the whole and of each model, team or project: taken apart into trend,
 * oscillation and noise, and tested for rhythms, direction, anomalies and new levels. Nothing is said that its own test does not
 * support; what can't be told from so little is told to be so.
 *
 * @example
 * ```ts
 * import { openLedger } from "tokenledger/ledger";
 * import { buildAnalysis, periodOf } from "tokenledger/insights";
 * const book = await openLedger("sqlite::memory:");
 * const call = { provider: "openai", model: "gpt-4o", source: "library", tokens: { input: 100_000 } };
 * const days = Array.from({ length: 56 }, (_, i) => Date.parse("2026-01-05T12:00:00Z") + i * 86_400_000);
 * // Every Monday, and only then, nine calls more.
 * await book.record(days.flatMap((timestampMs, i) => Array.from({ length: i % 7 === 0 ? 10 : 1 }, (_, n) => ({ ...call, id: `${i}-${n}`, timestampMs }))));
 * const period = periodOf("2026-01-05", "2026-03-01", "UTC");
 * const document = await buildAnalysis(book, { period, by: "model", bucket: "day", generatedAtMs: Date.parse("2026-03-02T08:00:00Z") });
 * document.total.rhythms[0]; // => { name: "weekly", found: true, peak: "Monday", … }
 * await book.close();
 * ```
 */
export async function buildAnalysis(book: AnalysedBook, request: AnalysisRequest): Promise<AnalysisDocument> {
  return (await import("./analysis.ts")).buildAnalysis(book, request);
}

/**
 * This calendar month's spending at its end, and where each budget's window leads: lower tenth, middle and upper tenth of simulated
 * courses, the probability that the amount is passed, and when. `self_score` says how such forecasts fared on the book's own past.
 *
 * @example
 * ```ts
 * import { openLedger } from "tokenledger/ledger";
 * import { buildForecast } from "tokenledger/insights";
 * const book = await openLedger("sqlite::memory:");
 * const call = { provider: "openai", model: "gpt-4o", source: "library", tokens: { input: 4_000_000 } };
 * // Ten dollars a day.
 * await book.record(Array.from({ length: 45 }, (_, i) => ({ ...call, timestampMs: Date.parse("2026-01-01T12:00:00Z") + i * 86_400_000 })));
 * const document = await buildForecast(book, { timeZone: "UTC", limitNanoUsd: 1_000_000_000_000n, generatedAtMs: Date.parse("2026-02-15T00:00:00Z") });
 * [document.period.spent_usd, document.period.total_usd?.p50]; // => ["140", "280"]
 * document.limit?.runs_out_at.p50; // => null
 * await book.close();
 * ```
 */
export async function buildForecast(
  book: Pick<AnalysedBook, "aggregate" | "budgets">,
  request: ForecastRequest,
): Promise<ForecastDocument> {
  return (await import("./forecast.ts")).buildForecast(book, request);
}

/**
 * The change of the bill from one period to another: more requests, other models, longer prompts and answers, other kinds of tokens,
 * other prices, models that came and went. A model's tokens are valued at list prices times what was really paid over them, so that
 * discounts are in the price and each model's cost is exact.
 *
 * @throws InvalidInput for a dimension of which a call can have several values, or that is a time
 * @example
 * ```ts
 * import { openLedger } from "tokenledger/ledger";
 * import { buildExplanation, periodOf } from "tokenledger/insights";
 * const book = await openLedger("sqlite::memory:");
 * const call = { provider: "openai", model: "gpt-4o", source: "library", tokens: { input: 1_000_000 } };
 * await book.record([
 *   { ...call, timestampMs: Date.parse("2026-01-10T12:00:00Z") },
 *   { ...call, timestampMs: Date.parse("2026-02-10T12:00:00Z") },
 *   { ...call, timestampMs: Date.parse("2026-02-11T12:00:00Z") },
 * ]);
 * const [from, to] = [periodOf("2026-01-01", "2026-01-31", "UTC"), periodOf("2026-02-01", "2026-02-28", "UTC")];
 * const document = await buildExplanation(book, { from, to, by: "model", generatedAtMs: Date.parse("2026-03-01") });
 * document.change_usd; // => "2.5"
 * document.effects; // => [{ effect: "volume", amount_usd: "2.5" }]
 * await book.close();
 * ```
 */
export async function buildExplanation(
  book: Pick<AnalysedBook, "aggregate" | "prices">,
  request: ExplanationRequest,
): Promise<ExplanationDocument> {
  return (await import("./explanation.ts")).buildExplanation(book, request);
}
