/**
 * Which record has an id: a table from 53-bit hash to row, half the size of an index over the ids themselves. Two ids of one
 * hash are told apart by the ids in the rows; the second takes the next free slot. Slots are never given back.
 */
import { BulkInsert } from "./bulk-insert.ts";
import type { Connection, Statement } from "./driver.ts";
import { hash53 } from "./hash.ts";
import { identitySeed, packId } from "./rows.ts";

/** An id within its namespace, or a request id and attempt within theirs. */
export interface Identity {
  kind: "id" | "request";
  namespace: string;
  text: string;
  attempt: number;
}

/** The columns by which a stored row is recognised. */
export interface IdentityRow {
  row: number;
  namespace: string;
  id: string | Uint8Array | null;
  request_id: string | Uint8Array | null;
  attempt: number;
  isReplay: boolean;
}

export class Identities {
  readonly #bookSeed: number;
  readonly #hash: (seed: number, text: string) => number;
  readonly #seeds = new Map<string, number>();
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
    this.#insert = new BulkInsert(connection, "identities", ["hash", "row"], 64, "ON CONFLICT DO NOTHING");
    this.#slot = connection.prepare("SELECT row FROM identities WHERE hash = ?");
  }

  hashOf(identity: Identity): number {
    const seedName = `${identity.kind}:${identity.namespace}`;
    let seed = this.#seeds.get(seedName);
    if (seed === undefined) {
      seed = identitySeed(this.#bookSeed, identity.kind, identity.namespace);
      this.#seeds.set(seedName, seed);
    }
    return this.#hash(seed, identity.text);
  }

  /**
   * Takes slots for identities of new rows (numbered from `firstNew`) and calls `known` for those that an older row has already.
   * Goes through them in the order of their hashes, so that neighbours meet the same pages.
   */
  claimAll(
    rows: readonly number[],
    identityOf: (row: number) => Identity,
    firstNew: number,
    known: (newRow: number, row: number) => void,
  ): void {
    const hashes = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) hashes[i] = this.hashOf(identityOf(rows[i] as number));
    const order = Uint32Array.from(rows.keys()).sort((a, b) => (hashes[a] as number) - (hashes[b] as number));
    for (let start = 0; start < order.length; start += this.#insert.rows) {
      const chunk = order.subarray(start, start + this.#insert.rows);
      if (chunk.length === this.#insert.rows) {
        const values: number[] = [];
        for (const position of chunk) values.push(hashes[position] as number, rows[position] as number);
        if (this.#insert.insertMany(values) === chunk.length) continue;
      }
      for (const position of chunk) {
        const newRow = rows[position] as number;
        const row = this.claim(identityOf(newRow), hashes[position] as number, newRow, firstNew);
        if (row !== undefined) known(newRow, row);
      }
    }
  }

  /** Takes the identity's slot for `row`, unless a row below `firstNew` already has this identity: then that row is answered. */
  claim(identity: Identity, hash: number, row: number, firstNew: number): number | undefined {
    for (let slot = hash; ; slot = nextSlot(slot)) {
      if (this.#insert.insertOne([slot, row]) === 1) return undefined;
      const holder = Number(this.#slot.get(slot)?.row);
      if (holder === row) return undefined;
      // Other rows of this same batch are known to be of other identities.
      if (holder < firstNew && this.#has(holder, identity)) return holder;
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

/** Whether a stored row is of this identity. */
function sameIdentity(stored: IdentityRow, identity: Identity): boolean {
  if (stored.namespace !== identity.namespace) return false;
  if (identity.kind === "id") return sameId(stored.id, identity.text);
  return stored.attempt === identity.attempt && sameId(stored.request_id, identity.text);
}

function sameId(stored: string | Uint8Array | null, text: string): boolean {
  if (stored === null || typeof stored === "string") return stored === text;
  const packed = packId(text);
  return typeof packed !== "string" && Buffer.compare(stored, packed) === 0;
}

function nextSlot(slot: number): number {
  return slot === Number.MAX_SAFE_INTEGER ? 0 : slot + 1;
}
