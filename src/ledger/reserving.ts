/** Setting an estimate aside in every budget that counts a call, or in none. */
import { amountAt, breachesOf, checkKeys, isHard, type MoneyAndTokens, refuses, valuesCounted } from "../budget/index.ts";
import { AlreadySettled, type Breach, BudgetExceeded, InvalidInput, quoteValue, UnpricedModel } from "../errors.ts";
import type { BudgetDesk } from "./budget-desk.ts";
import { costOf, countOf, textOf } from "./call-amounts.ts";
import type { BudgetNotice, CallEstimate, CallOwner, Durability, ReserveCall } from "./ledger.ts";
import { callOfReservation } from "./schema/reservation-call.ts";
import { amountsHeld, LIBRARY } from "./schema/reservation-content.ts";
import type { Amounts, BudgetState, ReservationScope, ReserveOutcome, ReserveRequest, StoredReservation } from "./store.ts";
import { sweep } from "./sweeping.ts";

const DEFAULT_TTL_MS = 600_000;
const LONGEST_TTL_MS = 366 * 86_400_000;
/** Expired reservations that are ended before a refusal is final. */
const SWEPT_ON_REFUSAL = 8;

export interface Reserved {
  reservation: StoredReservation;
  notices: readonly BudgetNotice[];
  isNew: boolean;
  remainingNanoUsd: bigint | undefined;
}

/** @param passesRate counts the call against the team's rate, or throws; answers how to take that back */
export async function reserve(desk: BudgetDesk, call: ReserveCall, passesRate: (call: ReserveRequest) => () => void): Promise<Reserved> {
  const request = await requestOf(desk, call);
  const takeBack = passesRate(request);
  let outcome: ReserveOutcome | undefined;
  try {
    outcome = await desk.store.reserve(request);
    if (outcome.kind === "exists" && (await hasLapsed(desk, outcome.reservation, request))) outcome = await desk.store.reserve(request);
    if (outcome.kind === "refused" && (await endedSome(desk))) outcome = await desk.store.reserve(request);
  } finally {
    if (outcome?.kind !== "reserved") takeBack();
  }
  switch (outcome.kind) {
    case "reserved":
    case "exists":
      return {
        reservation: outcome.reservation,
        notices: noticesOf(outcome.states, outcome.reservation),
        isNew: outcome.kind === "reserved",
        remainingNanoUsd: remainingIn(outcome.states, outcome.reservation.reservedMs),
      };
    case "refused":
      throw refusalOf({ ...outcome, provider: request.provider, adding: amountsHeld(request.estimate) });
    case "conflict":
      throw new InvalidInput(`request_id ${quoteValue(request.requestId)} is reserved already with another ${outcome.field}.`);
    case "settled":
      throw new AlreadySettled(`request_id ${quoteValue(request.requestId)} is in the book already; a call is reserved before it is made.`);
  }
}

/** What is found again may be over already: it would hold for nobody. One that has left is charged, and keeps what it holds till then. */
async function hasLapsed(
  desk: BudgetDesk,
  { requestId, attempt, dispatched }: StoredReservation,
  request: ReserveRequest,
): Promise<boolean> {
  return !dispatched && desk.store.expire(requestId, attempt, undefined, request.canonicalModel);
}

export async function endedSome(desk: BudgetDesk): Promise<boolean> {
  const { charged, released } = await sweep(desk, SWEPT_ON_REFUSAL);
  return charged + released > 0;
}

export function refusalOf(refused: {
  states: readonly BudgetState[];
  adding: MoneyAndTokens;
  provider: string;
  nowMs: number;
}): BudgetExceeded {
  const { states, adding, nowMs } = refused;
  const breaches = states.flatMap((state) => breachesOf(state.budget.definition, state.value, state, adding, refused, nowMs));
  return new BudgetExceeded(breaches as [Breach, ...Breach[]]);
}

/** The least that is left, in budgets of money that hold the call already; those in shadow limit nobody. */
export function remainingIn(states: readonly BudgetState[], atMs: number): bigint | undefined {
  let least: bigint | undefined;
  for (const { budget, usedNanoUsd, reservedNanoUsd } of states) {
    const amount = amountAt(budget.definition, atMs);
    if (amount === undefined || budget.definition.shadow) continue;
    const left = amount - usedNanoUsd - reservedNanoUsd;
    if (least === undefined || left < least) least = left;
  }
  return least;
}

/** What budgets that let every call pass have to say of this one, which they hold already. */
function noticesOf(states: readonly BudgetState[], { estimate, provider, reservedMs }: StoredReservation): BudgetNotice[] {
  const adding = amountsHeld(estimate);
  return states.flatMap((state) => {
    const { definition } = state.budget;
    // What it does not admit it refuses: there is nothing that it could only tell of.
    if (refuses(definition, { provider })) return [];
    const before = {
      ...state,
      reservedNanoUsd: state.reservedNanoUsd - adding.nanoUsd,
      reservedTokens: state.reservedTokens - adding.tokens,
    };
    return breachesOf(definition, state.value, before, adding, { provider }, reservedMs).flatMap((breach): BudgetNotice[] => {
      if (breach.refuses) return [];
      const reason = definition.shadow ? "shadow" : "notify_only";
      const { message } = new BudgetExceeded([{ ...breach, refuses: true }]);
      return [{ budget: definition.name, enforcement: definition.enforcement, reason, message }];
    });
  });
}

const CALL = [
  "requestId",
  "attempt",
  "provider",
  "model",
  "requestedModel",
  "scope",
  "estimate",
  "source",
  "ttlMs",
  "dispatched",
  "durability",
] as const satisfies readonly (keyof ReserveCall)[];

const NOTHING: Amounts = { nanoUsd: 0n, inputTokens: 0, outputTokens: 0 };

async function requestOf(desk: BudgetDesk, call: ReserveCall): Promise<ReserveRequest> {
  if (typeof call !== "object" || call === null)
    throw new InvalidInput("The call is not an object; give requestId, provider, model and estimate.");
  checkKeys(call, CALL, "call");
  const { attempt = 1, ttlMs = DEFAULT_TTL_MS, requestedModel, durability } = call;
  if (!Number.isSafeInteger(attempt) || attempt < 1) throw new InvalidInput(`attempt: ${quoteValue(attempt)} is not a number from 1.`);
  const provider = textOf(call.provider, "provider");
  const model = textOf(call.model, "model");
  const source = sourceOf(call.source);
  const pricer = await desk.pricer();
  const request: ReserveRequest = {
    requestId: textOf(call.requestId, "requestId"),
    attempt,
    provider,
    model,
    scope: scopeOf(call.scope ?? {}),
    ttlMs: timeToLiveOf(ttlMs),
    dispatched: call.dispatched === true,
    source,
    estimate: NOTHING,
    canonicalModel: pricer.canonicalModel,
  };
  // Not spread into it: what stands beside a spread is defined property by property, at ten times the cost.
  if (requestedModel !== undefined) request.requestedModel = textOf(requestedModel, "requestedModel");
  if (durability !== undefined) request.durability = durabilityOf(durability);
  const priceOf = (tokens: { input: number; output: number }): number | undefined =>
    pricer.cost({ provider, model, source, timestampMs: desk.clock.now(), tokens });
  const { amounts, isUnpriced } = estimateOf(call.estimate, priceOf);
  if (isUnpriced) await refuseUnpriced(desk, request, pricer.canonicalModel);
  request.estimate = amounts;
  return request;
}

/** @throws InvalidInput */
export function timeToLiveOf(ttlMs: unknown): number {
  if (typeof ttlMs === "number" && ttlMs > 0 && ttlMs <= LONGEST_TTL_MS) return Math.ceil(ttlMs);
  throw new InvalidInput(`ttlMs: ${quoteValue(ttlMs)} is not a time from 1 ms to 366 days.`);
}

/** Where whoever makes the call chooses its id, so that a request is the same one whichever program names it. */
const SOURCES: readonly string[] = [LIBRARY, "gateway", "api"];

function sourceOf(source: unknown): string {
  if (source === undefined) return LIBRARY;
  if (SOURCES.includes(source as string)) return source as string;
  throw new InvalidInput(`source: ${quoteValue(source)} makes no calls; give ${SOURCES.join(", ")}.`);
}

/** @throws InvalidInput */
export function durabilityOf(durability: unknown): Durability {
  if (durability === "disk" || durability === "commit") return durability;
  throw new InvalidInput(`durability: ${quoteValue(durability)} is not known; give disk or commit.`);
}

const ESTIMATE = ["inputTokens", "outputTokens", "costUsd"] as const satisfies readonly (keyof CallEstimate)[];

export function estimateOf(
  estimate: CallEstimate,
  priceOf: (tokens: { input: number; output: number }) => number | undefined,
): { amounts: Amounts; isUnpriced: boolean } {
  if (typeof estimate !== "object" || estimate === null)
    throw new InvalidInput("estimate is missing; give inputTokens and outputTokens, costUsd, or all three.");
  const input = countOf(estimate.inputTokens, "estimate.inputTokens");
  const output = countOf(estimate.outputTokens, "estimate.outputTokens");
  const given = costOf(estimate, "estimate");
  if (input === undefined && output === undefined && given === undefined) {
    checkKeys(estimate, ESTIMATE, "estimate");
    throw new InvalidInput("estimate: there is nothing in it to set aside; give inputTokens and outputTokens, costUsd, or all three.");
  }
  const tokens = { input: input ?? 0, output: output ?? 0 };
  const costNanoUsd = given ?? priceOf(tokens);
  return {
    amounts: { nanoUsd: BigInt(costNanoUsd ?? 0), inputTokens: tokens.input, outputTokens: tokens.output },
    isUnpriced: costNanoUsd === undefined,
  };
}

const OWNERS = ["org", "team", "user", "project", "key"] as const;

export function scopeOf(owner: CallOwner): ReservationScope {
  if (typeof owner !== "object" || owner === null)
    throw new InvalidInput(`scope: ${quoteValue(owner)} is not an object; give org, team, user, project, key.`);
  // A team with a typing error would be counted by no budget of that team.
  checkKeys(owner, [...OWNERS, "session", "tags"], "scope");
  const scope: ReservationScope = {};
  for (const name of OWNERS) {
    const value = owner[name];
    if (value !== undefined) scope[name] = textOf(value, `scope.${name}`);
  }
  if (owner.session !== undefined) scope.sessionId = textOf(owner.session, "scope.session");
  if (owner.tags !== undefined) {
    if (!Array.isArray(owner.tags)) throw new InvalidInput(`scope.tags: ${quoteValue(owner.tags)} is not a list.`);
    const tags = owner.tags.map((tag) => textOf(tag, "scope.tags"));
    if (new Set(tags).size < tags.length || tags.length > 100)
      throw new InvalidInput("scope.tags: at most 100 tags are accepted, each once.");
    if (tags.length > 0) scope.tags = tags;
  }
  return scope;
}

/** Unknown is not zero: where a cap must hold, a call without a price can't pass. */
export async function refuseUnpriced(
  desk: BudgetDesk,
  call: Pick<ReserveRequest, "provider" | "model" | "scope">,
  canonicalModel: ReserveRequest["canonicalModel"],
): Promise<void> {
  const policy = desk.config.unpriced;
  if (policy === "allow") return;
  const scope = callOfReservation({ ...call, canonicalModel }, () => undefined);
  const { budgets } = await desk.store.budgets();
  const blocking = budgets.find(({ definition }) => {
    const mustHold = isHard(definition) && !definition.shadow && definition.amountNanoUsd !== undefined;
    return mustHold && valuesCounted(definition.scope, scope).length > 0;
  });
  if (policy === undefined && !blocking) return;
  const whose = blocking ? `, and budget ${quoteValue(blocking.definition.name)} must know what the call may cost` : "";
  throw new UnpricedModel(
    `No price is known for ${quoteValue(call.model)} of ${quoteValue(call.provider)}${whose}; give estimate.costUsd, or put a price into the book.`,
  );
}
