/** Records by time, page by page, as they stand after their corrections: all of one snapshot. */
import { fold } from "../../schema/corrections.ts";
import { decode, type RecordRow } from "../../schema/rows.ts";
import type { StoredRecord, TimeSpan, UsageFilter } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import { filterSql, loadedFilters, requestSql } from "./filters.ts";
import { loadNames, readCorrections } from "./record-reader.ts";
import { COLUMN_SQL, rowOf } from "./rows.ts";
import { arrayOf, type Transaction } from "./transaction.ts";
import { walkByTime } from "./walk-by-time.ts";

const PAGE_ROWS = 1000;

export async function* recordPages(
  transaction: Transaction,
  dictionary: Dictionary,
  filter: UsageFilter & TimeSpan,
): AsyncGenerator<StoredRecord[]> {
  const filters = await loadedFilters(transaction, dictionary, filter);
  if (filters.some(({ ids }) => ids.length === 0)) return;
  const conditions = filterSql(filters) + (await requestSql(transaction, dictionary, filter.requestId));
  await walkByTime(transaction);
  let timeMs = (filter.startMs ?? 0) - 1;
  let row = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const page = await transaction.query(
      `SELECT ${COLUMN_SQL} FROM usage_records WHERE requests = 1 AND time_ms >= ${timeMs} AND time_ms < ${filter.endMs ?? Number.MAX_SAFE_INTEGER}
         AND (time_ms, "row") > (${timeMs}, ${row})${conditions} ORDER BY time_ms, "row" LIMIT ${PAGE_ROWS}`,
    );
    const candidates = page.map(rowOf);
    if (candidates.length === 0) return;
    yield await currentRecords(transaction, dictionary, candidates);
    if (candidates.length < PAGE_ROWS) return;
    ({ time_ms: timeMs, row } = candidates.at(-1) as RecordRow);
  }
}

/** The records that rows began, or put down anew, without those that a later correction took back. */
async function currentRecords(transaction: Transaction, dictionary: Dictionary, candidates: readonly RecordRow[]): Promise<StoredRecord[]> {
  const moved = candidates.flatMap(({ corrects }) => corrects ?? []);
  const found =
    moved.length === 0
      ? []
      : await transaction.query(`SELECT ${COLUMN_SQL} FROM usage_records WHERE "row" = ANY($1::bigint[])`, [arrayOf(moved)]);
  const originals = new Map([...candidates, ...found.map(rowOf)].map((row) => [row.row, row]));
  const corrections = new Map<number, RecordRow[]>();
  for (const correction of await readCorrections(transaction, arrayOf(candidates.map(({ corrects, row }) => corrects ?? row)))) {
    const original = correction.corrects as number;
    corrections.set(original, [...(corrections.get(original) ?? []), correction]);
  }
  await loadNames(transaction, dictionary, [...candidates, ...[...corrections.values()].flat()]);
  return candidates.flatMap((candidate) => {
    const original = originals.get(candidate.corrects ?? candidate.row) as RecordRow;
    const later = (corrections.get(original.row) ?? []).filter(({ row }) => row > candidate.row);
    if (later.some(({ requests }) => requests === -1)) return [];
    return [decode(fold([candidate, ...later]), original, dictionary)];
  });
}
