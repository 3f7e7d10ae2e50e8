/** How far each log file has been read: kept beside the records, in the same transactions. */
import { importFileChecksum } from "../../schema/small-rows.ts";
import type { ImportedFile, ImportFileState } from "../../store.ts";
import { digestOf } from "./digests.ts";
import type { Row } from "./driver.ts";
import { arrayOf, givenText, type Transaction, textArrayOf } from "./transaction.ts";

const COLUMNS = ["source", "digest", "path", "size", "modified_ms", "read_bytes", "tail_hash", "state", "checksum"];
const KEY_COLUMNS: ReadonlySet<string> = new Set(["source", "digest"]);

/** @param source the id of the source in the dictionary */
export async function importFiles(transaction: Transaction, source: number): Promise<Map<string, ImportFileState>> {
  const rows = await transaction.query("SELECT path, size, modified_ms, read_bytes, tail_hash, state FROM import_files WHERE source = $1", [
    source,
  ]);
  return new Map(rows.map((row) => [givenText(String(row.path)), stateOf(row)]));
}

export function stateOf(row: Row): ImportFileState {
  return {
    size: Number(row.size),
    modifiedMs: Number(row.modified_ms),
    offset: Number(row.read_bytes),
    tailHash: givenText(String(row.tail_hash)),
    state: row.state === null ? undefined : givenText(String(row.state)),
  };
}

/** @param sourceIds of the sources in the dictionary, by name */
export async function putImportFiles(
  transaction: Transaction,
  sourceIds: ReadonlyMap<string, number>,
  files: readonly ImportedFile[],
): Promise<void> {
  // A file that comes twice in a batch counts as it came last; files in one order, so that writers never wait in a circle.
  const byPath = new Map(files.map((file) => [`${sourceIds.get(file.source)} ${digestOf(file.path)}`, file]));
  const latest = [...byPath].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
  if (latest.length === 0) return;
  const idOf = (file: ImportedFile): number => sourceIds.get(file.source) as number;
  await transaction.run(
    `INSERT INTO import_files (${COLUMNS.join(", ")})
     SELECT * FROM unnest($1::integer[], $2::uuid[], $3::text[], $4::bigint[], $5::double precision[], $6::bigint[], $7::text[], $8::text[], $9::integer[])
     ON CONFLICT (source, digest) DO UPDATE SET ${COLUMNS.filter((column) => !KEY_COLUMNS.has(column))
       .map((column) => `${column} = excluded.${column}`)
       .join(", ")}`,
    [
      arrayOf(latest.map(idOf)),
      textArrayOf(latest.map(({ path }) => digestOf(path))),
      textArrayOf(latest.map(({ path }) => path)),
      arrayOf(latest.map(({ state }) => state.size)),
      arrayOf(latest.map(({ state }) => state.modifiedMs)),
      arrayOf(latest.map(({ state }) => state.offset)),
      textArrayOf(latest.map(({ state }) => state.tailHash)),
      textArrayOf(latest.map(({ state }) => state.state ?? null)),
      arrayOf(latest.map((file) => importFileChecksum(idOf(file), file.path, file.state))),
    ],
  );
}
