/** Rows of `usage_records` as they are stored, and records with their corrections folded in. */
import { fold } from "../../schema/corrections.ts";
import type { IdentityRow } from "../../schema/identity.ts";
import { circumstancesIn, DICTIONARY_COLUMNS, decode, type RecordRow } from "../../schema/rows.ts";
import { namespaceOf } from "../../schema.ts";
import type { StoredRecord } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import type { RecordPlace } from "./identities.ts";
import { COLUMN_SQL, rowOf } from "./rows.ts";
import { arrayOf, type Transaction } from "./transaction.ts";

/** A record's rows, the one that came first and its corrections in row order. */
export type Family = [original: RecordRow, ...corrections: RecordRow[]];

/** The records that begin at these places, by row; with `lock`, nobody else corrects them before the transaction ends. */
export async function readFamilies(
  transaction: Transaction,
  dictionary: Dictionary,
  places: readonly RecordPlace[],
  { lock = false }: { lock?: boolean } = {},
): Promise<Map<number, Family>> {
  if (places.length === 0) return new Map();
  const rows = arrayOf([...new Set(places.map(({ row }) => row))]);
  const times = places.map(({ timeMs }) => timeMs);
  // The bounds keep the search to the months that are meant.
  const originals = await transaction.query(
    `SELECT ${COLUMN_SQL} FROM usage_records WHERE "row" = ANY($1::bigint[]) AND time_ms BETWEEN $2 AND $3 ORDER BY "row"${lock ? " FOR UPDATE" : ""}`,
    [rows, least(times), largest(times)],
  );
  const families = new Map<number, Family>(originals.map((row) => [Number(row.row), [rowOf(row)]]));
  for (const correction of await readCorrections(transaction, rows)) families.get(correction.corrects as number)?.push(correction);
  await loadNames(transaction, dictionary, [...families.values()].flat());
  return families;
}

/** Where the records of these rows begin. */
export async function placesOfRows(transaction: Transaction, rows: readonly number[]): Promise<RecordPlace[]> {
  const found = await transaction.query('SELECT "row", time_ms FROM usage_records WHERE "row" = ANY($1::bigint[])', [arrayOf(rows)]);
  return found.map(({ row, time_ms }) => ({ row: Number(row), timeMs: Number(time_ms) }));
}

/** The corrections of some records, in row order. @param originals an array as PostgreSQL writes it */
export async function readCorrections(transaction: Transaction, originals: string): Promise<RecordRow[]> {
  const found = await transaction.query(`SELECT ${COLUMN_SQL} FROM usage_records WHERE corrects = ANY($1::bigint[]) ORDER BY "row"`, [
    originals,
  ]);
  return found.map(rowOf);
}

/** Makes known what the rows' integers stand for. */
export function loadNames(transaction: Transaction, dictionary: Dictionary, rows: readonly RecordRow[]): Promise<void> {
  const ids = new Set<number>();
  for (const row of rows) for (const column of DICTIONARY_COLUMNS) ids.add(row[column]);
  return dictionary.load(transaction, ids);
}

/** A record as it stands now. */
export function recordOf(family: Family, dictionary: Dictionary): StoredRecord {
  return decode(fold(family), family[0], dictionary);
}

/** The columns by which a row is recognised; its names must be loaded. */
export function identityIn(row: RecordRow, dictionary: Dictionary): IdentityRow {
  const { attempt = 1, rank, idSpace } = row.circumstances === 0 ? {} : circumstancesIn(dictionary.entry(row.circumstances));
  const namespace = namespaceOf(dictionary.entry(row.source).key, idSpace);
  return { row: row.row, namespace, id: row.id, request_id: row.request_id, attempt, isReplay: rank !== undefined };
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((least, number) => Math.min(least, number));
}

function largest(numbers: readonly number[]): number {
  return numbers.reduce((largest, number) => Math.max(largest, number));
}
