/**
 * Names as small integers, as in the SQLite store. Reading the table takes a round trip, so what is needed is loaded first, and
 * then looked up here without waiting. Entries are made in a transaction of their own, before the one of the records: one that no
 * record came to use does no harm, as long as it does not give a name to somebody's id.
 */
import { nameUuid } from "../../../usage/index.ts";
import {
  type DictionaryEntry,
  dictionaryChecksum,
  type Entries,
  missingEntry,
  modelKey,
  type ScopeKind,
} from "../../schema/dictionary-entry.ts";
import { KINDS, type Kind } from "../../schema.ts";
import type { CanonicalModel } from "../../store.ts";
import type { BookConnection } from "./connection.ts";
import { digestOf } from "./digests.ts";
import type { Row } from "./driver.ts";
import { arrayOf, givenText, type Transaction, textArrayOf } from "./transaction.ts";

/** A name for an entry that has only its id so far. */
export interface Naming {
  id: number;
  name: string;
}

/** An entry that is to be known here. */
export interface Wanted {
  kind: Kind;
  key: string;
  name: string | null;
}

const COLUMNS = "id, kind, key, name";

export class Dictionary implements Entries {
  readonly #connection: BookConnection;
  readonly #byId = new Map<number, DictionaryEntry>();
  readonly #byKey = new Map<Kind, Map<string, number>>();
  readonly #byName = new Map<Kind, Map<string, number>>();
  /** Ids whose names were read since names last changed. */
  readonly #current = new Set<number>();
  #namesRevision = -1;

  constructor(connection: BookConnection) {
    this.#connection = connection;
  }

  entry(id: number): DictionaryEntry {
    return this.#byId.get(id) ?? missingEntry(id);
  }

  find(kind: Kind, key: string): DictionaryEntry | undefined {
    const id = this.#byKey.get(kind)?.get(key);
    return id === undefined ? undefined : this.#byId.get(id);
  }

  /** The id of the scope that a name by itself means, if it is known here; a name's UUID costs more than all other look-ups of a record. */
  idOfName(kind: ScopeKind, name: string): number | undefined {
    const ids = innerMap(this.#byName, kind);
    const known = ids.get(name);
    if (known !== undefined) return known;
    const found = this.find(kind, nameUuid(kind, name));
    if (found !== undefined) ids.set(name, found.id);
    return found?.id;
  }

  /** To be called before: {@link loadKinds}. */
  entries(kind: Kind): DictionaryEntry[] {
    return [...(this.#byKey.get(kind)?.values() ?? [])].map((id) => this.entry(id));
  }

  /** What may be older than the transaction's book will be read anew. It stays until then: others may be looking at it. */
  begin({ namesRevision }: Pick<Transaction, "namesRevision">): void {
    if (namesRevision !== this.#namesRevision) this.forget();
    this.#namesRevision = namesRevision;
  }

  forget(): void {
    this.#current.clear();
    this.#namesRevision = -1;
  }

  /** Whether all of these are known, by their names of this revision. */
  isCurrent(namesRevision: number, ids: readonly (number | undefined)[]): boolean {
    return namesRevision === this.#namesRevision && ids.every((id) => id !== undefined && (id === 0 || this.#current.has(id)));
  }

  /** Undefined for what is not known here. */
  idsAmong(wanted: readonly Wanted[]): (number | undefined)[] {
    return wanted.map(({ kind, key }) => this.find(kind, key)?.id);
  }

  /** Makes the entries of these ids known, if they exist. */
  async load(transaction: Transaction, ids: Iterable<number>): Promise<void> {
    this.begin(transaction);
    const missing = [...new Set(ids)].filter((id) => id !== 0 && !this.#current.has(id));
    if (missing.length === 0) return;
    this.#takeAll(
      transaction,
      await transaction.query(`SELECT ${COLUMNS} FROM dimensions WHERE id = ANY($1::integer[])`, [arrayOf(missing)]),
    );
  }

  async loadKinds(transaction: Transaction, kinds: readonly Kind[]): Promise<void> {
    this.begin(transaction);
    if (kinds.length === 0) return;
    const numbers = arrayOf(kinds.map((kind) => KINDS[kind]));
    this.#takeAll(transaction, await transaction.query(`SELECT ${COLUMNS} FROM dimensions WHERE kind = ANY($1::smallint[])`, [numbers]));
  }

  /** Makes those entries known that exist, as the transaction sees them. */
  async loadKeys(transaction: Transaction, wanted: readonly Wanted[]): Promise<void> {
    this.begin(transaction);
    if (this.isCurrent(transaction.namesRevision, this.idsAmong(wanted))) return;
    this.#takeAll(transaction, await transaction.query(this.#findSql, wantedArrays(wanted)));
  }

  /** Makes entries known, and makes those that are nowhere. */
  async make(wanted: readonly Wanted[]): Promise<void> {
    await this.#find(wanted);
    const missing = wanted.filter(({ kind, key }) => this.find(kind, key) === undefined);
    if (missing.length === 0) return;
    // Drawn and used in one transaction: a server that crashes before its commit gives the same ids to the next who asks.
    await this.#connection.write((transaction) => add(transaction, missing));
    await this.#find(missing);
  }

  /** The ids of texts, made where there are none. */
  async idsOf(kind: Kind, keys: ReadonlySet<string>): Promise<Map<string, number>> {
    const unknown = [...keys].filter((key) => this.find(kind, key) === undefined);
    if (unknown.length > 0) await this.make(unknown.map((key) => ({ kind, key, name: null })));
    return new Map([...keys].map((key) => [key, this.find(kind, key)?.id ?? 0]));
  }

  /** Names entries that have only their id, by the first name that is given; answers which of them were still without one. */
  async giveNames(transaction: Transaction, namings: readonly Naming[]): Promise<DictionaryEntry[]> {
    const nameOf = new Map(namings.toReversed().map(({ id, name }) => [id, name]));
    const ids = arrayOf([...nameOf.keys()]);
    const nameless = await transaction.query(
      `SELECT ${COLUMNS} FROM dimensions WHERE id = ANY($1::integer[]) AND name = key ORDER BY id FOR UPDATE`,
      [ids],
    );
    // The others have got a name since they were read here.
    if (nameless.length < nameOf.size)
      this.#takeAll(
        transaction,
        await transaction.query(`SELECT ${COLUMNS} FROM dimensions WHERE id = ANY($1::integer[]) AND name <> key`, [ids]),
      );
    const renamed: DictionaryEntry[] = [];
    for (const row of nameless) {
      const entry = entryOf(row);
      renamed.push(await this.#rename(transaction, entry, nameOf.get(entry.id) as string));
    }
    if (renamed.length > 0) await bumpNames(transaction);
    return renamed;
  }

  /** Gives models the canonical id that `canonicalModel` knows; answers what changed. */
  async rename(
    transaction: Transaction,
    entries: readonly DictionaryEntry[],
    nameOf: (entry: DictionaryEntry) => string,
  ): Promise<DictionaryEntry[]> {
    const renamed: DictionaryEntry[] = [];
    for (const entry of entries) {
      const name = nameOf(entry);
      if (name !== entry.name) renamed.push(await this.#rename(transaction, entry, name));
    }
    if (renamed.length > 0) await bumpNames(transaction);
    return renamed;
  }

  async #rename(transaction: Transaction, entry: DictionaryEntry, name: string): Promise<DictionaryEntry> {
    const renamed = { ...entry, name };
    await transaction.run("UPDATE dimensions SET name = ($1::text[])[1], checksum = $2 WHERE id = $3", [
      textArrayOf([name]),
      dictionaryChecksum(renamed),
      entry.id,
    ]);
    return renamed;
  }

  async #find(wanted: readonly Wanted[]): Promise<void> {
    const rows = await this.#connection.call(this.#findSql, wantedArrays(wanted), { repeatable: true });
    if (rows.length > 0) this.#takeAll({ namesRevision: Number(rows[0]?.names_revision) }, rows);
  }

  get #findSql(): string {
    const { schema } = this.#connection;
    return `SELECT d.id, d.kind, d.key, d.name, (SELECT value FROM ${schema}.settings WHERE name = 'names_revision') AS names_revision
      FROM unnest($1::smallint[], $2::uuid[]) AS wanted (kind, digest)
      JOIN ${schema}.dimensions d ON d.kind = wanted.kind AND d.digest = wanted.digest`;
  }

  /** @param seen of which revision of names the rows are: another one may have been seen while they came */
  #takeAll(seen: Pick<Transaction, "namesRevision">, rows: readonly Row[]): void {
    this.begin(seen);
    for (const row of rows) {
      const entry = entryOf(row);
      this.#byId.set(entry.id, entry);
      this.#current.add(entry.id);
      const kind = KIND_NAMES.get(entry.kind);
      if (kind !== undefined) innerMap(this.#byKey, kind).set(entry.key, entry.id);
    }
  }
}

/** Looks up what a record's row needs; what is not known is noted, and 0 stands in for it until it is made. */
export class CollectingInterner {
  readonly #dictionary: Dictionary;
  readonly #wanted = new Map<Kind, Map<string, string | null>>();
  #namings: Naming[] = [];

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /** What was looked for in vain, each once. */
  takeWanted(): Wanted[] {
    const wanted = [...this.#wanted].flatMap(([kind, keys]) => [...keys].map(([key, name]) => ({ kind, key, name })));
    this.#wanted.clear();
    return wanted;
  }

  /** Names that came with ids which had none. */
  takeNamings(): Naming[] {
    const namings = this.#namings;
    if (namings.length > 0) this.#namings = [];
    return namings;
  }

  intern(kind: Kind, key: string | undefined, name: string | null = null): number {
    if (key === undefined) return 0;
    const entry = this.#dictionary.find(kind, key);
    if (entry !== undefined) return entry.id;
    const wanted = innerMap(this.#wanted, kind);
    // The first name that an id is given stays.
    if (!wanted.has(key)) wanted.set(key, name);
    return 0;
  }

  internModel(provider: string, model: string, canonicalModel: CanonicalModel): number {
    const key = modelKey(provider, model);
    return this.#dictionary.find("model", key)?.id ?? this.intern("model", key, canonicalModel(provider, model));
  }

  internScope(kind: ScopeKind, name: string | undefined, scopeId: string | undefined): number {
    if (scopeId === undefined) {
      if (name === undefined) return 0;
      return this.#dictionary.idOfName(kind, name) ?? this.intern(kind, nameUuid(kind, name), name);
    }
    const id = this.intern(kind, scopeId, scopeId);
    if (name !== undefined && name !== scopeId && id !== 0 && this.#dictionary.entry(id).name === scopeId) this.#namings.push({ id, name });
    return id;
  }
}

const KIND_NAMES: ReadonlyMap<number, Kind> = new Map(Object.entries(KINDS).map(([name, kind]) => [kind, name as Kind]));

export function entryOf({ id, kind, key, name }: Row): DictionaryEntry {
  return { id: Number(id), kind: Number(kind), key: givenText(String(key)), name: name === null ? null : givenText(String(name)) };
}

async function add(transaction: Transaction, wanted: readonly Wanted[]): Promise<void> {
  const ids = await transaction.query("SELECT nextval('dimensions_id_seq') AS id FROM generate_series(1, $1)", [wanted.length]);
  // In one order everywhere, so that two processes that make the same entries don't wait for each other.
  const entries = wanted
    .toSorted((a, b) => KINDS[a.kind] - KINDS[b.kind] || (a.key < b.key ? -1 : 1))
    .map(({ kind, key, name }, i) => ({ id: Number(ids[i]?.id), kind: KINDS[kind], key, name }));
  await transaction.run(
    `INSERT INTO dimensions (${COLUMNS}, digest, checksum)
     SELECT * FROM unnest($1::integer[], $2::smallint[], $3::text[], $4::text[], $5::uuid[], $6::integer[]) ON CONFLICT (kind, digest) DO NOTHING`,
    [
      arrayOf(entries.map(({ id }) => id)),
      arrayOf(entries.map(({ kind }) => kind)),
      textArrayOf(entries.map(({ key }) => key)),
      textArrayOf(entries.map(({ name }) => name)),
      textArrayOf(entries.map(({ key }) => digestOf(key))),
      arrayOf(entries.map(dictionaryChecksum)),
    ],
  );
}

function wantedArrays(wanted: readonly Wanted[]): [kinds: string, digests: string] {
  return [arrayOf(wanted.map(({ kind }) => KINDS[kind])), textArrayOf(wanted.map(({ key }) => digestOf(key)))];
}

async function bumpNames(transaction: Transaction): Promise<void> {
  await transaction.run("UPDATE settings SET value = value + 1 WHERE name = 'names_revision'");
  transaction.namesChanged();
}

function innerMap<Value>(maps: Map<Kind, Map<string, Value>>, kind: Kind): Map<string, Value> {
  let map = maps.get(kind);
  if (!map) {
    map = new Map();
    maps.set(kind, map);
  }
  return map;
}
