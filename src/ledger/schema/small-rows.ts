/** The rows of the small tables: dictionary, import files, prices. What notices an edit of theirs, and what else must hold of them. */
import { KINDS } from "../schema.ts";
import type { ImportFileState } from "../store.ts";
import { type DictionaryEntry, dictionaryChecksum, type Entries } from "./dictionary-entry.ts";
import type { Differences } from "./differences.ts";
import { mix, mixText } from "./hash.ts";

const KIND_NAMES = new Map<number, string>(Object.entries(KINDS).map(([name, kind]) => [kind, name]));
const JSON_KINDS = new Set<number>([KINDS.model, KINDS.tags, KINDS.circumstances]);

export function importFileChecksum(source: number, path: string, state: ImportFileState): number {
  const numbers = mix(mix(mix(mix(0, source), state.size), Math.round(state.modifiedMs)), state.offset);
  return mixText(mixText(mixText(numbers, path), state.tailHash), state.state ?? null);
}

export function priceChecksum(id: number, entry: string, source: string, addedMs: number): number {
  return mixText(mixText(mix(mix(0, id), addedMs), entry), source);
}

export function checkDimension(entry: DictionaryEntry, checksum: unknown, differences: Differences): void {
  const where = `dimensions id ${entry.id}`;
  if (!KIND_NAMES.has(entry.kind)) differences.add("dimension", where, "a known kind", entry.kind);
  if (JSON_KINDS.has(entry.kind) && !isJson(entry.key)) differences.add("dimension", where, "JSON", entry.key);
  compareChecksums(differences, where, dictionaryChecksum(entry), checksum);
}

export function checkImportFile(
  source: number,
  path: string,
  state: ImportFileState,
  checksum: unknown,
  dictionary: Pick<Entries, "entry">,
  differences: Differences,
): void {
  const where = `import_files ${path}`;
  const { kind } = dictionary.entry(source);
  if (kind !== KINDS.source) differences.add("reference", `${where} source`, "a source of the dictionary", source);
  compareChecksums(differences, where, importFileChecksum(source, path, state), checksum);
}

export function checkPrice(id: number, entry: string, source: string, addedMs: number, checksum: unknown, differences: Differences): void {
  const where = `prices id ${id}`;
  if (!isJson(entry)) differences.add("price", where, "JSON", entry);
  compareChecksums(differences, where, priceChecksum(id, entry, source, addedMs), checksum);
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
