/** Ending a reservation: with the record of its call, or without one. */
import { AlreadySettled, InvalidInput, quoteValue } from "../errors.ts";
import type { BudgetDesk } from "./budget-desk.ts";
import type { ActualUsage, SettledCall } from "./ledger.ts";
import type { StoredRecord } from "./query.ts";
import { EXPIRED } from "./schema/reservation-content.ts";
import { type ReservedCall, settledEntry } from "./settled-record.ts";
import type { CanonicalModel, Entry, Resolve, SettleOutcome, StoredReservation, StoreSettleOptions } from "./store.ts";

/** A call by its id; without an attempt, the one that is reserved. */
export interface CallName {
  requestId: string;
  attempt?: number;
}

/** @throws AlreadySettled where the reservation has ended, InvalidInput where nobody knows it */
export async function settle(
  desk: BudgetDesk,
  name: CallName,
  actual: ActualUsage | undefined,
  { known, ...options }: { known?: StoredReservation } & StoreSettleOptions = {},
): Promise<SettledCall> {
  const call = known ?? (await reservedCall(desk, name));
  const pricer = await desk.pricer();
  const entry = settledEntry(call, actual, pricer);
  let outcome = await desk.store.settle(entry, pricer.canonicalModel, options);
  if (outcome === "unknown" && known) outcome = await recordForgotten(desk, entry, pricer.canonicalModel);
  const which = describe(call);
  switch (outcome) {
    case "already_settled":
      throw new AlreadySettled(`${which} is settled already; a call is settled once.`);
    case "released":
      throw new AlreadySettled(`${which} was released; what is released can't be settled.`);
    case "unknown":
      throw new InvalidInput(`${which} is not reserved in this book.`);
    default: {
      desk.recorded();
      const { record, computedCostNanoUsd } = entry;
      return { costNanoUsd: record.reportedCostNanoUsd ?? computedCostNanoUsd ?? undefined, model: record.model };
    }
  }
}

/** A crash may take a reservation that had not left the program yet from a book: its call was made all the same. */
async function recordForgotten(desk: BudgetDesk, entry: Entry, canonicalModel: CanonicalModel): Promise<SettleOutcome> {
  const resolve: Resolve = () => ({ kind: "duplicate" });
  const [outcome] = await desk.store.write({ entries: [entry], files: [], resolve, canonicalModel });
  return outcome === "new" ? "late" : "already_settled";
}

/** Answers whether it had not ended. */
export async function release(desk: BudgetDesk, name: CallName): Promise<boolean> {
  const attempt = name.attempt ?? (await openAttempt(desk, name.requestId)) ?? 1;
  return desk.store.release(name.requestId, attempt);
}

async function reservedCall(desk: BudgetDesk, { requestId, attempt }: CallName): Promise<ReservedCall> {
  const reserved = attempt ?? (await openAttempt(desk, requestId)) ?? 1;
  const reservation = await desk.store.reservation(requestId, reserved);
  if (reservation) return reservation;
  const record = await recordOf(desk, requestId, reserved);
  if (!record) throw new InvalidInput(`${describe({ requestId, attempt: reserved })} is not reserved in this book.`);
  if (record.status !== EXPIRED)
    throw new AlreadySettled(`${describe({ requestId, attempt: reserved })} is settled already; a call is settled once.`);
  return chargedCall(record, requestId, reserved);
}

/** Programs that know a call by its id alone seldom make a second attempt. */
async function openAttempt(desk: BudgetDesk, requestId: string): Promise<number | undefined> {
  if ((await desk.store.reservation(requestId, 1))?.state === "open") return 1;
  return (await desk.store.reservations()).findLast((reservation) => reservation.requestId === requestId)?.attempt;
}

async function recordOf(desk: BudgetDesk, requestId: string, attempt: number): Promise<StoredRecord | undefined> {
  for await (const page of desk.store.records({ requestId })) {
    const found = page.find((record) => (record.attempt ?? 1) === attempt && record.replay === undefined);
    if (found) return found;
  }
  return undefined;
}

/** The call that an expired reservation's record was written for. */
function chargedCall(record: StoredRecord, requestId: string, attempt: number): ReservedCall {
  const { provider, model, requestedModel, source, org, team, user, project, key, orgId, teamId, userId, projectId, sessionId, tags } =
    record;
  const scope = { org, team, user, project, key, orgId, teamId, userId, projectId, sessionId, tags };
  return {
    requestId,
    attempt,
    provider,
    model,
    ...(requestedModel === undefined ? {} : { requestedModel }),
    source,
    scope: Object.fromEntries(Object.entries(scope).filter(([, value]) => value !== undefined)),
    estimate: {
      nanoUsd: BigInt(record.reportedCostNanoUsd ?? 0),
      inputTokens: record.tokens.input ?? 0,
      outputTokens: record.tokens.output ?? 0,
    },
    reservedMs: record.timestampMs,
  };
}

function describe({ requestId, attempt }: { requestId: string; attempt: number }): string {
  return `request_id ${quoteValue(requestId)}${attempt === 1 ? "" : ` (attempt ${attempt})`}`;
}
