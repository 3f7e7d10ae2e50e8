/** How far each log file has been read: kept beside the records, in the same transactions. */

import { importFileChecksum } from "../../schema/small-rows.ts";
import type { ImportedFile, ImportFileState } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection } from "./driver.ts";

export function importFiles(connection: Connection, dictionary: Dictionary, source: string): Map<string, ImportFileState> {
  const id = dictionary.find("source", source)?.id ?? 0;
  const rows = connection
    .prepare("SELECT path, size, modified_ms, read_bytes, tail_hash, state FROM import_files WHERE source = ?")
    .all(id);
  return new Map(
    rows.map((row) => [
      String(row.path),
      {
        size: Number(row.size),
        modifiedMs: Number(row.modified_ms),
        offset: Number(row.read_bytes),
        tailHash: String(row.tail_hash),
        state: row.state === null ? undefined : String(row.state),
      },
    ]),
  );
}

export function putImportFiles(connection: Connection, dictionary: Dictionary, files: readonly ImportedFile[]): void {
  if (files.length === 0) return;
  const insert = connection.prepare(
    `INSERT INTO import_files (source, path, size, modified_ms, read_bytes, tail_hash, state, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET size = excluded.size, modified_ms = excluded.modified_ms, read_bytes = excluded.read_bytes,
       tail_hash = excluded.tail_hash, state = excluded.state, checksum = excluded.checksum`,
  );
  for (const file of files) {
    const source = dictionary.intern("source", file.source);
    const { size, modifiedMs, offset, tailHash, state } = file.state;
    insert.run(source, file.path, size, modifiedMs, offset, tailHash, state ?? null, importFileChecksum(source, file.path, file.state));
  }
}
