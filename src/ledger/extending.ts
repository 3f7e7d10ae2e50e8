/** Making a reservation's hold another one: for answers that grow, calls that last, and names that others know them by. */
import { checkKeys } from "../budget/index.ts";
import { AlreadySettled, InvalidInput, quoteValue } from "../errors.ts";
import type { BudgetDesk } from "./budget-desk.ts";
import { textOf } from "./call-amounts.ts";
import type { CallEstimate } from "./ledger.ts";
import { endedSome, estimateOf, refusalOf, refuseUnpriced, remainingIn, timeToLiveOf } from "./reserving.ts";
import type { ExtendRequest, StoredReservation } from "./store.ts";

export interface Extended {
  reservation: StoredReservation;
  remainingNanoUsd: bigint | undefined;
}

/** @throws BudgetExceeded where the new whole does not fit; AlreadySettled where nothing is held any more */
export async function extend(
  desk: BudgetDesk,
  known: StoredReservation,
  change: { estimate?: CallEstimate; ttlMs?: number },
): Promise<Extended> {
  const request = await requestOf(desk, known, change);
  let outcome = await desk.store.extend(request);
  if (outcome.kind === "refused" && (await endedSome(desk))) outcome = await desk.store.extend(request);
  if (outcome.kind === "refused") throw refusalOf(outcome);
  if (outcome.kind === "ended") throw hasEnded(known, "it holds nothing that could be changed");
  const { reservation, states } = outcome;
  return { reservation, remainingNanoUsd: remainingIn(states, desk.clock.now()) };
}

/** @throws AlreadySettled where it has ended; InvalidInput where another open reservation has the name */
export async function track(desk: BudgetDesk, known: StoredReservation, externalId: string): Promise<void> {
  const outcome = await desk.store.track(known.requestId, known.attempt, textOf(externalId, "externalId"), known.scope);
  if (outcome === "ended") throw hasEnded(known, "it can't be found under another name");
  if (outcome === "taken")
    throw new InvalidInput(`externalId: ${quoteValue(externalId)} is the name of another open reservation; each has its own.`);
}

function hasEnded({ requestId }: StoredReservation, what: string): AlreadySettled {
  return new AlreadySettled(`The reservation of request_id ${quoteValue(requestId)} has ended; ${what}.`);
}

async function requestOf(
  desk: BudgetDesk,
  known: StoredReservation,
  change: { estimate?: CallEstimate; ttlMs?: number },
): Promise<ExtendRequest> {
  checkKeys(change, ["estimate", "ttlMs"], "change");
  const { requestId, attempt } = known;
  const request: ExtendRequest = { requestId, attempt };
  if (change.ttlMs !== undefined) request.ttlMs = timeToLiveOf(change.ttlMs);
  if (change.estimate === undefined) {
    if (request.ttlMs === undefined) throw new InvalidInput("There is nothing to change; give estimate, ttlMs, or both.");
    return request;
  }
  const pricer = await desk.pricer();
  const priced = { ...known.scope, provider: known.provider, model: known.model, source: known.source, timestampMs: desk.clock.now() };
  const { amounts, isUnpriced } = estimateOf(change.estimate, (tokens) => pricer.cost({ ...priced, tokens }));
  if (isUnpriced) await refuseUnpriced(desk, known, pricer.canonicalModel);
  return { ...request, estimate: amounts };
}
