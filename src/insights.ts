/**
 * What `tokenledger/insights` opens: the room, and `spendingReport`, which answers without waiting and therefore loads the room of
 * analysis at once. The command enters by the room's own door, so that its first screen need not load it.
 * @module
 */
export * from "./insights/index.ts";
export type { ReportDatapoint, TokenSeries } from "./insights/report-series.ts";
export {
  type Components,
  type ModelStats,
  type PeriodLimits,
  type PeriodStatus,
  type SpendingReport,
  type SpendingReportOptions,
  spendingReport,
} from "./insights/spending-report.ts";
