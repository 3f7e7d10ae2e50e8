/**
 * Answers from the book: reports, costs, the summary, and what it means: analysis, forecast, explanation. Each is a plain
 * document with a `schema`. `tokenledger/insights` has `spendingReport` besides, see `../insights.ts`.
 * @module
 */
export type { AnalysedBook } from "./analysed-book.ts";
export { buildAnalysis, buildExplanation, buildForecast } from "./analyses.ts";
export type { AnalysisRequest } from "./analysis.ts";
export type { AnalysisDocument } from "./analysis-document.ts";
export { backtest } from "./backtest.ts";
export { buildCosts, type Comparison, type CostsDocument } from "./costs.ts";
export type { ExplanationRequest } from "./explanation.ts";
export type { ExplanationDocument } from "./explanation-document.ts";
export { type Figures, figuresOf } from "./figures.ts";
export type { ForecastRequest } from "./forecast.ts";
export type { BudgetForecastDocument, ForecastDocument } from "./forecast-document.ts";
export { type KeyDocument, keyDocument } from "./key-document.ts";
export { daysOf, lastPeriod, monthToDate, type NamedPeriod, namedPeriod, type Period, periodOf } from "./period.ts";
export type { BacktestDocument, BacktestRequest, BlockedWindow, TriedBudget } from "./replaying-book.ts";
export { type Aggregates, buildReport, type ReportDocument, type ReportRequest, type ReportRow, type SortKey } from "./report.ts";
export type { Amount, SeriesDocument } from "./series-document.ts";
export { buildSummary, type DaySpend, type SummaryDocument, type SummaryPeriod, type UnusualDayDocument } from "./summary.ts";
