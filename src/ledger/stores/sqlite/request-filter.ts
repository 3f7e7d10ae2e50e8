/** A filter by request id → conditions on the rows of `usage_records`. */

import type { ColumnFilter } from "../../schema/column-filters.ts";
import { requestNamespaces } from "../../schema/identity.ts";
import { familySql } from "../../schema/page-places.ts";
import { packId } from "../../schema/rows.ts";
import type { FilterValue } from "../../store.ts";
import type { Desk } from "./desk.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection } from "./driver.ts";
import { filterSql } from "./filters.ts";
import type { Identities } from "./identities.ts";

/**
 * The rows with which the records of some request ids begin, where each has one that the filters let pass. Else undefined: whether a
 * request is one of others, of an agent's log or nobody's, it is looked for in the same way, so that the time it takes tells nothing.
 */
export function requestRows(
  requestIds: readonly string[],
  filters: readonly ColumnFilter[],
  { identities, dictionary, connection }: Pick<Desk, "identities" | "dictionary" | "connection">,
): number[] | undefined {
  const namespaces = requestNamespaces(dictionary);
  const rows: number[] = [];
  for (const text of requestIds) {
    const found = namespaces.flatMap((namespace) => identities.rowsOf({ kind: "request", namespace, text }));
    const passes = `SELECT 1 AS one FROM usage_records u WHERE ${familySql(found)}${filterSql(filters, "u")} LIMIT 1`;
    if (connection.prepare(passes).get() === undefined) return undefined;
    rows.push(...found);
  }
  return rows;
}

/**
 * The records of some request ids, corrections included, as SQL; empty where the filter doesn't ask.
 * Ids of agents' logs are not unique and so not among the identities: they are searched for in the table.
 */
export function requestSql(value: FilterValue | undefined, identities: Identities, dictionary: Dictionary, connection: Connection): string {
  if (value === undefined) return "";
  if (value === null)
    return " AND request_id IS NULL AND (corrects IS NULL OR corrects IN (SELECT row FROM usage_records WHERE request_id IS NULL))";
  const namespaces = requestNamespaces(dictionary);
  const rows = (typeof value === "string" ? [value] : value).flatMap((text) => {
    const found = namespaces.flatMap((namespace) => identities.rowsOf({ kind: "request", namespace, text }));
    if (found.length > 0) return found;
    const search = connection.prepare("SELECT row FROM usage_records WHERE request_id = ? AND corrects IS NULL");
    return search.all(packId(text)).map(({ row }) => Number(row));
  });
  return ` AND coalesce(corrects, row) IN (${rows.join(", ")})`;
}
