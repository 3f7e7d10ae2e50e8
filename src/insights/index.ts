/**
 * Answers from the book: reports, costs, the summary. Each is a plain document with a `schema`.
 * @module
 */
export { backtest } from "./backtest.ts";
export { buildCosts, type Comparison, type CostsDocument } from "./costs.ts";
export { type Figures, figuresOf } from "./figures.ts";
export { daysOf, lastPeriod, type NamedPeriod, namedPeriod, type Period, periodOf } from "./period.ts";
export type { BacktestDocument, BacktestRequest, BlockedWindow, TriedBudget } from "./replaying-book.ts";
export { type Aggregates, buildReport, type ReportDocument, type ReportRequest, type ReportRow, type SortKey } from "./report.ts";
export { buildSummary, type DaySpend, type SummaryDocument, type SummaryPeriod, type UnusualDayDocument } from "./summary.ts";
