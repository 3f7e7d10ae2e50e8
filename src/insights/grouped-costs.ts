/** A report as the API answers it: rows are `groups`, and the range is the `period`. */
import type { ReportDocument } from "./report.ts";

export interface GroupedCostsDocument extends Omit<ReportDocument, "schema" | "range" | "rows"> {
  schema: "tokenledger.costs/1";
  period: ReportDocument["range"];
  groups: ReportDocument["rows"];
}

/**
 * The same figures under the API's names.
 *
 * @example
 * ```ts
 * import { openLedger } from "tokenledger/ledger";
 * import { buildReport, groupedCosts, periodOf } from "tokenledger/insights";
 * const book = await openLedger("sqlite::memory:");
 * const period = periodOf("2026-05-01", "2026-05-31", "UTC");
 * const document = groupedCosts(await buildReport(book, { period, groupBy: ["team"], generatedAtMs: 0 }));
 * [document.schema, document.period.end, document.groups]; // => ["tokenledger.costs/1", "2026-05-31", []]
 * await book.close();
 * ```
 */
export function groupedCosts({ generated_at, range, group_by, totals, rows, warnings }: ReportDocument): GroupedCostsDocument {
  return { schema: "tokenledger.costs/1", generated_at, period: range, group_by, totals, groups: rows, warnings };
}
