/** One page of records, and where the next one begins: a walk along the index of times. */
import type { ColumnFilter } from "../../schema/column-filters.ts";
import {
  currentRow,
  DIRECTIONS,
  familySql,
  type PlacedRecord,
  pageOf,
  placeOfRow,
  placeSql,
  REQUEST_OF_ROW,
} from "../../schema/page-places.ts";
import { decode, type RecordRow } from "../../schema/rows.ts";
import type { PageWanted, RecordPage, TimeSpan, UsageFilter } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import { filterSql, loadedFilters, requestRows, requestSql } from "./filters.ts";
import { loadNames, readCorrections } from "./record-reader.ts";
import { COLUMN_SQL, rowOf } from "./rows.ts";
import { arrayOf, type Transaction, textArrayOf } from "./transaction.ts";

export async function recordPage(
  transaction: Transaction,
  dictionary: Dictionary,
  filter: UsageFilter & TimeSpan,
  { after, limit, order = "asc" }: PageWanted,
): Promise<RecordPage> {
  const filters = await loadedFilters(transaction, dictionary, filter);
  if (filters.some(({ ids }) => ids.length === 0)) return { records: [] };
  const span = { startMs: filter.startMs ?? 0, endMs: filter.endMs ?? Number.MAX_SAFE_INTEGER };
  const { behind, sorted, start, ends } = DIRECTIONS[order];
  const from = after ?? start(span);
  const request = await requestCondition(transaction, dictionary, filter, filters);
  const candidates = await rows(
    transaction,
    `SELECT ${COLUMN_SQL} FROM usage_records u WHERE u.time_ms ${behind}= ${from.timestampMs} AND u.${ends(span)}
       AND (u.time_ms, u."row") ${behind} (${from.timestampMs}, ${from.row}) AND ${placeSql((row) => filterSql(filters, row), span)}${request.condition}
       ORDER BY u.time_ms ${sorted}, u."row" ${sorted} LIMIT ${limit + 1}`,
    request.values,
  );
  return pageOf(await placedAmong(transaction, dictionary, candidates, { filters, span }), limit);
}

/** What the records of these rows are now. */
export async function placedAmong(
  transaction: Transaction,
  dictionary: Dictionary,
  candidates: readonly RecordRow[],
  { filters, span }: { filters: readonly ColumnFilter[]; span: Required<TimeSpan> },
): Promise<PlacedRecord[]> {
  const moved = arrayOf(candidates.flatMap(({ corrects }) => corrects ?? []));
  const found =
    moved === "{}" ? [] : await rows(transaction, `SELECT ${COLUMN_SQL} FROM usage_records WHERE "row" = ANY($1::bigint[])`, [moved]);
  const originals = new Map([...candidates, ...found].map((row) => [row.row, row]));
  const all = await readCorrections(transaction, arrayOf(candidates.map(({ corrects, row }) => corrects ?? row)));
  const corrections = new Map<number, RecordRow[]>();
  for (const row of all) corrections.set(row.corrects as number, [...(corrections.get(row.corrects as number) ?? []), row]);
  await loadNames(transaction, dictionary, [...candidates, ...all]);
  return candidates.map((candidate) => {
    const original = originals.get(candidate.corrects ?? candidate.row) as RecordRow;
    const current = currentRow(candidate, corrections.get(original.row) ?? [], filters, span);
    return { place: placeOfRow(candidate), record: current && decode(current, original, dictionary) };
  });
}

async function requestCondition(
  transaction: Transaction,
  dictionary: Dictionary,
  { requestId }: UsageFilter,
  filters: readonly ColumnFilter[],
): Promise<{ condition: string; values: string[] }> {
  if (requestId === undefined || requestId === null) return { condition: await requestSql(transaction, dictionary, requestId), values: [] };
  const texts = typeof requestId === "string" ? [requestId] : requestId;
  const known = await requestRows(transaction, dictionary, texts, filters);
  if (known !== undefined) return { condition: ` AND ${familySql(known)}`, values: [] };
  return { condition: ` AND ${REQUEST_OF_ROW} = ANY($1::text[])`, values: [textArrayOf(texts)] };
}

async function rows(transaction: Transaction, sql: string, values: readonly string[] = []): Promise<RecordRow[]> {
  return (await transaction.query(sql, values)).map(rowOf);
}
