/** Reserving, settling and giving back: each one call to a function in the database, made anew where what it relied on has changed. */
import { windowOf } from "../../../budget/index.ts";
import { DatabaseError } from "../../../errors.ts";
import type { Target } from "../../schema/reservation-call.ts";
import { amountsHeld, differingField } from "../../schema/reservation-content.ts";
import { COLUMNS, checksumOf, type RecordRow } from "../../schema/rows.ts";
import type { BudgetState, CanonicalModel, Durability, Entry, ReserveOutcome, ReserveRequest } from "../../store.ts";
import type { BookParts } from "./book-parts.ts";
import type { BudgetBook } from "./budget-book.ts";
import { type CounterPlace, reserveItems, settleItems } from "./counter-items.ts";
import { stateOf } from "./counter-state.ts";
import type { Naming } from "./dictionary.ts";
import type { Row, SqlValue } from "./driver.ts";
import { ANOTHER_CAME_BETWEEN, sqlState } from "./failures.ts";
import { type IdentityKey, keysOf, nameOf } from "./identities.ts";
import { workInsert, workValues } from "./provider-work.ts";
import { callText, foundReservation, reservationKey } from "./reservation-row.ts";
import { arrayOf, storedText } from "./transaction.ts";
import type { Encoded } from "./writer.ts";

/** Each try is after another process's change, or a window's end, so that many in a row mean that something else is wrong. */
const MOST_TRIES = 100;

/** Of those that failed with an unknown outcome, so many are remembered. */
const MOST_DOUBTFUL = 10_000;

/** SQLSTATEs of the functions. */
const OTHER_COUNTERS_HOLD = "TL002";
const IDENTITY_TAKEN = "TL003";

/** What settling finds, in the words of the database's function; `taken`: another record has one of the identities. */
export type Settled = "settled" | "late" | "released" | "open" | "lapsed" | "recorded" | "unknown" | "taken";

export interface SettleOptions {
  /** Only a reservation whose time is over, and that has left. */
  isExpiry?: boolean;
  durability?: Durability | undefined;
  /** Names at the provider that are the owner's from now on. */
  works?: readonly string[] | undefined;
  /** Told the number of the row before it is written. */
  onNumber?: (number: number) => void;
}

/** What is needed now and then, in transactions of its own. */
export interface WorkAside {
  /** Makes budgets count the windows of an instant that is before all that they count: a clock was put back. */
  countBackTo(atMs: number, targets: readonly Target[]): Promise<void>;
  /** Names scopes that have only their ids so far. */
  giveNames(namings: readonly Naming[]): Promise<void>;
}

export class Reserving {
  readonly #parts: BookParts;
  readonly #book: BudgetBook;
  readonly #aside: WorkAside;
  /** Numbers of records of which nobody knows whether they were written, by their reservations' keys. */
  readonly #doubtful = new Map<string, number>();

  constructor(parts: BookParts, book: BudgetBook, aside: WorkAside) {
    this.#parts = parts;
    this.#book = book;
    this.#aside = aside;
  }

  /** @param maker the same for all tries of one call */
  async reserve(request: ReserveRequest, maker: string): Promise<ReserveOutcome> {
    const { dispatched, durability = dispatched ? "disk" : "commit" } = request;
    const isDurable = durability === "disk";
    const key = reservationKey(request.requestId, request.attempt);
    const adding = amountsHeld(request.estimate);
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const targets = await this.#book.targetsOf(request);
      const { revision } = await this.#book.current();
      const { nowMs } = this.#book;
      if (targets.some(({ budget }) => windowOf(nowMs, budget.definition).startMs < budget.countedFromMs)) {
        await this.#aside.countBackTo(nowMs, targets);
        continue;
      }
      const { fromMs, untilMs, arrays } = reserveItems(targets, adding, request, nowMs);
      const { nanoUsd, tokens } = adding;
      const call = [callText(request), nanoUsd, tokens, request.ttlMs, request.dispatched] as const;
      const manner = [maker, isDurable, this.#parts.connection.lockWaitMs] as const;
      const row = await this.#reserveOnce([revision, fromMs, untilMs, key.digest, key.attempt, ...call, ...manner, ...arrays]);
      if (row) this.#book.learnNow(Number(row.at_ms));
      if (row?.outcome === "stale") await this.#book.reload();
      else if (row && row.outcome !== "window") {
        this.#book.confirmed();
        return this.#outcomeOf(row, request, targets);
      }
    }
    throw new DatabaseError("The reservation was tried again and again, and each time the budgets had changed; try again later.");
  }

  /** Undefined where another process came between. */
  async #reserveOnce(values: readonly SqlValue[]): Promise<Row | undefined> {
    const places = values.map((_, i) => `$${i + 1}`).join(", ");
    const sql = `SELECT * FROM ${this.#parts.connection.schema}.reserve(${places})`;
    try {
      return (await this.#parts.connection.call(sql, values, { repeatable: true, name: "reserve" }))[0];
    } catch (error) {
      if (sqlState(error) === ANOTHER_CAME_BETWEEN) return undefined;
      throw error;
    }
  }

  #outcomeOf(row: Row, request: ReserveRequest, targets: readonly Target[]): ReserveOutcome {
    if (row.outcome === "settled") return { kind: "settled" };
    const nowMs = Number(row.at_ms);
    const texts = row.states === null ? [] : String(row.states).split(";");
    const states = targets.map((target, i) => stateOf(target, texts[i] ?? "", nowMs));
    if (row.outcome === "refused") return { kind: "refused", nowMs, states };
    if (row.outcome === "reserved") {
      const { canonicalModel: _, ttlMs, durability: __, ...call } = request;
      return { kind: "reserved", reservation: { ...call, state: "open", reservedMs: nowMs, expiresMs: nowMs + ttlMs }, states };
    }
    const reservation = foundReservation(row, request.attempt);
    // An answer was lost: it is this call's own hold.
    if (row.is_own === true) return { kind: "reserved", reservation, states };
    const field = differingField(reservation, request);
    return field === undefined ? { kind: "exists", reservation, states } : { kind: "conflict", field };
  }

  async settle(
    entry: Entry,
    canonicalModel: CanonicalModel,
    { isExpiry = false, durability = "disk", works = [], onNumber = () => {} }: SettleOptions = {},
  ): Promise<Settled> {
    const { requestId = "", attempt = 1 } = entry.record;
    const key = reservationKey(requestId, attempt);
    const number = this.#doubtful.get(nameOf(key)) ?? (await this.#number());
    onNumber(number);
    let held: readonly CounterPlace[] | undefined;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const row = await this.#rowOf(entry, canonicalModel, number);
      const { revision, budgets } = await this.#book.current();
      // Names may change at any time while we wait for something.
      if (!this.#book.knows(row)) {
        await this.#book.learn(row);
        continue;
      }
      const counted = this.#book.placesOf(row);
      const items = settleItems(counted, held ?? counted, this.#book.nowMs);
      const keys = keysOf(entry).sort((a, b) => (a.digest < b.digest ? -1 : 1));
      const manner = [isExpiry, durability === "disk", this.#parts.connection.lockWaitMs];
      const values = [revision, key.digest, key.attempt, ...manner, compositeOf(row), ...keyArrays(keys), ...items.arrays, ...items.tell];
      const statement = settleStatement(this.#parts.connection.schema, values.length, works.length > 0);
      if (works.length > 0) values.push(...workValues(works, entry.record));
      try {
        const [answer] = await this.#parts.connection.call(statement.sql, values, { repeatable: true, name: statement.name });
        if (answer?.outcome !== "stale") return answer?.outcome as Settled;
        await this.#book.learn(row);
      } catch (error) {
        if (sqlState(error) === IDENTITY_TAKEN) return "taken";
        if (sqlState(error) !== OTHER_COUNTERS_HOLD) throw error;
        held = placesIn(detailOf(error), budgets);
      }
    }
    throw new DatabaseError("The call was settled again and again, and each time the budgets had changed; try again later.");
  }

  /** Nobody knows whether the entry was written: settled again, it must know its own work by the number. */
  doubt({ record: { requestId = "", attempt = 1 } }: Entry, number: number): void {
    const name = nameOf(reservationKey(requestId, attempt));
    this.#doubtful.delete(name);
    if (this.#doubtful.size >= MOST_DOUBTFUL) this.#doubtful.delete(this.#doubtful.keys().next().value as string);
    this.#doubtful.set(name, number);
  }

  /** Ends an open reservation without a record. @param state what is remembered of it; undefined: nothing */
  async release(requestId: string, attempt: number, state?: "released" | "lapsed"): Promise<boolean> {
    const key = reservationKey(requestId, attempt);
    const [row] = await this.#parts.connection.call(
      `SELECT ${this.#parts.connection.schema}.release($1, $2, $3, $4, $5) AS done`,
      [key.digest, key.attempt, state ?? null, state === "lapsed", this.#parts.connection.lockWaitMs],
      { repeatable: true, name: "release" },
    );
    return row?.done === true;
  }

  /** The same for all tries: by it, a call whose answer was lost is told from another one. */
  async #number(): Promise<number> {
    const { numbers, connection } = this.#parts;
    return numbers.takeOne() ?? ((await connection.write((transaction) => numbers.take(transaction, 1)))[0] as number);
  }

  async #rowOf(entry: Entry, canonicalModel: CanonicalModel, number: number): Promise<RecordRow> {
    const [encoded] = (await this.#parts.writer.encode([entry], canonicalModel)) as [Encoded];
    if (encoded.namings.length > 0) await this.#aside.giveNames(encoded.namings);
    const row = { ...encoded.row, row: number };
    row.checksum = checksumOf(row);
    return row;
  }
}

/** @param remembers whether names at the provider, its last two values, become the owner's with it */
function settleStatement(schema: string, values: number, remembers: boolean): { name: string; sql: string } {
  const places = Array.from({ length: values }, (_, i) => `$${i + 1}`).join(", ");
  const settle = `SELECT ${schema}.settle(${places}) AS outcome`;
  if (!remembers) return { name: "settle", sql: settle };
  const recorded = "settled WHERE outcome IN ('settled', 'late')";
  const sql = `WITH settled AS MATERIALIZED (${settle}), remembered AS (${workInsert(schema, values + 1, recorded)}) SELECT outcome FROM settled`;
  return { name: "settle_work", sql };
}

/** A row as PostgreSQL writes one, its columns in the table's order. */
function compositeOf(row: RecordRow): string {
  return `(${COLUMNS.map((column) => fieldOf(row[column])).join()})`;
}

function fieldOf(value: RecordRow[keyof RecordRow]): string {
  if (value === null) return "";
  return typeof value === "string" ? `"${storedText(value).replace(/["\\]/g, "\\$&")}"` : String(value);
}

function keyArrays(keys: readonly IdentityKey[]): [digests: string, attempts: string] {
  return [`{${keys.map(({ digest }) => digest).join()}}`, arrayOf(keys.map(({ attempt }) => attempt))];
}

/** Budgets that this process does not know are not among them: then it is told that its knowledge is old. */
function placesIn(detail: string, budgets: BudgetState["budget"][] | readonly BudgetState["budget"][]): CounterPlace[] {
  const [ids, values, starts] = JSON.parse(detail) as [number[], string[], number[]];
  return ids.flatMap((id, i) => {
    const budget = budgets.find((one) => one.id === id);
    return budget ? [{ budget, value: values[i] as string, startMs: starts[i] as number }] : [];
  });
}

function detailOf(error: unknown): string {
  return String((error as { cause?: { detail?: unknown } }).cause?.detail);
}
