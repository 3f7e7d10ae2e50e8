/** The small tables: dictionary, import files, prices. */

import { type DictionaryEntry, dictionaryChecksum } from "../../schema/dictionary-entry.ts";
import type { Differences } from "../../schema/differences.ts";
import { KINDS } from "../../schema.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection } from "./driver.ts";
import { importFileChecksum } from "./import-files.ts";
import { priceChecksum } from "./price-entries.ts";

const KIND_NAMES = new Map<number, string>(Object.entries(KINDS).map(([name, kind]) => [kind, name]));
const JSON_KINDS = new Set<number>([KINDS.model, KINDS.tags, KINDS.circumstances]);

export function verifyDimensions(connection: Connection, differences: Differences): void {
  for (const row of connection.prepare("SELECT id, kind, key, name, checksum FROM dimensions ORDER BY id").all()) {
    const entry = row as unknown as DictionaryEntry;
    const where = `dimensions id ${entry.id}`;
    if (!KIND_NAMES.has(entry.kind)) differences.add("dimension", where, "a known kind", entry.kind);
    if (JSON_KINDS.has(entry.kind) && !isJson(entry.key)) differences.add("dimension", where, "JSON", entry.key);
    compareChecksums(differences, where, dictionaryChecksum(entry), row.checksum);
  }
}

export function verifyImportFiles(connection: Connection, dictionary: Dictionary, differences: Differences): void {
  for (const row of connection
    .prepare("SELECT source, path, size, modified_ms, read_bytes, tail_hash, state, checksum FROM import_files")
    .all()) {
    const where = `import_files ${row.path}`;
    const source = Number(row.source);
    const { kind } = dictionary.entry(source);
    if (kind !== KINDS.source) differences.add("reference", `${where} source`, "a source of the dictionary", source);
    const state = {
      size: Number(row.size),
      modifiedMs: Number(row.modified_ms),
      offset: Number(row.read_bytes),
      tailHash: String(row.tail_hash),
      state: row.state === null ? undefined : String(row.state),
    };
    compareChecksums(differences, where, importFileChecksum(source, String(row.path), state), row.checksum);
  }
}

export function verifyPrices(connection: Connection, differences: Differences): void {
  for (const row of connection.prepare("SELECT id, entry, source, added_ms, checksum FROM prices ORDER BY id").all()) {
    const where = `prices id ${row.id}`;
    if (!isJson(String(row.entry))) differences.add("price", where, "JSON", row.entry);
    const checksum = priceChecksum(Number(row.id), String(row.entry), String(row.source), Number(row.added_ms));
    compareChecksums(differences, where, checksum, row.checksum);
  }
}

function compareChecksums(differences: Differences, where: string, expected: number, found: unknown): void {
  if (expected !== found) differences.add("checksum", where, expected, found);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
