/** The rows of `reservations`: what calls under way have set aside, and for a while those that ended without a record. */
import type { MoneyAndTokens } from "../../../budget/index.ts";
import { mix, mixText } from "../../schema/hash.ts";
import { LIBRARY, orderedScope } from "../../schema/reservation-content.ts";
import type { ReservationScope, ReserveRequest, StoredReservation } from "../../store.ts";
import type { Moment } from "./counter-table.ts";
import type { Connection } from "./driver.ts";
import { Statements } from "./statements.ts";

/** A counter that holds the reservation's estimate. */
export type Hold = readonly [budgetId: number, value: string, startMs: number];

/** A row as it is stored; `scope` and `holds` are JSON. */
export interface ReservationRow {
  state: number;
  request_id: string;
  attempt: number;
  provider: string;
  model: string;
  scope: string;
  nano_usd: number;
  input_tokens: number;
  output_tokens: number;
  reserved_ms: number;
  expires_ms: number;
  reserved_steady_ms: number;
  expires_steady_ms: number;
  dispatched: number;
  ended_ms: number | null;
  holds: string;
  /** NULL: `library`. */
  source: string | null;
  requested_model: string | null;
  external_id: string | null;
  checksum: number;
}

/** The numbers are stored: never change or reuse one. */
export const STATES = { open: 0, lapsed: 1, released: 2 } as const;
const STATE_NAMES = ["open", "lapsed", "released"] as const;

const COLUMNS: readonly (keyof ReservationRow)[] = [
  "state",
  "request_id",
  "attempt",
  "provider",
  "model",
  "scope",
  "nano_usd",
  "input_tokens",
  "output_tokens",
  "reserved_ms",
  "expires_ms",
  "reserved_steady_ms",
  "expires_steady_ms",
  "dispatched",
  "ended_ms",
  "holds",
  "source",
  "requested_model",
  "external_id",
  "checksum",
];

/** What ending a reservation needs to know of it. */
export type EndingRow = Pick<
  ReservationRow,
  "state" | "request_id" | "attempt" | "nano_usd" | "input_tokens" | "output_tokens" | "reserved_steady_ms" | "holds"
>;

const ENDING_COLUMNS: readonly (keyof EndingRow)[] = [
  "state",
  "request_id",
  "attempt",
  "nano_usd",
  "input_tokens",
  "output_tokens",
  "reserved_steady_ms",
  "holds",
];

const SELECT = `SELECT ${COLUMNS.join(", ")} FROM reservations`;

const FIND = `${SELECT} WHERE state IN (0, 1, 2) AND request_id = ? AND attempt = ?`;
const FIND_ENDING = FIND.replace(COLUMNS.join(", "), ENDING_COLUMNS.join(", "));
const TRACKED = `${SELECT} WHERE state = 0 AND external_id = ?`;
const PUT = `INSERT OR REPLACE INTO reservations (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`;
const REMOVE = "DELETE FROM reservations WHERE state = ? AND request_id = ? AND attempt = ?";

/** A steady clock that shows less than when the reservation was made has started anew with the machine: then the wall clock decides. */
const IS_EXPIRED = "(expires_steady_ms <= ? OR (reserved_steady_ms > ? AND expires_ms <= ?))";

export class Reservations {
  readonly #statements: Statements;

  constructor(connection: Connection) {
    this.#statements = new Statements(connection);
  }

  find(requestId: string, attempt: number): ReservationRow | undefined {
    return this.#statements.of(FIND).get(requestId, attempt) as ReservationRow | undefined;
  }

  /** What ending it needs: each column that is read costs its name anew. */
  findEnding(requestId: string, attempt: number): EndingRow | undefined {
    return this.#statements.of(FIND_ENDING).get(requestId, attempt) as EndingRow | undefined;
  }

  tracked(externalId: string): ReservationRow | undefined {
    return this.#statements.of(TRACKED).get(externalId) as ReservationRow | undefined;
  }

  /** Written out, in the order of the columns: a loop over their names costs several times as much. */
  put(row: ReservationRow): void {
    this.#statements
      .of(PUT)
      .run(
        row.state,
        row.request_id,
        row.attempt,
        row.provider,
        row.model,
        row.scope,
        row.nano_usd,
        row.input_tokens,
        row.output_tokens,
        row.reserved_ms,
        row.expires_ms,
        row.reserved_steady_ms,
        row.expires_steady_ms,
        row.dispatched,
        row.ended_ms,
        row.holds,
        row.source,
        row.requested_model,
        row.external_id,
        reservationChecksum(row),
      );
  }

  remove({ state, request_id: requestId, attempt }: EndingRow): void {
    this.#statements.of(REMOVE).run(state, requestId, attempt);
  }

  /** @param ended without a record */
  end(row: ReservationRow, ended: "lapsed" | "released", nowMs: number): void {
    this.remove(row);
    this.put({ ...row, state: STATES[ended], ended_ms: nowMs, holds: "[]" });
  }

  open(): ReservationRow[] {
    return this.#statements.of(`${SELECT} WHERE state = 0 ORDER BY reserved_ms, request_id, attempt`).all() as unknown as ReservationRow[];
  }

  all(): ReservationRow[] {
    return this.#statements.of(SELECT).all() as unknown as ReservationRow[];
  }

  expired(limit: number, at: Moment): ReservationRow[] {
    return this.#statements
      .of(`${SELECT} WHERE state = 0 AND ${IS_EXPIRED} ORDER BY expires_steady_ms, request_id, attempt LIMIT ?`)
      .all(at.steadyMs, at.steadyMs, at.wallMs, limit) as unknown as ReservationRow[];
  }

  /** Forgets those that ended before an instant. */
  forgetEndedBefore(beforeMs: number): void {
    this.#statements.of("DELETE FROM reservations WHERE state IN (1, 2) AND ended_ms < ?").run(beforeMs);
  }
}

export function isExpired(row: ReservationRow, at: Moment): boolean {
  return row.expires_steady_ms <= at.steadyMs || (row.reserved_steady_ms > at.steadyMs && row.expires_ms <= at.wallMs);
}

export function reservationChecksum(row: ReservationRow): number {
  let hash = mix(mix(0, row.state), row.attempt);
  for (const figure of [row.nano_usd, row.input_tokens, row.output_tokens, row.reserved_ms, row.expires_ms]) hash = mix(hash, figure);
  for (const figure of [row.reserved_steady_ms, row.expires_steady_ms, row.dispatched, row.ended_ms]) hash = mix(hash, figure);
  for (const text of [row.request_id, row.provider, row.model, row.scope, row.holds]) hash = mixText(hash, text);
  // Rows that were written before there were these have none of them, and keep their checksums.
  if (row.source === null && row.requested_model === null && row.external_id === null) return hash;
  for (const text of [row.source, row.requested_model, row.external_id]) hash = mixText(hash, text);
  return hash;
}

export function holdsIn(row: Pick<ReservationRow, "holds">): Hold[] {
  return JSON.parse(row.holds) as Hold[];
}

/** What a reservation's row holds in each counter. */
export function amountsIn(row: EndingRow): MoneyAndTokens {
  return { nanoUsd: BigInt(row.nano_usd), tokens: BigInt(row.input_tokens) + BigInt(row.output_tokens) };
}

function scopeIn(row: ReservationRow): ReservationScope {
  return JSON.parse(row.scope) as ReservationScope;
}

/** Equal scopes are equal texts. */
export function scopeText(scope: ReservationScope): string {
  return JSON.stringify(orderedScope(scope));
}

export function reservationOf(row: ReservationRow): StoredReservation {
  const reservation: StoredReservation = {
    state: STATE_NAMES[row.state] as StoredReservation["state"],
    requestId: row.request_id,
    attempt: row.attempt,
    provider: row.provider,
    model: row.model,
    scope: scopeIn(row),
    estimate: { nanoUsd: BigInt(row.nano_usd), inputTokens: row.input_tokens, outputTokens: row.output_tokens },
    dispatched: row.dispatched === 1,
    source: row.source ?? LIBRARY,
    reservedMs: row.reserved_ms,
    expiresMs: row.expires_ms,
  };
  // Not spread into the literal: what stands beside a spread is defined property by property, at ten times the cost.
  if (row.requested_model !== null) reservation.requestedModel = row.requested_model;
  if (row.external_id !== null) reservation.externalId = row.external_id;
  return reservation;
}

/** A new reservation's row, before it is known which counters hold it. */
export function openRow(
  { requestId, attempt, provider, model, requestedModel, scope, estimate, source, ttlMs, dispatched }: ReserveRequest,
  at: Moment,
): ReservationRow {
  return {
    state: STATES.open,
    request_id: requestId,
    attempt,
    provider,
    model,
    scope: scopeText(scope),
    nano_usd: Number(estimate.nanoUsd),
    input_tokens: estimate.inputTokens,
    output_tokens: estimate.outputTokens,
    reserved_ms: at.wallMs,
    expires_ms: at.wallMs + ttlMs,
    reserved_steady_ms: at.steadyMs,
    expires_steady_ms: at.steadyMs + ttlMs,
    dispatched: dispatched ? 1 : 0,
    ended_ms: null,
    holds: "[]",
    source: source === LIBRARY ? null : source,
    requested_model: requestedModel ?? null,
    external_id: null,
    checksum: 0,
  };
}
