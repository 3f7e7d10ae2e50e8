/** Adds a batch of records in one transaction's worth of statements; the caller begins and commits. */

import { correctionRows } from "../../schema/corrections.ts";
import { idIdentity, requestIdentity, requestIdOf } from "../../schema/identity.ts";
import { COLUMNS, checksumOf, decode, type RecordRow, RowEncoder } from "../../schema/rows.ts";
import type { CanonicalModel, Entry, EntryOutcome, WriteBatch } from "../../store.ts";
import type { BudgetFollower } from "./budget-follower.ts";
import { BulkInsert } from "./bulk-insert.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection, Statement } from "./driver.ts";
import type { Identities } from "./identities.ts";
import type { Folded, RecordReader } from "./record-reader.ts";
import { RollupDeltas } from "./rollups.ts";
import { bindRow } from "./row-binding.ts";

export class Writer {
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;
  readonly #encoder: RowEncoder;
  readonly #identities: Identities;
  readonly #reader: RecordReader;
  readonly #rollups: RollupDeltas;
  readonly #budgets: BudgetFollower;
  readonly #rows: BulkInsert;
  readonly #lastRow: Statement;
  #nextRow = 1;

  constructor(connection: Connection, dictionary: Dictionary, identities: Identities, reader: RecordReader, budgets: BudgetFollower) {
    this.#connection = connection;
    this.#dictionary = dictionary;
    this.#identities = identities;
    this.#reader = reader;
    this.#encoder = new RowEncoder(dictionary);
    this.#rollups = new RollupDeltas(connection);
    this.#budgets = budgets;
    this.#rows = new BulkInsert(connection, "usage_records", COLUMNS, 16);
    this.#lastRow = connection.prepare("SELECT coalesce(max(row), 0) AS row FROM usage_records");
  }

  /** To be called when the transaction is undone. */
  forget(): void {
    this.#encoder.forget();
    this.#rows.forget();
    this.#rollups.forget();
    this.#budgets.forget();
  }

  /** To be called when a transaction begins: other processes may have added rows. */
  begin(): void {
    this.#nextRow = Number(this.#lastRow.get()?.row) + 1;
    this.#budgets.begin();
  }

  write(batch: WriteBatch): EntryOutcome[] {
    return this.#reader.remembering(() => this.#write(batch));
  }

  #write(batch: WriteBatch): EntryOutcome[] {
    const firstNew = this.#nextRow;
    this.#nextRow += batch.entries.length;
    const hits = this.#claimIdentities(batch.entries, firstNew);
    const outcomes: EntryOutcome[] = [];
    batch.entries.forEach((entry, index) => {
      const storedRow = hits.get(index);
      if (storedRow === undefined) {
        this.#append(this.#encoder.encode(firstNew + index, entry, batch.canonicalModel));
        outcomes.push("new");
      } else {
        outcomes.push(this.#resolve(batch, entry, storedRow));
      }
    });
    this.flush();
    return outcomes;
  }

  /** Adds one record whose request is known to be new; answers whether its id is, too. {@link flush} must follow in the same transaction. */
  addOne(entry: Entry, canonicalModel: CanonicalModel): boolean {
    const row = this.#nextRow;
    const id = idIdentity(entry);
    if (this.#identities.claim(id, this.#identities.hashOf(id), row, row) !== undefined) return false;
    const request = requestIdentity(entry);
    if (request) this.#identities.claim(request, this.#identities.hashOf(request), row, row);
    this.#append(this.#encoder.encode(row, entry, canonicalModel));
    this.#nextRow = row + 1;
    return true;
  }

  /** Makes a stored record say what the entry says; {@link flush} must follow in the same transaction. */
  replace(stored: Folded, entry: Entry, canonicalModel: CanonicalModel): void {
    this.correct(stored, this.#encoder.encode(stored.original.row, entry, canonicalModel));
  }

  /** Adds what makes a stored record say something else; {@link flush} must follow in the same transaction. */
  correct({ original, current }: Folded, wanted: RecordRow): void {
    for (const row of correctionRows(current, wanted, original.row, this.#nextRow)) {
      this.#append(row);
      this.#nextRow = row.row + 1;
    }
  }

  #append(row: RecordRow): void {
    row.checksum = checksumOf(row);
    this.#rows.add(row, bindRow);
    this.#rollups.add(row);
    this.#budgets.add(row);
  }

  /** To be called when one change is complete: the next of the transaction finds budgets as this one has left them. */
  flush(): void {
    this.#budgets.flush();
  }

  /** Rows wait for more of them, until one of them is to be read. */
  writeRows(): void {
    this.#rows.flush();
  }

  /** To be called before the transaction is committed. */
  finish(): void {
    this.#rows.flush();
    this.#rollups.flush();
    this.#budgets.flush();
    this.#budgets.finish();
  }

  /** Takes the identities of all entries that are new; answers, by place, the stored rows of those that are not. */
  #claimIdentities(entries: readonly Entry[], firstNew: number): Map<number, number> {
    const hits = new Map<number, number>();
    if (!entries.some((entry) => requestIdOf(entry) !== undefined)) {
      this.#identities.claimAll("id", entries, firstNew, hits);
      return hits;
    }
    // An entry may be new by its request id and known by its id. Then what it had claimed is undone by starting over without it.
    for (;;) {
      this.#connection.exec("SAVEPOINT identities");
      this.#identities.claimAll("request", entries, firstNew, hits);
      const before = new Set(hits.keys());
      this.#identities.claimAll("id", entries, firstNew, hits);
      const isLate = [...hits.keys()].some((place) => !before.has(place) && requestIdOf(entries[place] as Entry) !== undefined);
      if (!isLate) {
        this.#connection.exec("RELEASE identities");
        return hits;
      }
      this.#connection.exec("ROLLBACK TO identities; RELEASE identities");
    }
  }

  #resolve(batch: WriteBatch, entry: Entry, storedRow: number): EntryOutcome {
    const stored = this.#reader.folded(storedRow);
    const resolution = batch.resolve(decode(stored.current, stored.original, this.#dictionary), entry);
    if (resolution.kind === "conflict") return { conflict: resolution.reason };
    if (resolution.kind === "duplicate") return "duplicate";
    this.replace(stored, entry, batch.canonicalModel);
    return "corrected";
  }
}
