/** A report's rows as CSV: for the command and the API alike. */
import { csvTable } from "./csv.ts";
import type { ReportDocument } from "./report.ts";

/** The figures of a row, in the order of CSV columns and of JSON fields. */
const FIGURE_FIELDS = [
  "requests",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "reasoning_tokens",
  "total_tokens",
  "web_searches",
  "cost_usd",
  "avg_cost_usd",
  "avg_latency_ms",
  "unpriced_requests",
  "share",
] as const;

/** Its columns: what the rows are of, and their figures. */
export function reportFields({ group_by }: Pick<ReportDocument, "group_by">): string[] {
  return [...group_by, ...FIGURE_FIELDS];
}

export function reportCsv(document: Pick<ReportDocument, "group_by" | "rows">): string {
  return csvTable(reportFields(document), document.rows);
}
