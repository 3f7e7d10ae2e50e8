/** A reservation as a row of the table, and back. */
import { LIBRARY, orderedScope } from "../../schema/reservation-content.ts";
import type { ReservationScope, ReserveRequest, StoredReservation } from "../../store.ts";
import type { Row } from "./driver.ts";
import { type IdentityKey, keyOf } from "./identities.ts";
import { givenText } from "./transaction.ts";

/** Under which a reservation is stored: the same as its record's. */
export function reservationKey(requestId: string, attempt: number): IdentityKey {
  return keyOf({ kind: "request", namespace: "", text: requestId, attempt });
}

/** What a call is, as it is stored: JSON with the fields in one order, the tokens last, where the database replaces them. */
interface StoredCall {
  requestId: string;
  provider: string;
  model: string;
  /** Absent: the library's. */
  source?: string;
  requestedModel?: string;
  scope: ReservationScope;
  inputTokens: number;
  outputTokens: number;
}

type Content = Pick<ReserveRequest, "requestId" | "provider" | "model" | "requestedModel" | "source" | "scope" | "estimate">;

export function callText({ requestId, provider, model, requestedModel, source, scope, estimate }: Content): string {
  const call: StoredCall = {
    requestId,
    provider,
    model,
    ...(source === LIBRARY ? {} : { source }),
    ...(requestedModel === undefined ? {} : { requestedModel }),
    scope: orderedScope(scope),
    inputTokens: estimate.inputTokens,
    outputTokens: estimate.outputTokens,
  };
  return JSON.stringify(call);
}

export const RESERVATION_COLUMNS = "state, call, nano_usd, dispatched, attempt, reserved_ms, expires_ms, external_id";

/** @param row with the columns of {@link RESERVATION_COLUMNS} */
export function reservationOf(row: Row): StoredReservation {
  const { inputTokens, outputTokens, source = LIBRARY, ...call } = JSON.parse(String(row.call)) as StoredCall;
  return {
    state: row.state as StoredReservation["state"],
    ...call,
    source,
    attempt: Number(row.attempt),
    estimate: { nanoUsd: BigInt(row.nano_usd as number | bigint), inputTokens, outputTokens },
    dispatched: row.dispatched === true,
    reservedMs: Number(row.reserved_ms),
    expiresMs: Number(row.expires_ms),
    ...(row.external_id == null ? {} : { externalId: givenText(String(row.external_id)) }),
  };
}

/** The reservation that a function of the database tells of. */
export function foundReservation(row: Row, attempt: number): StoredReservation {
  return reservationOf({
    state: "open",
    attempt,
    call: row.found_call as string,
    nano_usd: row.found_nano_usd as bigint,
    dispatched: row.found_dispatched as boolean,
    reserved_ms: row.found_reserved_ms as number,
    expires_ms: row.found_expires_ms as number,
    external_id: row.found_external_id as string | null,
  });
}
