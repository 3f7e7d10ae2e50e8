/**
 * Names as small integers. An entry's `key` is what makes it unique in its kind: a name, the id of a scope, or the JSON of
 * several facts. Ids never change, so what was looked up once stays known, until a transaction that made entries is undone.
 */
import { nameUuid } from "../../../usage/index.ts";
import {
  type DictionaryEntry,
  dictionaryChecksum,
  type Entries,
  type Interning,
  missingEntry,
  modelKey,
  type ScopeKind,
} from "../../schema/dictionary-entry.ts";
import { KINDS, type Kind } from "../../schema.ts";
import type { CanonicalModel } from "../../store.ts";
import type { Connection, Row } from "./driver.ts";
import { Statements } from "./statements.ts";

/** An entry that got another name. */
export interface Rename {
  kind: ScopeKind | "model";
  before: string;
  after: string;
}

export class Dictionary implements Entries, Interning {
  readonly #byId = new Map<number, DictionaryEntry>();
  readonly #byKey = new Map<Kind, Map<string, number>>();
  readonly #byName = new Map<Kind, Map<string, number>>();
  readonly #models = new Map<string, Map<string, number>>();
  readonly #statements: Statements;
  #renames: Rename[] = [];

  constructor(connection: Connection) {
    this.#statements = new Statements(connection);
  }

  /** To be called when a transaction that may have made entries is undone. */
  forget(): void {
    this.#byId.clear();
    this.#byKey.clear();
    this.#byName.clear();
    this.#models.clear();
    this.#renames = [];
  }

  intern(kind: Kind, key: string | undefined, name: string | null = null): number {
    if (key === undefined) return 0;
    const known = cacheOf(this.#byKey, kind);
    let id = known.get(key);
    if (id === undefined) {
      id = this.find(kind, key)?.id ?? this.#insert(kind, key, name);
      known.set(key, id);
    }
    return id;
  }

  internModel(provider: string, model: string, canonicalModel: CanonicalModel): number {
    let models = this.#models.get(provider);
    if (!models) {
      models = new Map();
      this.#models.set(provider, models);
    }
    let id = models.get(model);
    if (id === undefined) {
      id = this.intern("model", modelKey(provider, model), canonicalModel(provider, model));
      models.set(model, id);
    }
    return id;
  }

  internScope(kind: ScopeKind, name: string | undefined, scopeId: string | undefined): number {
    if (scopeId === undefined) {
      if (name === undefined) return 0;
      const known = cacheOf(this.#byName, kind);
      let id = known.get(name);
      if (id === undefined) {
        id = this.intern(kind, nameUuid(kind, name), name);
        known.set(name, id);
      }
      return id;
    }
    const id = this.intern(kind, scopeId, name ?? scopeId);
    if (name !== undefined && name !== scopeId) {
      const entry = this.entry(id);
      if (entry.name === entry.key) this.rename(kind, entry, name);
    }
    return id;
  }

  rename(kind: Rename["kind"], entry: DictionaryEntry, name: string): void {
    const renamed = { ...entry, name };
    this.#renames.push({ kind, before: entry.name ?? entry.key, after: name });
    this.#statements.of("UPDATE settings SET value = value + 1 WHERE name = 'names_revision'").run();
    this.#statements.of("UPDATE dimensions SET name = ?, checksum = ? WHERE id = ?").run(name, dictionaryChecksum(renamed), entry.id);
    this.#byId.set(entry.id, renamed);
  }

  /** The renames of this transaction that have not been taken yet. */
  takeRenames(): Rename[] {
    const renames = this.#renames;
    if (renames.length > 0) this.#renames = [];
    return renames;
  }

  find(kind: Kind, key: string): DictionaryEntry | undefined {
    return this.#take(this.#statements.of("SELECT id, kind, key, name FROM dimensions WHERE kind = ? AND key = ?").get(KINDS[kind], key));
  }

  entry(id: number): DictionaryEntry {
    return (
      this.#byId.get(id) ??
      this.#take(this.#statements.of("SELECT id, kind, key, name FROM dimensions WHERE id = ?").get(id)) ??
      missingEntry(id)
    );
  }

  entries(kind: Kind): DictionaryEntry[] {
    const rows = this.#statements.of("SELECT id, kind, key, name FROM dimensions WHERE kind = ?").all(KINDS[kind]);
    return rows.map((row) => this.#take(row) as DictionaryEntry);
  }

  #insert(kind: Kind, key: string, name: string | null): number {
    const id = Number(this.#statements.of("SELECT coalesce(max(id), 0) + 1 AS id FROM dimensions").get()?.id);
    const entry = { id, kind: KINDS[kind], key, name };
    this.#statements
      .of("INSERT INTO dimensions (id, kind, key, name, checksum) VALUES (?, ?, ?, ?, ?)")
      .run(id, entry.kind, key, name, dictionaryChecksum(entry));
    this.#byId.set(id, entry);
    return id;
  }

  #take(row: Row | undefined): DictionaryEntry | undefined {
    if (!row) return undefined;
    const entry = row as unknown as DictionaryEntry;
    this.#byId.set(entry.id, entry);
    return entry;
  }
}

function cacheOf(caches: Map<Kind, Map<string, number>>, kind: Kind): Map<string, number> {
  let cache = caches.get(kind);
  if (!cache) {
    cache = new Map();
    caches.set(kind, cache);
  }
  return cache;
}
