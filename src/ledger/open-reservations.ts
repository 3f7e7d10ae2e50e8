/** What calls under way hold, for whoever looks at the book. */
import type { BudgetDesk } from "./budget-desk.ts";
import type { CallOwner, OpenReservation } from "./ledger.ts";
import type { HeldReservation, ReservationScope } from "./store.ts";

export async function openReservations({ store, pricer: currentPricer }: BudgetDesk): Promise<OpenReservation[]> {
  const [reservations, { budgets }, pricer] = await Promise.all([store.reservations(), store.budgets(), currentPricer()]);
  const names = new Map(budgets.map(({ id, definition }) => [id, definition.name]));
  const isUnpriced = ({ provider, model, source, reservedMs, estimate }: HeldReservation): boolean => {
    const tokens = { input: estimate.inputTokens, output: estimate.outputTokens };
    // A call without a price holds no money, unless its caller said how much.
    return estimate.nanoUsd === 0n && pricer.cost({ provider, model, source, timestampMs: reservedMs, tokens }) === undefined;
  };
  return reservations.sort(byTime).map((reservation) => {
    const { requestId, attempt, provider, model, scope, estimate, dispatched, reservedMs, expiresMs, budgetIds } = reservation;
    return {
      requestId,
      attempt,
      provider,
      model,
      scope: ownerOf(scope),
      ...(isUnpriced(reservation) ? {} : { reservedNanoUsd: estimate.nanoUsd }),
      reservedTokens: estimate.inputTokens + estimate.outputTokens,
      dispatched,
      reservedMs,
      expiresMs,
      // One that was removed meanwhile holds nothing any more.
      budgets: [...new Set(budgetIds)].flatMap((id) => names.get(id) ?? []).sort(),
    };
  });
}

function byTime(one: HeldReservation, other: HeldReservation): number {
  if (one.reservedMs !== other.reservedMs) return one.reservedMs - other.reservedMs;
  if (one.requestId !== other.requestId) return one.requestId < other.requestId ? -1 : 1;
  return one.attempt - other.attempt;
}

function ownerOf({ org, team, user, project, key, sessionId, tags }: ReservationScope): CallOwner {
  return {
    ...(org !== undefined && { org }),
    ...(team !== undefined && { team }),
    ...(user !== undefined && { user }),
    ...(project !== undefined && { project }),
    ...(key !== undefined && { key }),
    ...(sessionId !== undefined && { session: sessionId }),
    ...(tags !== undefined && { tags }),
  };
}
