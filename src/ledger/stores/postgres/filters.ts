/** A filter as conditions in SQL; what it needs of the dictionary is loaded on the way. */
import { type ColumnFilter, columnFilters } from "../../schema/column-filters.ts";
import { requestNamespaces } from "../../schema/identity.ts";
import { familySql } from "../../schema/page-places.ts";
import type { Kind } from "../../schema.ts";
import type { FilterValue, UsageFilter } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import { recordsOfRequest } from "./identities.ts";
import type { Transaction } from "./transaction.ts";
import { storedText } from "./transaction.ts";

const KIND_OF: readonly (readonly [keyof UsageFilter, Kind])[] = [
  ["org", "org"],
  ["team", "team"],
  ["user", "user"],
  ["project", "project"],
  ["key", "key"],
  ["provider", "model"],
  ["model", "model"],
  ["source", "source"],
  ["tag", "tags"],
  ["session", "session"],
];

export async function loadedFilters(transaction: Transaction, dictionary: Dictionary, filter: UsageFilter): Promise<ColumnFilter[]> {
  const kinds = KIND_OF.filter(([field]) => filter[field] !== undefined).map(([, kind]) => kind);
  await dictionary.loadKinds(transaction, [...new Set(kinds)]);
  return columnFilters(filter, dictionary);
}

/** The conditions as SQL, with ids written out: they are our own integers. @param row the alias of the row that is meant */
export function filterSql(filters: readonly ColumnFilter[], row?: string): string {
  const of = row === undefined ? "" : `${row}.`;
  return filters.map(({ column, ids }) => ` AND ${of}"${column}" IN (${ids.join(", ")})`).join("");
}

/**
 * The rows with which the records of some request ids begin, where each has one that the filters let pass. Else undefined: whether a
 * request is one of others, of an agent's log or nobody's, it is looked for in the same way, so that the time it takes tells nothing.
 */
export async function requestRows(
  transaction: Transaction,
  dictionary: Dictionary,
  requestIds: readonly string[],
  filters: readonly ColumnFilter[],
): Promise<number[] | undefined> {
  await dictionary.loadKinds(transaction, ["circumstances"]);
  const namespaces = requestNamespaces(dictionary);
  const rows: number[] = [];
  for (const text of requestIds) {
    const found = (await recordsOfRequest(transaction, namespaces, text)).map(({ row }) => row);
    if (found.length === 0) return undefined;
    const passes = `SELECT 1 AS one FROM usage_records u WHERE ${familySql(found)}${filterSql(filters, "u")} LIMIT 1`;
    if ((await transaction.query(passes)).length === 0) return undefined;
    rows.push(...found);
  }
  return rows;
}

/**
 * The records of some request ids, corrections included; empty where the filter doesn't ask.
 * Ids of agents' logs are not unique and so not among the identities: they are searched for in the table.
 */
export async function requestSql(transaction: Transaction, dictionary: Dictionary, value: FilterValue | undefined): Promise<string> {
  if (value === undefined) return "";
  if (value === null)
    return ' AND request_id IS NULL AND (corrects IS NULL OR corrects IN (SELECT "row" FROM usage_records WHERE request_id IS NULL))';
  await dictionary.loadKinds(transaction, ["circumstances"]);
  const namespaces = requestNamespaces(dictionary);
  const rows: number[] = [];
  for (const text of typeof value === "string" ? [value] : value) {
    const found = await recordsOfRequest(transaction, namespaces, text);
    rows.push(...(found.length > 0 ? found.map(({ row }) => row) : await searchFor(transaction, text)));
  }
  return rows.length === 0 ? " AND false" : ` AND coalesce(corrects, "row") IN (${rows.join(", ")})`;
}

async function searchFor(transaction: Transaction, requestId: string): Promise<number[]> {
  const rows = await transaction.query('SELECT "row" FROM usage_records WHERE request_id = $1 AND corrects IS NULL', [
    storedText(requestId),
  ]);
  return rows.map(({ row }) => Number(row));
}
