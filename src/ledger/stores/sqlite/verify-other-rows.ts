/** The small tables: dictionary, import files, prices. */

import type { DictionaryEntry } from "../../schema/dictionary-entry.ts";
import type { Differences } from "../../schema/differences.ts";
import { checkDimension, checkImportFile, checkPrice } from "../../schema/small-rows.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection } from "./driver.ts";

export function verifyDimensions(connection: Connection, differences: Differences): void {
  for (const row of connection.prepare("SELECT id, kind, key, name, checksum FROM dimensions ORDER BY id").all()) {
    checkDimension(row as unknown as DictionaryEntry, row.checksum, differences);
  }
}

export function verifyImportFiles(connection: Connection, dictionary: Dictionary, differences: Differences): void {
  for (const row of connection
    .prepare("SELECT source, path, size, modified_ms, read_bytes, tail_hash, state, checksum FROM import_files")
    .all()) {
    const state = {
      size: Number(row.size),
      modifiedMs: Number(row.modified_ms),
      offset: Number(row.read_bytes),
      tailHash: String(row.tail_hash),
      state: row.state === null ? undefined : String(row.state),
    };
    checkImportFile(Number(row.source), String(row.path), state, row.checksum, dictionary, differences);
  }
}

export function verifyPrices(connection: Connection, differences: Differences): void {
  for (const row of connection.prepare("SELECT id, entry, source, added_ms, checksum FROM prices ORDER BY id").all()) {
    checkPrice(Number(row.id), String(row.entry), String(row.source), Number(row.added_ms), row.checksum, differences);
  }
}
