/** Conditions on columns as SQL. */
import type { ColumnFilter } from "../../schema/column-filters.ts";

/** The conditions as SQL, with ids written out: they are our own integers. @param row the alias of the row that is meant */
export function filterSql(filters: readonly ColumnFilter[], row?: string): string {
  const of = row === undefined ? "" : `${row}.`;
  return filters.map(({ column, ids }) => ` AND ${of}${column} IN (${ids.join(", ")})`).join("");
}
