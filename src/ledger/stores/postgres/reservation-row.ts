/** A reservation as a row of the table, and back. */
import type { ReservationScope, ReserveRequest, StoredReservation } from "../../store.ts";
import type { Row } from "./driver.ts";
import { type IdentityKey, keyOf } from "./identities.ts";

/** Under which a reservation is stored: the same as its record's. */
export function reservationKey(requestId: string, attempt: number): IdentityKey {
  return keyOf({ kind: "request", namespace: "", text: requestId, attempt });
}

const SCOPE_FIELDS = [
  "org",
  "team",
  "user",
  "project",
  "key",
  "orgId",
  "teamId",
  "userId",
  "projectId",
  "sessionId",
  "tags",
] as const satisfies readonly (keyof ReservationScope)[];

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

function orderedScope(scope: ReservationScope): ReservationScope {
  const told = SCOPE_FIELDS.filter((field) => scope[field] !== undefined && !(field === "tags" && scope.tags?.length === 0));
  return Object.fromEntries(told.map((field) => [field, scope[field]]));
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

/** The first field in which a request differs from what is reserved under its id, by its name in the library; undefined: none does. */
export function differingReservationField(stored: StoredReservation, request: Content): string | undefined {
  if (stored.provider !== request.provider) return "provider";
  if (stored.model !== request.model) return "model";
  if (JSON.stringify(orderedScope(stored.scope)) !== JSON.stringify(orderedScope(request.scope))) return "scope";
  const [before, after] = [stored.estimate, request.estimate];
  const isSame = before.nanoUsd === after.nanoUsd && before.inputTokens === after.inputTokens && before.outputTokens === after.outputTokens;
  return isSame ? undefined : "estimate";
}
