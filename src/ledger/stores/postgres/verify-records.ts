/** Every row of `usage_records`: its checksum, its figures, what it points to, and what its corrections make of it. */
import type { Differences } from "../../schema/differences.ts";
import { placeOf, reportMissingIdentity, verifyCorrection, verifyFamily, verifyOriginalRow, verifyRow } from "../../schema/row-checks.ts";
import { DICTIONARY_COLUMNS, FIGURE_COLUMNS, type RecordRow, unpackId } from "../../schema/rows.ts";
import type { Dictionary } from "./dictionary.ts";
import { holders, type IdentityKey, keyOf, nameOf } from "./identities.ts";
import { identityIn, placesOfRows, readFamilies } from "./record-reader.ts";
import { COLUMN_SQL, rowOf } from "./rows.ts";
import { arrayOf, type Transaction } from "./transaction.ts";

const PAGE_ROWS = 10_000;

/** The keys that an original row must hold. */
export function keysOfRow(row: RecordRow, dictionary: Dictionary): (IdentityKey & { kind: "id" | "request" })[] {
  const { namespace, id, request_id: requestId, attempt, isReplay } = identityIn(row, dictionary);
  const keyFor = (kind: "id" | "request", stored: string | Uint8Array): IdentityKey & { kind: "id" | "request" } => ({
    kind,
    ...keyOf({ kind, namespace, text: unpackId(stored), attempt }),
  });
  const keys = id === null ? [] : [keyFor("id", id)];
  if (requestId !== null && !isReplay) keys.push(keyFor("request", requestId));
  return keys;
}

/** Answers the number of records (originals, not their corrections), and of the identities that they must have. */
export async function verifyRecords(
  transaction: Transaction,
  dictionary: Dictionary,
  differences: Differences,
  progress: (records: number) => void,
): Promise<{ records: number; identities: number }> {
  const unsafe = await unsafeRows(transaction, differences);
  const outcome = { records: 0, identities: 0 };
  const corrected = new Set<number>();
  let lastNumber: number | undefined;
  for await (const rows of rowPages(transaction, unsafe)) {
    for (const row of rows) {
      // The table's key does not forbid it: it has the time in it.
      if (row.row === lastNumber) differences.add("value", placeOf(row), "a number of its own", "the number of another row, too");
      lastNumber = row.row;
    }
    const originals = rows.filter(({ corrects }) => corrects === null);
    for (const row of rows) attempt(row, differences, () => verifyRow(row, dictionary, differences));
    outcome.records += originals.length;
    outcome.identities += await verifyOriginals(transaction, originals, dictionary, differences);
    await verifyCorrections(transaction, rows, dictionary, differences);
    for (const { corrects } of rows) if (corrects !== null) corrected.add(corrects);
    progress(outcome.records);
  }
  await verifyFamilies(transaction, [...corrected], dictionary, differences);
  return outcome;
}

/** All rows, by number. */
export async function* rowPages(transaction: Transaction, without: readonly number[], condition = "true"): AsyncGenerator<RecordRow[]> {
  for (let last = { row: Number.MIN_SAFE_INTEGER, time_ms: 0 }; ; ) {
    const page = await transaction.query(
      `SELECT ${COLUMN_SQL} FROM usage_records WHERE ("row", time_ms) > ($1, $2) AND "row" <> ALL ($3::bigint[]) AND ${condition}
       ORDER BY "row", time_ms LIMIT ${PAGE_ROWS}`,
      [last.row, last.time_ms, arrayOf(without)],
    );
    const rows = page.map(rowOf);
    if (rows.length > 0) yield rows;
    if (rows.length < PAGE_ROWS) return;
    last = rows.at(-1) as RecordRow;
  }
}

/** Rows with integers that no record can have, and that can't even be read exactly. */
async function unsafeRows(transaction: Transaction, differences: Differences): Promise<number[]> {
  const columns = ["row", "time_ms", ...DICTIONARY_COLUMNS, ...FIGURE_COLUMNS, "corrects"];
  const isUnsafe = columns
    .map((column) => `"${column}" NOT BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`)
    .join(" OR ");
  const rows = await transaction.query(`SELECT "row" FROM usage_records WHERE ${isUnsafe} LIMIT 1000`);
  for (const { row } of rows) differences.add("value", `usage_records row ${row}`, "integers up to 2^53", "a larger one");
  return rows.map(({ row }) => Number(row));
}

/** Answers how many identities these must have. */
async function verifyOriginals(
  transaction: Transaction,
  originals: readonly RecordRow[],
  dictionary: Dictionary,
  differences: Differences,
): Promise<number> {
  const keys = new Map<RecordRow, ReturnType<typeof keysOfRow>>();
  for (const row of originals) {
    attempt(row, differences, () => {
      if (verifyOriginalRow(row, dictionary, differences)) keys.set(row, keysOfRow(row, dictionary));
    });
  }
  const holderOf = await holders(transaction, [...keys.values()].flat());
  let count = 0;
  for (const [row, expected] of keys) {
    for (const key of expected) {
      count++;
      const holder = holderOf.get(nameOf(key));
      if (holder?.row !== row.row || holder.timeMs !== row.time_ms) reportMissingIdentity(row, key.kind, differences);
    }
  }
  return count;
}

async function verifyCorrections(
  transaction: Transaction,
  rows: readonly RecordRow[],
  dictionary: Dictionary,
  differences: Differences,
): Promise<void> {
  const corrections = rows.filter(({ corrects }) => corrects !== null);
  if (corrections.length === 0) return;
  const places = await placesOfRows(
    transaction,
    corrections.map(({ corrects }) => corrects as number),
  );
  const families = await readFamilies(transaction, dictionary, places);
  for (const row of corrections) verifyCorrection(row, families.get(row.corrects as number)?.[0], differences);
}

async function verifyFamilies(
  transaction: Transaction,
  corrected: readonly number[],
  dictionary: Dictionary,
  differences: Differences,
): Promise<void> {
  for (let at = 0; at < corrected.length; at += PAGE_ROWS) {
    const places = await placesOfRows(transaction, corrected.slice(at, at + PAGE_ROWS));
    for (const family of (await readFamilies(transaction, dictionary, places)).values()) verifyFamily(family, dictionary, differences);
  }
}

function attempt(row: RecordRow, differences: Differences, work: () => void): void {
  try {
    work();
  } catch (error) {
    differences.add("unreadable", placeOf(row), "a record", error instanceof Error ? error.message : error);
  }
}
