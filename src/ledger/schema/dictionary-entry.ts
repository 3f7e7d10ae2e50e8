/** Names as small integers: what an entry of the dictionary is, whichever store keeps it. */
import type { Kind } from "../schema.ts";
import type { CanonicalModel } from "../store.ts";
import { mixText } from "./hash.ts";

export interface DictionaryEntry {
  id: number;
  kind: number;
  key: string;
  /** For scopes the name people use; for models the canonical id; else null. */
  name: string | null;
}

export type ScopeKind = "org" | "team" | "user" | "project";

/** Looks entries up. */
export interface Entries {
  /** The entry of an id; for an id that is not in the dictionary (a damaged book), one that says so. */
  entry(id: number): DictionaryEntry;
  find(kind: Kind, key: string): DictionaryEntry | undefined;
  /** All entries of a kind. */
  entries(kind: Kind): DictionaryEntry[];
}

/** Looks ids up, and makes entries where there are none. */
export interface Interning {
  /** The id of a key, made if need be; 0 for none. */
  intern(kind: Kind, key: string | undefined): number;
  internModel(provider: string, model: string, canonicalModel: CanonicalModel): number;
  /** A scope given by name, id or both. The first name that an id is given stays. */
  internScope(kind: ScopeKind, name: string | undefined, scopeId: string | undefined): number;
}

export function dictionaryChecksum(entry: DictionaryEntry): number {
  return mixText(mixText(entry.id * 31 + entry.kind, entry.key), entry.name);
}

/** What stands for an id that the dictionary doesn't have. */
export function missingEntry(id: number): DictionaryEntry {
  return { id, kind: 0, key: `?${id}`, name: null };
}

export function modelKey(provider: string, model: string): string {
  return JSON.stringify([provider, model]);
}

export function providerAndModel(key: string): [provider: string, model: string] {
  return JSON.parse(key) as [string, string];
}
