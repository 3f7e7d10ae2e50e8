/**
 * Which record has an id: a table from 53-bit hash to row, half the size of an index over the ids themselves. Two ids of one
 * hash are told apart by the ids in the rows; the second takes the next free slot. Slots are never given back.
 */
import { hash53 } from "../../schema/hash.ts";
import { type Identity, type IdentityRow, idIdentity, requestIdentity, requestIdOf, sameIdentity } from "../../schema/identity.ts";
import type { Entry } from "../../store.ts";
import { BulkInsert } from "./bulk-insert.ts";
import type { Connection, Statement } from "./driver.ts";

export class Identities {
  readonly #bookSeed: number;
  readonly #hash: (seed: number, text: string) => number;
  readonly #seeds = { id: new Map<string, number>(), request: new Map<string, number>() };
  readonly #insert: BulkInsert;
  readonly #slot: Statement;
  readonly #read: (row: number) => IdentityRow | undefined;

  /**
   * @param read the identity columns of a row
   * @param hash another hash than the usual one, to make collisions happen in tests
   */
  constructor(connection: Connection, bookSeed: number, read: (row: number) => IdentityRow | undefined, hash: typeof hash53 = hash53) {
    this.#bookSeed = bookSeed;
    this.#hash = hash;
    this.#read = read;
    this.#insert = new BulkInsert(connection, "identities", ["hash", "row"], 64, { verb: "INSERT OR IGNORE" });
    this.#slot = connection.prepare("SELECT row FROM identities WHERE hash = ?");
  }

  hashOf({ kind, namespace, text }: Identity): number {
    return this.#hash(this.#seedOf(kind, namespace), text);
  }

  #seedOf(kind: Identity["kind"], namespace: string): number {
    const seeds = this.#seeds[kind];
    let seed = seeds.get(namespace);
    if (seed === undefined) {
      seed = identitySeed(this.#bookSeed, kind, namespace);
      seeds.set(namespace, seed);
    }
    return seed;
  }

  /**
   * Takes slots for the entries that are not yet among `hits` (places → stored rows), and adds those whose identity an older row
   * has already. New rows are numbered from `firstNew`. Goes by hash, so that neighbours meet the same pages.
   */
  claimAll(kind: Identity["kind"], entries: readonly Entry[], firstNew: number, hits: Map<number, number>): void {
    const textOf = kind === "id" ? idOf : requestIdOf;
    const hashes = new Float64Array(entries.length);
    const order = new Float64Array(entries.length);
    // Numbers sort many times faster than places compared by their hashes: a place stands in for the low digits of its hash.
    const places = 2 ** Math.ceil(Math.log2(entries.length));
    let count = 0;
    for (let place = 0; place < entries.length; place++) {
      const entry = entries[place] as Entry;
      const text = textOf(entry);
      if (text === undefined || hits.has(place)) continue;
      const hash = this.#hash(this.#seedOf(kind, entry.namespace), text);
      hashes[place] = hash;
      order[count++] = hash - (hash % places) + place;
    }
    const sorted = order.subarray(0, count).sort();
    const values: number[] = [];
    for (let start = 0; start < count; start += this.#insert.rows) {
      const end = Math.min(start + this.#insert.rows, count);
      for (let i = start; i < end; i++) {
        const place = (sorted[i] as number) % places;
        values[(i - start) * 2] = hashes[place] as number;
        values[(i - start) * 2 + 1] = firstNew + place;
      }
      const isFull = end - start === this.#insert.rows;
      if (isFull && this.#insert.insertMany(values) === this.#insert.rows) continue;
      for (let i = start; i < end; i++) {
        const place = (sorted[i] as number) % places;
        const entry = entries[place] as Entry;
        const identity = kind === "id" ? idIdentity(entry) : (requestIdentity(entry) as Identity);
        const [hash, row] = [hashes[place] as number, firstNew + place];
        // After the group's INSERT, each of its slots is somebody's.
        const holder = isFull ? this.#claimTaken(identity, hash, row, firstNew) : this.claim(identity, hash, row, firstNew);
        if (holder !== undefined) hits.set(place, holder);
      }
    }
  }

  /** Takes the identity's slot for `row`, unless a row below `firstNew` already has this identity: then that row is answered. */
  claim(identity: Identity, hash: number, row: number, firstNew: number): number | undefined {
    return this.#insert.insertOne([hash, row]) === 1 ? undefined : this.#claimTaken(identity, hash, row, firstNew);
  }

  /** As {@link claim}, where the first slot is known to be taken, maybe by `row` itself. */
  #claimTaken(identity: Identity, hash: number, row: number, firstNew: number): number | undefined {
    for (let slot = hash; ; ) {
      const holder = Number(this.#slot.get(slot)?.row);
      if (holder === row) return undefined;
      // Other rows of this same batch are known to be of other identities.
      if (holder < firstNew && this.#has(holder, identity)) return holder;
      slot = nextSlot(slot);
      if (this.#insert.insertOne([slot, row]) === 1) return undefined;
    }
  }

  /** The row that has this identity. */
  rowOf(identity: Identity): number | undefined {
    for (let slot = this.hashOf(identity); ; slot = nextSlot(slot)) {
      const holder = this.#slot.get(slot)?.row;
      if (holder === undefined) return undefined;
      if (this.#has(Number(holder), identity)) return Number(holder);
    }
  }

  /** All rows with this identity; for a request, whatever the attempt. */
  rowsOf(identity: Omit<Identity, "attempt">): number[] {
    const rows: number[] = [];
    for (let slot = this.hashOf({ ...identity, attempt: 1 }); ; slot = nextSlot(slot)) {
      const holder = this.#slot.get(slot)?.row;
      if (holder === undefined) return rows;
      const stored = this.#read(Number(holder));
      if (stored && sameIdentity(stored, { ...identity, attempt: stored.attempt })) rows.push(stored.row);
    }
  }

  /** The slot in which `row` holds an identity; undefined if it holds none that a search would find. */
  slotOf(identity: Identity, row: number): number | undefined {
    for (let slot = this.hashOf(identity); ; slot = nextSlot(slot)) {
      const holder = this.#slot.get(slot)?.row;
      if (holder === undefined) return undefined;
      if (Number(holder) === row) return slot;
    }
  }

  #has(row: number, identity: Identity): boolean {
    const stored = this.#read(row);
    return stored !== undefined && sameIdentity(stored, identity);
  }
}

function nextSlot(slot: number): number {
  return slot === Number.MAX_SAFE_INTEGER ? 0 : slot + 1;
}

function idOf({ id }: Entry): string {
  return id;
}

/** Seeds that keep namespaces, and ids and request ids, apart in one table of hashes. */
function identitySeed(bookSeed: number, kind: Identity["kind"], namespace: string): number {
  return hash53(bookSeed, `${kind}:${namespace}`) | 0;
}
