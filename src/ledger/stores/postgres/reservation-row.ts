/** A reservation as a row of the table, and back. */
import { orderedScope } from "../../schema/reservation-content.ts";
import type { ReservationScope, ReserveRequest, StoredReservation } from "../../store.ts";
import type { Row } from "./driver.ts";
import { type IdentityKey, keyOf } from "./identities.ts";

/** Under which a reservation is stored: the same as its record's. */
export function reservationKey(requestId: string, attempt: number): IdentityKey {
  return keyOf({ kind: "request", namespace: "", text: requestId, attempt });
}

/** What a call is, as it is stored: JSON with the fields in one order. */
interface StoredCall {
  requestId: string;
  provider: string;
  model: string;
  scope: ReservationScope;
  inputTokens: number;
  outputTokens: number;
}

type Content = Pick<ReserveRequest, "requestId" | "provider" | "model" | "scope" | "estimate">;

export function callText({ requestId, provider, model, scope, estimate: { inputTokens, outputTokens } }: Content): string {
  return JSON.stringify({ requestId, provider, model, scope: orderedScope(scope), inputTokens, outputTokens } satisfies StoredCall);
}

export const RESERVATION_COLUMNS = "state, call, nano_usd, dispatched, attempt, reserved_ms, expires_ms";

/** @param row with the columns of {@link RESERVATION_COLUMNS} */
export function reservationOf(row: Row): StoredReservation {
  const { requestId, provider, model, scope, inputTokens, outputTokens } = JSON.parse(String(row.call)) as StoredCall;
  return {
    state: row.state as StoredReservation["state"],
    requestId,
    attempt: Number(row.attempt),
    provider,
    model,
    scope,
    estimate: { nanoUsd: BigInt(row.nano_usd as number | bigint), inputTokens, outputTokens },
    dispatched: row.dispatched === true,
    reservedMs: Number(row.reserved_ms),
    expiresMs: Number(row.expires_ms),
  };
}
