/**
 * Answers that are sums of the book. A door of its own beside `index.ts`, because what the analyses need takes longer to load
 * than a report takes to answer.
 * @module
 */
export { backtest } from "./backtest.ts";
export { buildCosts, type Comparison, type CostsDocument } from "./costs.ts";
export { type Figures, figuresOf } from "./figures.ts";
export { daysOf, lastPeriod, monthToDate, type NamedPeriod, namedPeriod, type Period, periodOf } from "./period.ts";
export type { BacktestDocument, BacktestRequest, BlockedWindow, TriedBudget } from "./replaying-book.ts";
export { type Aggregates, buildReport, type ReportDocument, type ReportRequest, type ReportRow, type SortKey } from "./report.ts";
export { buildSummary, type DaySpend, type SummaryDocument, type SummaryPeriod, type UnusualDayDocument } from "./summary.ts";
