/** What calls under way hold, as a document. */
import type { OpenReservation } from "../ledger/index.ts";
import { formatUsd } from "../money.ts";
import { instantText } from "./instant-text.ts";

export interface ReservationDocument {
  request_id: string;
  attempt: number;
  provider: string;
  model: string;
  org: string | null;
  team: string | null;
  user: string | null;
  project: string | null;
  key: string | null;
  /** Null where the price is not known. */
  reserved_usd: string | null;
  reserved_tokens: number;
  dispatched: boolean;
  since: string;
  expires_at: string;
  budgets: readonly string[];
}

export interface ReservationsDocument {
  schema: "tokenledger.reservations/1";
  generated_at: string;
  reservations: ReservationDocument[];
  /** Of all that are open, also those behind the limit. */
  totals: { open: number; reserved_usd: string; reserved_tokens: number; unpriced: number };
}

/** @param reservations all that are open, oldest first. @param limit at most so many are told one by one */
export function reservationsDocument(
  reservations: readonly OpenReservation[],
  { generatedAtMs, limit }: { generatedAtMs: number; limit: number },
): ReservationsDocument {
  let reservedNanoUsd = 0n;
  let [reservedTokens, unpriced] = [0, 0];
  for (const reservation of reservations) {
    reservedTokens += reservation.reservedTokens;
    if (reservation.reservedNanoUsd === undefined) unpriced++;
    else reservedNanoUsd += reservation.reservedNanoUsd;
  }
  return {
    schema: "tokenledger.reservations/1",
    generated_at: instantText(generatedAtMs),
    reservations: reservations.slice(0, limit).map(reservationDocument),
    totals: { open: reservations.length, reserved_usd: formatUsd(reservedNanoUsd), reserved_tokens: reservedTokens, unpriced },
  };
}

function reservationDocument(reservation: OpenReservation): ReservationDocument {
  const { org = null, team = null, user = null, project = null, key = null } = reservation.scope;
  return {
    request_id: reservation.requestId,
    attempt: reservation.attempt,
    provider: reservation.provider,
    model: reservation.model,
    org,
    team,
    user,
    project,
    key,
    reserved_usd: reservation.reservedNanoUsd === undefined ? null : formatUsd(reservation.reservedNanoUsd),
    reserved_tokens: reservation.reservedTokens,
    dispatched: reservation.dispatched,
    since: instantText(reservation.reservedMs),
    expires_at: instantText(reservation.expiresMs),
    budgets: reservation.budgets,
  };
}
