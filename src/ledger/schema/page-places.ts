/**
 * In which order records are paged: each stands where its first row stands, which no correction moves. So a record that is there when
 * the first page is asked for comes exactly once, whatever is written meanwhile. Only one that a correction has brought into the span
 * from outside of it stands where that correction does.
 */
import type { RecordOrder, RecordPage, RecordPlace, StoredRecord, TimeSpan } from "../store.ts";
import type { ColumnFilter } from "./column-filters.ts";
import { fold } from "./corrections.ts";
import type { RecordRow } from "./rows.ts";

/** What was found at one place; undefined where nothing of it is asked for any more. */
export interface PlacedRecord {
  place: RecordPlace;
  record: StoredRecord | undefined;
}

export function placeOfRow({ time_ms: timestampMs, row }: RecordRow): RecordPlace {
  return { timestampMs, row };
}

/** How a walk in one order is said in SQL, and from which place it begins where no page was before. */
export interface WalkDirection {
  /** Whether a place lies behind another one. */
  behind: ">" | "<";
  sorted: "ASC" | "DESC";
  start(span: Required<TimeSpan>): RecordPlace;
  /** Of the times that are left, in front of which the walk ends. */
  ends(span: Required<TimeSpan>): string;
}

export const DIRECTIONS: Readonly<Record<RecordOrder, WalkDirection>> = {
  asc: {
    behind: ">",
    sorted: "ASC",
    start: ({ startMs }) => ({ timestampMs: startMs - 1, row: Number.MAX_SAFE_INTEGER }),
    ends: ({ endMs }) => `time_ms < ${endMs}`,
  },
  desc: {
    behind: "<",
    sorted: "DESC",
    start: ({ endMs }) => ({ timestampMs: endMs, row: 0 }),
    ends: ({ startMs }) => `time_ms >= ${startMs}`,
  },
};

/** Which rows may be a record's place. `u` is the row in question. @param condition what must hold of the row of this name */
export function placeSql(condition: (row: string) => string, { startMs, endMs }: Required<TimeSpan>): string {
  const later = `EXISTS (SELECT 1 FROM usage_records c WHERE c.corrects = u."row" AND c.requests = 1${condition("c")})`;
  const cameIn = `NOT EXISTS (SELECT 1 FROM usage_records o WHERE o."row" = u.corrects AND o.time_ms >= ${startMs} AND o.time_ms < ${endMs})`;
  const mayMatch = condition("u") === "" ? "true" : `(true${condition("u")}) OR ${later}`;
  return `u.requests = 1 AND ((u.corrects IS NULL AND (${mayMatch})) OR (u.corrects IS NOT NULL AND ${cameIn}${condition("u")}))`;
}

/** The request of a row, its record's where the row is a correction. */
export const REQUEST_OF_ROW = 'coalesce(u.request_id, (SELECT o.request_id FROM usage_records o WHERE o."row" = u.corrects))';

/** The rows of some records, by the rows with which they begin. */
export function familySql(rows: readonly number[]): string {
  if (rows.length === 0) return "false";
  return `(u."row" IN (${rows.join(", ")}) OR u.corrects IN (${rows.join(", ")}))`;
}

/**
 * What a record is now, as far as it is asked for.
 *
 * @param candidate a row that may be its place
 * @param corrections the record's, in row order
 */
export function currentRow(
  candidate: RecordRow,
  corrections: readonly RecordRow[],
  filters: readonly ColumnFilter[],
  { startMs, endMs }: Required<TimeSpan>,
): RecordRow | undefined {
  const later = corrections.filter(({ row }) => row > candidate.row);
  if (candidate.corrects !== null && later.some(({ requests }) => requests === -1)) return undefined;
  const current = fold([candidate, ...later]);
  const isMeant = filters.every(({ column, ids }) => ids.includes(current[column as keyof RecordRow] as number));
  return isMeant && current.time_ms >= startMs && current.time_ms < endMs ? current : undefined;
}

/** Of a little more than a page, the page. @param placed in order, one more than the page may hold where there are so many */
export function pageOf(placed: readonly PlacedRecord[], limit: number): RecordPage {
  const taken = placed.slice(0, limit);
  const records = taken.flatMap(({ record }) => record ?? []);
  return placed.length > limit ? { records, next: (taken.at(-1) as PlacedRecord).place } : { records };
}
