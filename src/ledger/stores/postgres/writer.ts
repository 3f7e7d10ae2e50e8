/** Adds records and corrections: what needs no lock first, then the rest in one transaction. */

import { DatabaseError } from "../../../errors.ts";
import { correctionRows, fold } from "../../schema/corrections.ts";
import { type RecordRow, RowEncoder } from "../../schema/rows.ts";
import type { CanonicalModel, Entry, EntryOutcome, Repricing, Resolve } from "../../store.ts";
import { CollectingInterner, type Dictionary, type Naming } from "./dictionary.ts";
import { type Claim, claim, holders, type IdentityKey, keysOf, nameOf, type RecordPlace, unclaim } from "./identities.ts";
import type { Partitions } from "./partitions.ts";
import type { Posting } from "./posting.ts";
import { type Family, placesOfRows, readFamilies, recordOf } from "./record-reader.ts";
import type { RowNumbers } from "./row-numbers.ts";
import { storedId } from "./rows.ts";

/** An entry as the row that it would become; its number comes with the transaction. */
export interface Encoded {
  entry: Entry;
  row: RecordRow;
  keys: readonly IdentityKey[];
  /** Names for scopes that have only their ids so far. */
  namings: readonly Naming[];
}

/** An encoded entry in a transaction, with the keys it claims. */
interface Candidate extends Encoded {
  place: number;
  claims: readonly Claim[];
}

export class Writer {
  readonly #dictionary: Dictionary;
  readonly #partitions: Partitions;
  readonly #numbers: RowNumbers;

  constructor(dictionary: Dictionary, partitions: Partitions, numbers: RowNumbers) {
    this.#dictionary = dictionary;
    this.#partitions = partitions;
    this.#numbers = numbers;
  }

  /** Makes ready all that the entries will need; outside the transaction, so that nobody waits for it. */
  async encode(entries: readonly Entry[], canonicalModel: CanonicalModel): Promise<Encoded[]> {
    await this.#partitions.ensure(entries.map(({ record }) => record.timestampMs));
    const interner = new CollectingInterner(this.#dictionary);
    const encodeAll = (): Encoded[] => {
      const encoder = new RowEncoder(interner, storedId);
      return entries.map((entry) => {
        const row = encoder.encode(0, entry, canonicalModel);
        return { entry, row, keys: keysOf(entry), namings: interner.takeNamings() };
      });
    };
    const encoded = encodeAll();
    const wanted = interner.takeWanted();
    if (wanted.length === 0) return encoded;
    await this.#dictionary.make(wanted);
    // The first time, 0 stood in for what is known only now.
    const again = encodeAll();
    if (interner.takeWanted().length > 0)
      throw new DatabaseError("The book's dictionary does not keep what it is given; see `tokenledger verify`.");
    return again;
  }

  /** Adds the entries that are new and resolves the others; the posting's flush must follow. Parallel to the entries. */
  async write(posting: Posting, encoded: readonly Encoded[], resolve: Resolve): Promise<EntryOutcome[]> {
    const outcomes: EntryOutcome[] = [];
    const numbers = await this.#numbers.take(posting.transaction, encoded.length);
    let left = encoded.map(({ entry, row, keys, namings }, place): Candidate => {
      row.row = numbers[place] as number;
      const claims = keys.map(({ digest, attempt }): Claim => ({ digest, attempt, row: row.row, timeMs: row.time_ms }));
      return { entry, row, keys, namings, place, claims };
    });
    // A second round is for those whose identity another entry of this batch has taken: they meet it as a stored record.
    for (let before = 0; left.length > 0 && left.length !== before; ) {
      before = left.length;
      const { taken, held, waiting } = await claimAll(posting, left);
      await this.#giveNames(posting, taken);
      for (const { row, place } of taken) {
        posting.add(row);
        outcomes[place] = "new";
      }
      if (waiting.length > 0) await posting.flush();
      await this.#resolveAll(posting, held, resolve, outcomes);
      left = waiting;
    }
    return outcomes;
  }

  /** Prices records anew. @param priceVersions their dictionary ids, by name */
  async reprice(posting: Posting, repricings: readonly Repricing[], priceVersions: ReadonlyMap<string, number>): Promise<void> {
    const { transaction } = posting;
    const places = await placesOfRows(
      transaction,
      repricings.map(({ rowId }) => rowId),
    );
    const families = await readFamilies(transaction, this.#dictionary, places, { lock: true });
    const corrections: Correction[] = [];
    for (const { rowId, computedCostNanoUsd, priceVersion } of repricings) {
      const family = families.get(rowId);
      if (family === undefined) continue;
      const current = fold(family);
      corrections.push({
        family,
        wanted: {
          ...current,
          computed_cost_nano_usd: computedCostNanoUsd,
          unpriced: current.reported_cost_nano_usd === null && computedCostNanoUsd === null ? 1 : 0,
          price_version: priceVersion === null ? 0 : (priceVersions.get(priceVersion) ?? 0),
        },
      });
    }
    await this.correct(posting, corrections);
  }

  /** Adds what makes stored records say something else. Their families must be locked; they grow by the corrections. */
  async correct(posting: Posting, corrections: readonly Correction[]): Promise<void> {
    // Each takes at most two rows: it is taken back and put down anew.
    const numbers = await this.#numbers.fresh(posting.transaction, corrections.length * 2);
    corrections.forEach(({ family, wanted }, i) => {
      for (const row of correctionRows(fold(family), wanted, family[0].row, numbers[i * 2] as number)) {
        // The blocks of numbers need not be neighbours.
        row.row = row.row === numbers[i * 2] ? row.row : (numbers[i * 2 + 1] as number);
        family.push(row);
        posting.add(row);
      }
    });
  }

  async #resolveAll(posting: Posting, held: readonly Held[], resolve: Resolve, outcomes: EntryOutcome[]): Promise<void> {
    if (held.length === 0) return;
    const { transaction } = posting;
    const resolutionOf = ({ candidate: { entry }, holder }: Held, families: Map<number, Family>): ReturnType<Resolve> =>
      resolve(recordOf(familyOf(families, holder), this.#dictionary), entry);
    const seen = await readFamilies(
      transaction,
      this.#dictionary,
      held.map(({ holder }) => holder),
    );
    const replacing = new Set(held.filter((one) => resolutionOf(one, seen).kind === "replace").map(({ holder }) => holder.row));
    // Decided anew with the record locked: somebody else may have corrected it meanwhile.
    const places = held.map(({ holder }) => holder).filter(({ row }) => replacing.has(row));
    const locked = await readFamilies(transaction, this.#dictionary, places, { lock: true });
    const families = new Map([...seen, ...locked]);
    for (const one of held) {
      const { candidate, holder } = one;
      const resolution = resolutionOf(one, families);
      if (resolution.kind === "conflict") outcomes[candidate.place] = { conflict: resolution.reason };
      else if (resolution.kind === "duplicate") outcomes[candidate.place] = "duplicate";
      else {
        await this.#giveNames(posting, [candidate]);
        await this.correct(posting, [{ family: familyOf(families, holder), wanted: candidate.row }]);
        outcomes[candidate.place] = "corrected";
      }
    }
  }

  async #giveNames(posting: Posting, candidates: readonly Encoded[]): Promise<void> {
    const namings = candidates.flatMap(({ namings }) => namings);
    if (namings.length === 0) return;
    const renamed = await this.#dictionary.giveNames(posting.transaction, namings);
    if (renamed.length > 0) await posting.follower.renamed(renamed);
  }
}

export interface Correction {
  family: Family;
  wanted: RecordRow;
}

/** An entry whose identity a stored record has. */
interface Held {
  candidate: Candidate;
  holder: RecordPlace;
}

interface Claimed {
  taken: Candidate[];
  held: Held[];
  /** Of an identity that another candidate has just taken. */
  waiting: Candidate[];
}

/** Takes the identities of all that are new; what the others had taken of theirs is given back. */
async function claimAll({ transaction }: Posting, candidates: readonly Candidate[]): Promise<Claimed> {
  const claims = candidates.flatMap(({ claims }) => claims);
  if ((await claim(transaction, claims)) === claims.length) return { taken: [...candidates], held: [], waiting: [] };
  const holderOf = await holders(transaction, claims);
  const mine = new Set(candidates.map(({ row }) => row.row));
  const claimed: Claimed = { taken: [], held: [], waiting: [] };
  const back: Claim[] = [];
  for (const candidate of candidates) {
    const places = candidate.claims.map((key) => holderOf.get(nameOf(key)) as RecordPlace);
    const holder = places.find(({ row }) => !mine.has(row));
    if (holder) claimed.held.push({ candidate, holder });
    else if (places.some(({ row }) => row !== candidate.row.row)) claimed.waiting.push(candidate);
    else {
      claimed.taken.push(candidate);
      continue;
    }
    back.push(...candidate.claims.filter((_, i) => places[i]?.row === candidate.row.row));
  }
  if (back.length > 0) await unclaim(transaction, back);
  return claimed;
}

function familyOf(families: ReadonlyMap<number, Family>, { row }: RecordPlace): Family {
  const family = families.get(row);
  if (family) return family;
  throw new DatabaseError(`The book is damaged: an id leads to row ${row}, which is not there; see \`tokenledger verify\`.`);
}
