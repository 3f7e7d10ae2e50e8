/** Conditions on columns as SQL. */
import type { ColumnFilter } from "../../schema/column-filters.ts";

/** The conditions as SQL, with ids written out: they are our own integers. */
export function filterSql(filters: readonly ColumnFilter[]): string {
  return filters.map(({ column, ids }) => ` AND ${column} IN (${ids.join(", ")})`).join("");
}
