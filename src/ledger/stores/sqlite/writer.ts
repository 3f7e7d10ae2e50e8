/** Adds a batch of records in one transaction's worth of statements; the caller begins and commits. */
import type { Entry, EntryOutcome, WriteBatch } from "../../store.ts";
import { correctionRows } from "./corrections.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection, Statement } from "./driver.ts";
import type { Identities, Identity } from "./identities.ts";
import type { RecordReader } from "./record-reader.ts";
import { RollupDeltas } from "./rollups.ts";
import { bindings, COLUMNS, checksumOf, decode, type RecordRow, RowEncoder } from "./rows.ts";

export class Writer {
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;
  readonly #encoder: RowEncoder;
  readonly #identities: Identities;
  readonly #reader: RecordReader;
  readonly #rollups: RollupDeltas;
  readonly #insert: Statement;
  readonly #lastRow: Statement;

  constructor(connection: Connection, dictionary: Dictionary, identities: Identities, reader: RecordReader) {
    this.#connection = connection;
    this.#dictionary = dictionary;
    this.#identities = identities;
    this.#reader = reader;
    this.#encoder = new RowEncoder(dictionary);
    this.#rollups = new RollupDeltas(connection);
    this.#insert = connection.prepare(`INSERT INTO usage_records (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`);
    this.#lastRow = connection.prepare("SELECT coalesce(max(row), 0) AS row FROM usage_records");
  }

  /** To be called when the transaction is undone. */
  forget(): void {
    this.#encoder.forget();
    this.#rollups.forget();
  }

  write(batch: WriteBatch): EntryOutcome[] {
    const firstNew = this.nextRow();
    const hits = this.#claimIdentities(batch.entries, firstNew);
    const outcomes: EntryOutcome[] = [];
    batch.entries.forEach((entry, index) => {
      const storedRow = hits.get(index);
      if (storedRow === undefined) {
        this.append(this.#encoder.encode(firstNew + index, entry));
        outcomes.push("new");
      } else {
        outcomes.push(this.#resolve(batch, entry, storedRow, firstNew + batch.entries.length));
      }
    });
    this.#rollups.flush();
    return outcomes;
  }

  nextRow(): number {
    return Number(this.#lastRow.get()?.row) + 1;
  }

  /** Stores one row and counts it; {@link flush} must follow in the same transaction. */
  append(row: RecordRow): void {
    row.checksum = checksumOf(row);
    this.#insert.run(...bindings(row));
    this.#rollups.add(row);
  }

  flush(): void {
    this.#rollups.flush();
  }

  /** Takes the identities of all entries that are new; answers, by index, the stored rows of those that are not. */
  #claimIdentities(entries: readonly Entry[], firstNew: number): Map<number, number> {
    const hits = new Map<number, number>();
    // An entry may be new by its request id and known by its id. Then what it had claimed is undone by starting over without it.
    for (;;) {
      this.#connection.exec("SAVEPOINT identities");
      const withRequest = entries.flatMap((entry, index) => (hits.has(index) ? [] : (requestIdentity(entry, index) ?? [])));
      this.#claim(withRequest, firstNew, hits);
      const claimedByRequest = new Set(withRequest.map(({ index }) => index));
      const withId = entries.flatMap((entry, index) => (hits.has(index) ? [] : [{ index, identity: idIdentity(entry) }]));
      const late = this.#claim(withId, firstNew, hits).some((index) => claimedByRequest.has(index));
      if (!late) {
        this.#connection.exec("RELEASE identities");
        return hits;
      }
      this.#connection.exec("ROLLBACK TO identities; RELEASE identities");
    }
  }

  /** Claims in the order of the hashes, so that neighbours meet the same pages. Answers the indexes that were known. */
  #claim(claims: readonly { index: number; identity: Identity }[], firstNew: number, hits: Map<number, number>): number[] {
    const hashes = Float64Array.from(claims, ({ identity }) => this.#identities.hashOf(identity));
    const order = Uint32Array.from(claims.keys()).sort((a, b) => (hashes[a] as number) - (hashes[b] as number));
    const known: number[] = [];
    for (const position of order) {
      const { index, identity } = claims[position] as { index: number; identity: Identity };
      const row = this.#identities.claim(identity, hashes[position] as number, firstNew + index, firstNew);
      if (row !== undefined) {
        hits.set(index, row);
        known.push(index);
      }
    }
    return known;
  }

  #resolve(batch: WriteBatch, entry: Entry, storedRow: number, firstCorrection: number): EntryOutcome {
    const stored = this.#reader.folded(storedRow);
    const resolution = batch.resolve(decode(stored.current, stored.original, this.#dictionary), entry);
    if (resolution.kind === "conflict") return { conflict: resolution.reason };
    if (resolution.kind === "duplicate") return "duplicate";
    const firstRow = Math.max(firstCorrection, this.nextRow());
    const wanted = this.#encoder.encode(firstRow, entry);
    for (const row of correctionRows(stored.current, wanted, stored.original.row, firstRow)) this.append(row);
    return "corrected";
  }
}

function idIdentity(entry: Entry): Identity {
  return { kind: "id", namespace: entry.namespace, text: entry.id, attempt: 1 };
}

/** Agent logs repeat a request id for every line of its answer: only final records are unique by it. */
function requestIdentity(entry: Entry, index: number): { index: number; identity: Identity } | undefined {
  const { requestId, attempt = 1, replay } = entry.record;
  if (requestId === undefined || replay !== undefined) return undefined;
  return { index, identity: { kind: "request", namespace: entry.namespace, text: requestId, attempt } };
}
