/** Making a hold another one, and giving reservations second names: each one call to the database, made anew where what it relied on has changed. */
import { bucketMsOf, roomFor } from "../../../budget/index.ts";
import { DatabaseError } from "../../../errors.ts";
import { amountsHeld, growthOf } from "../../schema/reservation-content.ts";
import type { BudgetState, ExtendOutcome, ExtendRequest, StoredBudget, StoredReservation, TrackOutcome, WorkOwner } from "../../store.ts";
import type { BookParts } from "./book-parts.ts";
import type { BudgetBook } from "./budget-book.ts";
import { amountsArray, heldUntil } from "./counter-items.ts";
import { stateOf } from "./counter-state.ts";
import { digestOf } from "./digests.ts";
import type { Row, SqlValue } from "./driver.ts";
import { ANOTHER_CAME_BETWEEN, isUniqueViolation, sqlState } from "./failures.ts";
import { workInsert, workValues } from "./provider-work.ts";
import { foundReservation, RESERVATION_COLUMNS, reservationKey, reservationOf } from "./reservation-row.ts";
import { arrayOf, givenText, storedText } from "./transaction.ts";

/** Each try is after another process's change, so that many in a row mean that something else is wrong. */
const MOST_TRIES = 100;

export class Extending {
  readonly #parts: BookParts;
  readonly #book: BudgetBook;

  constructor(parts: BookParts, book: BudgetBook) {
    this.#parts = parts;
    this.#book = book;
  }

  async extend(request: ExtendRequest): Promise<ExtendOutcome> {
    const provider = await this.#providerOf(request);
    const { digest, attempt } = reservationKey(request.requestId, request.attempt);
    const { connection } = this.#parts;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const { revision, budgets } = await this.#book.current();
      const { fromMs, untilMs, arrays } = roomItems(budgets, request, provider, this.#book.nowMs);
      const { nanoUsd = null, inputTokens = null, outputTokens = null } = request.estimate ?? {};
      const change = [nanoUsd, inputTokens, outputTokens, request.ttlMs ?? null, connection.lockWaitMs];
      const row = await this.#extendOnce([revision, fromMs, untilMs, digest, attempt, ...change, ...arrays]);
      if (row) this.#book.learnNow(Number(row.at_ms));
      if (row?.outcome === "stale") await this.#book.reload();
      else if (row && row.outcome !== "window") return outcomeOf(row, request, budgets);
    }
    throw new DatabaseError("The reservation was extended again and again, and each time the budgets had changed; try again later.");
  }

  /** Undefined where another process came between. */
  async #extendOnce(values: readonly SqlValue[]): Promise<Row | undefined> {
    const sql = `SELECT * FROM ${this.#parts.connection.schema}.extend(${values.map((_, i) => `$${i + 1}`).join(", ")})`;
    try {
      return (await this.#parts.connection.call(sql, values, { repeatable: true, name: "extend" }))[0];
    } catch (error) {
      if (sqlState(error) === ANOTHER_CAME_BETWEEN) return undefined;
      throw error;
    }
  }

  /** Asked for only where a budget lets calls pass that have moved to another provider. */
  async #providerOf({ requestId, attempt }: ExtendRequest): Promise<string> {
    const { budgets } = await this.#book.current();
    if (budgets.every(({ definition }) => definition.switchTo === undefined)) return "";
    return (await this.find(requestId, attempt))?.provider ?? "";
  }

  async find(requestId: string, attempt: number): Promise<StoredReservation | undefined> {
    const key = reservationKey(requestId, attempt);
    const [row] = await this.#parts.connection.call(
      `SELECT ${RESERVATION_COLUMNS} FROM ${this.#parts.connection.schema}.reservations WHERE digest = $1 AND attempt = $2`,
      [key.digest, key.attempt],
      { repeatable: true, name: "reservation" },
    );
    return row && reservationOf(row);
  }

  async track(requestId: string, attempt: number, externalId: string, owner: WorkOwner): Promise<TrackOutcome> {
    const key = reservationKey(requestId, attempt);
    const { connection } = this.#parts;
    try {
      const rows = await connection.call(
        `WITH tracked AS (
           UPDATE ${connection.schema}.reservations SET external_id = $3, external_digest = $4
           WHERE digest = $1 AND attempt = $2 AND state = 'open' RETURNING ${connection.schema}.commit_durably()
         ), remembered AS (${workInsert(connection.schema, 5, "tracked")})
         SELECT 1 AS one FROM tracked`,
        [key.digest, key.attempt, storedText(externalId), digestOf(externalId), ...workValues([externalId], owner)],
        { repeatable: true, name: "track" },
      );
      return rows.length > 0 ? "tracked" : "ended";
    } catch (error) {
      if (isUniqueViolation(error)) return "taken";
      throw error;
    }
  }

  async tracked(externalId: string): Promise<StoredReservation | undefined> {
    const { connection } = this.#parts;
    const [row] = await connection.call(
      `SELECT ${RESERVATION_COLUMNS} FROM ${connection.schema}.reservations WHERE external_digest = $1 AND state = 'open'`,
      [digestOf(externalId)],
      { repeatable: true, name: "tracked" },
    );
    return row && reservationOf(row);
  }
}

/** Of every budget: how long a sliding window's parts are, and how much others may have taken for the new whole to pass. */
function roomItems(
  budgets: readonly StoredBudget[],
  { estimate }: ExtendRequest,
  provider: string,
  nowMs: number,
): { fromMs: number; untilMs: number; arrays: string[] } {
  const whole = estimate ? amountsHeld(estimate) : { nanoUsd: 0n, tokens: 0n };
  const rooms = budgets.map(({ definition }) => roomFor(definition, whole, { provider }, nowMs));
  const arrays = [
    arrayOf(budgets.map(({ id }) => id)),
    arrayOf(budgets.map(({ definition }) => (definition.windowMs === undefined ? null : bucketMsOf(definition.windowMs)))),
    amountsArray(rooms.map(({ nanoUsd }) => nanoUsd)),
    amountsArray(rooms.map(({ tokens }) => tokens)),
  ];
  return { ...heldUntil(budgets, nowMs), arrays };
}

function outcomeOf(row: Row, { attempt, estimate }: ExtendRequest, budgets: readonly StoredBudget[]): ExtendOutcome {
  if (row.outcome === "ended") return { kind: "ended" };
  const nowMs = Number(row.at_ms);
  const texts = row.states === null ? [] : String(row.states).split(";");
  const [ids, values, starts] = JSON.parse(String(row.holds)) as [number[], string[], number[]];
  const states = ids.flatMap((id, i): BudgetState[] => {
    const budget = budgets.find((one) => one.id === id);
    if (!budget) return [];
    const atMs = budget.definition.windowMs === undefined ? (starts[i] as number) : nowMs;
    return [stateOf({ budget, value: givenText(values[i] as string) }, texts[i] ?? "", atMs)];
  });
  if (row.outcome === "extended") return { kind: "extended", reservation: foundReservation(row, attempt), states };
  const before = reservationOf({ ...row, call: row.found_call as string, attempt, nano_usd: row.held_nano_usd as bigint });
  const wanted = estimate ?? before.estimate;
  return {
    kind: "refused",
    nowMs,
    provider: before.provider,
    adding: growthOf(before.estimate, wanted),
    states: states.map((state, i) => withoutHold(state, starts[i] as number, row)),
  };
}

/** A calendar's counter comes without the hold already; of a sliding window, the part that has it does not. */
function withoutHold(state: BudgetState, startMs: number, row: Row): BudgetState {
  const own = state.buckets?.find((bucket) => bucket.startMs === startMs);
  if (!own) return state;
  const [nanoUsd, tokens] = [BigInt(row.held_nano_usd as number), BigInt(row.held_tokens as number)];
  return {
    ...state,
    reservedNanoUsd: state.reservedNanoUsd - nanoUsd,
    reservedTokens: state.reservedTokens - tokens,
    buckets: (state.buckets ?? []).map((bucket) =>
      bucket === own ? { ...bucket, nanoUsd: bucket.nanoUsd - nanoUsd, tokens: bucket.tokens - tokens } : bucket,
    ),
  };
}
