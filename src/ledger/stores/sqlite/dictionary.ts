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
import type { Connection, Row, Statement } from "./driver.ts";

export class Dictionary implements Entries, Interning {
  readonly #connection: Connection;
  readonly #byId = new Map<number, DictionaryEntry>();
  readonly #byKey = new Map<Kind, Map<string, number>>();
  readonly #byName = new Map<Kind, Map<string, number>>();
  readonly #models = new Map<string, Map<string, number>>();
  readonly #statements = new Map<string, Statement>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** To be called when a transaction that may have made entries is undone. */
  forget(): void {
    this.#byId.clear();
    this.#byKey.clear();
    this.#byName.clear();
    this.#models.clear();
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
      if (entry.name === entry.key) this.rename(entry, name);
    }
    return id;
  }

  rename(entry: DictionaryEntry, name: string): void {
    const renamed = { ...entry, name };
    this.#prepare("UPDATE dimensions SET name = ?, checksum = ? WHERE id = ?").run(name, dictionaryChecksum(renamed), entry.id);
    this.#byId.set(entry.id, renamed);
  }

  find(kind: Kind, key: string): DictionaryEntry | undefined {
    return this.#take(this.#prepare("SELECT id, kind, key, name FROM dimensions WHERE kind = ? AND key = ?").get(KINDS[kind], key));
  }

  entry(id: number): DictionaryEntry {
    return (
      this.#byId.get(id) ?? this.#take(this.#prepare("SELECT id, kind, key, name FROM dimensions WHERE id = ?").get(id)) ?? missingEntry(id)
    );
  }

  entries(kind: Kind): DictionaryEntry[] {
    const rows = this.#prepare("SELECT id, kind, key, name FROM dimensions WHERE kind = ?").all(KINDS[kind]);
    return rows.map((row) => this.#take(row) as DictionaryEntry);
  }

  #insert(kind: Kind, key: string, name: string | null): number {
    const id = Number(this.#prepare("SELECT coalesce(max(id), 0) + 1 AS id FROM dimensions").get()?.id);
    const entry = { id, kind: KINDS[kind], key, name };
    this.#prepare("INSERT INTO dimensions (id, kind, key, name, checksum) VALUES (?, ?, ?, ?, ?)").run(
      id,
      entry.kind,
      key,
      name,
      dictionaryChecksum(entry),
    );
    this.#byId.set(id, entry);
    return id;
  }

  #take(row: Row | undefined): DictionaryEntry | undefined {
    if (!row) return undefined;
    const entry = row as unknown as DictionaryEntry;
    this.#byId.set(entry.id, entry);
    return entry;
  }

  #prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
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
