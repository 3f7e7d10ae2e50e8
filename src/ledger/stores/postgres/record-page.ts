/** One page of records, and where the next one begins: a walk along the index of times. */
import { currentRow, pageOf, placeOfRow, placeSql } from "../../schema/page-places.ts";
import { decode, type RecordRow } from "../../schema/rows.ts";
import type { RecordPage, RecordPlace, TimeSpan, UsageFilter } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import { filterSql, loadedFilters, requestSql } from "./filters.ts";
import { loadNames, readCorrections } from "./record-reader.ts";
import { COLUMN_SQL, rowOf } from "./rows.ts";
import { arrayOf, type Transaction } from "./transaction.ts";

export async function recordPage(
  transaction: Transaction,
  dictionary: Dictionary,
  filter: UsageFilter & TimeSpan,
  { after, limit }: { after?: RecordPlace; limit: number },
): Promise<RecordPage> {
  const filters = await loadedFilters(transaction, dictionary, filter);
  if (filters.some(({ ids }) => ids.length === 0)) return { records: [] };
  const span = { startMs: filter.startMs ?? 0, endMs: filter.endMs ?? Number.MAX_SAFE_INTEGER };
  const from = after ?? { timestampMs: span.startMs - 1, row: Number.MAX_SAFE_INTEGER };
  const sought = placeSql((row) => filterSql(filters, row), span) + (await requestSql(transaction, dictionary, filter.requestId));
  const candidates = await rows(
    transaction,
    `SELECT ${COLUMN_SQL} FROM usage_records u WHERE u.time_ms >= ${from.timestampMs} AND u.time_ms < ${span.endMs}
       AND (u.time_ms, u."row") > (${from.timestampMs}, ${from.row}) AND ${sought} ORDER BY u.time_ms, u."row" LIMIT ${limit + 1}`,
  );
  const moved = arrayOf(candidates.flatMap(({ corrects }) => corrects ?? []));
  const found =
    moved === "{}" ? [] : await rows(transaction, `SELECT ${COLUMN_SQL} FROM usage_records WHERE "row" = ANY($1::bigint[])`, [moved]);
  const originals = new Map([...candidates, ...found].map((row) => [row.row, row]));
  const all = await readCorrections(transaction, arrayOf(candidates.map(({ corrects, row }) => corrects ?? row)));
  const corrections = new Map<number, RecordRow[]>();
  for (const row of all) corrections.set(row.corrects as number, [...(corrections.get(row.corrects as number) ?? []), row]);
  await loadNames(transaction, dictionary, [...candidates, ...all]);
  const placed = candidates.map((candidate) => {
    const original = originals.get(candidate.corrects ?? candidate.row) as RecordRow;
    const current = currentRow(candidate, corrections.get(original.row) ?? [], filters, span);
    return { place: placeOfRow(candidate), record: current && decode(current, original, dictionary) };
  });
  return pageOf(placed, limit);
}

async function rows(transaction: Transaction, sql: string, values: readonly string[] = []): Promise<RecordRow[]> {
  return (await transaction.query(sql, values)).map(rowOf);
}
