/**
 * Answers from the book: reports, costs, the summary, and what it means: analysis, forecast, explanation. Each is a plain
 * document with a `schema`.
 * @module
 */
export type { AnalysedBook } from "./analysed-book.ts";
export { type AnalysisRequest, buildAnalysis } from "./analysis.ts";
export type { AnalysisDocument } from "./analysis-document.ts";
export { buildExplanation, type ExplanationRequest } from "./explanation.ts";
export type { ExplanationDocument } from "./explanation-document.ts";
export { buildForecast, type ForecastRequest } from "./forecast.ts";
export type { BudgetForecastDocument, ForecastDocument } from "./forecast-document.ts";
export type { ReportDatapoint, TokenSeries } from "./report-series.ts";
export * from "./reports.ts";
export type { Amount, SeriesDocument } from "./series-document.ts";
export {
  type Components,
  type ModelStats,
  type PeriodLimits,
  type PeriodStatus,
  type SpendingReport,
  type SpendingReportOptions,
  spendingReport,
} from "./spending-report.ts";
