/**
 * Answers from the book: reports, costs, the summary. Each is a plain document with a `schema`.
 * @module
 */
export type { AnalysedBook } from "./analysed-book.ts";
export type { AnalysisDocument } from "./analysis-document.ts";
export { backtest } from "./backtest.ts";
export { buildCosts, type Comparison, type CostsDocument } from "./costs.ts";
export { buildExplanation, type ExplanationRequest } from "./explanation.ts";
export type { ExplanationDocument } from "./explanation-document.ts";
export { type Figures, figuresOf } from "./figures.ts";
export type { BudgetForecastDocument, ForecastDocument } from "./forecast-document.ts";
export { daysOf, lastPeriod, monthToDate, type NamedPeriod, namedPeriod, type Period, periodOf } from "./period.ts";
export type { BacktestDocument, BacktestRequest, BlockedWindow, TriedBudget } from "./replaying-book.ts";
export { type Aggregates, buildReport, type ReportDocument, type ReportRequest, type ReportRow, type SortKey } from "./report.ts";
export type { Amount, SeriesDocument } from "./series-document.ts";
export { buildSummary, type DaySpend, type SummaryDocument, type SummaryPeriod, type UnusualDayDocument } from "./summary.ts";
