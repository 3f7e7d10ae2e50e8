/** The record of a reserved call: of what the caller says it was, or of what was reserved for it. */
import { checkKeys } from "../budget/index.ts";
import { InvalidInput, quoteValue } from "../errors.ts";
import { nameUuid, type ServiceTerms, type UsageRecord } from "../usage/index.ts";
import { entryOf, type Pricer } from "./appending.ts";
import { costOf, textOf, tokensOf } from "./call-amounts.ts";
import type { ActualUsage } from "./ledger.ts";
import { EXPIRED } from "./schema/reservation-content.ts";
import { namespaceOf } from "./schema.ts";
import type { Entry, StoredReservation } from "./store.ts";
import { refusal } from "./validation.ts";

/** What a record takes over from its reservation. */
export type ReservedCall = Pick<
  StoredReservation,
  "requestId" | "attempt" | "provider" | "model" | "requestedModel" | "scope" | "estimate" | "source" | "reservedMs"
>;

/** @throws InvalidInput where the call can't have been like this */
export function settledEntry(call: ReservedCall, actual: ActualUsage | undefined, pricer: Pricer): Entry {
  if (actual !== undefined && (typeof actual !== "object" || actual === null || Array.isArray(actual))) {
    throw new InvalidInput("What the call used is not an object; give inputTokens, outputTokens, costUsd.");
  }
  if (actual?.status === EXPIRED) {
    throw new InvalidInput(`status: "${EXPIRED}" is the book's own word, for calls that were never settled; give another one.`);
  }
  const record = recordOf(call, actual);
  const entry = entryFor(call, record, pricer);
  const isUnpriced = record.reportedCostNanoUsd === undefined && entry.computedCostNanoUsd === null;
  // Unknown is not zero: what was set aside is the best that is known, and a cap must hold.
  return isUnpriced && call.estimate.nanoUsd > 0n ? entryFor(call, { ...record, ...asReserved(call) }, pricer) : entry;
}

/** The record of a call that left and was never heard of again. */
export function expiredEntry(call: ReservedCall, pricer: Pricer): Entry {
  return entryFor(call, { ...recordOf(call, undefined), status: EXPIRED }, pricer);
}

function entryFor(call: ReservedCall, record: UsageRecord, pricer: Pricer): Entry {
  const reason = refusal(record);
  const entry = reason ?? entryOf(record, recordId(call), namespaceOf(record.source), pricer);
  if (typeof entry === "string") throw new InvalidInput(`The call can't be recorded: ${entry}.`);
  return entry;
}

/** One for each request and attempt, whoever settles it and when. */
function recordId({ requestId, attempt }: ReservedCall): string {
  return nameUuid("reservation", JSON.stringify([requestId, attempt]));
}

/** Of one shape, whatever is told: a record passes through many hands, who are faster with what they know. */
function recordOf(call: ReservedCall, actual: ActualUsage | undefined): UsageRecord {
  const { attempt, model, scope } = call;
  const answered = actual?.model === undefined ? model : textOf(actual.model, "model");
  const requested = call.requestedModel ?? model;
  const { tokens, usageSource, reportedCostNanoUsd } = amountsOf(call, actual);
  const record: { [Field in keyof UsageRecord]-?: UsageRecord[Field] | undefined } = {
    id: undefined,
    timestampMs: call.reservedMs,
    provider: call.provider,
    model: answered,
    requestedModel: answered === requested ? undefined : requested,
    tokens,
    source: call.source,
    requestId: call.requestId,
    attempt: attempt === 1 ? undefined : attempt,
    org: scope.org,
    team: scope.team,
    user: scope.user,
    project: scope.project,
    key: scope.key,
    orgId: scope.orgId,
    teamId: scope.teamId,
    userId: scope.userId,
    projectId: scope.projectId,
    sessionId: scope.sessionId,
    tags: scope.tags,
    serviceTier: actual?.serviceTier,
    speed: actual?.speed,
    inferenceGeo: actual?.inferenceGeo,
    requestInputTokens: actual?.requestInputTokens,
    latencyMs: actual?.latencyMs,
    status: actual?.status,
    metadata: actual?.metadata,
    usageSource,
    reportedCostNanoUsd,
    replay: undefined,
  };
  return record as UsageRecord;
}

const TERMS = ["serviceTier", "speed", "inferenceGeo", "requestInputTokens"] as const satisfies readonly (keyof ServiceTerms)[];

const ACTUAL = [
  "inputTokens",
  "outputTokens",
  "costUsd",
  "cacheReadTokens",
  "cacheWriteTokens",
  "cacheWrite1hTokens",
  "reasoningTokens",
  "audioInputTokens",
  "audioOutputTokens",
  "webSearches",
  "model",
  "usageSource",
  "latencyMs",
  "status",
  "metadata",
  ...TERMS,
] as const satisfies readonly (keyof ActualUsage)[];

/** Where the caller tells neither tokens nor cost: as estimated. */
function amountsOf(
  call: ReservedCall,
  actual: ActualUsage | undefined,
): Pick<UsageRecord, "tokens" | "usageSource" | "reportedCostNanoUsd"> {
  const { estimate } = call;
  const tokens = tokensOf(actual ?? {});
  const costNanoUsd = costOf(actual ?? {}, "actual");
  if (Object.keys(tokens).length > 0 || costNanoUsd !== undefined) {
    return { tokens, usageSource: usageSourceOf(actual), ...(costNanoUsd === undefined ? {} : { reportedCostNanoUsd: costNanoUsd }) };
  }
  // What only looks like nothing would be charged as estimated.
  if (actual !== undefined) checkKeys(actual, ACTUAL, "actual");
  return { tokens: { input: estimate.inputTokens, output: estimate.outputTokens }, ...asReserved(call) };
}

function usageSourceOf({ usageSource = "reported" }: ActualUsage = {}): "reported" | "estimated" {
  if (usageSource === "reported" || usageSource === "estimated") return usageSource;
  throw new InvalidInput(`usageSource: ${quoteValue(usageSource)} is not known; give reported or estimated.`);
}

function asReserved({ estimate }: ReservedCall): Pick<UsageRecord, "usageSource" | "reportedCostNanoUsd"> {
  // Nothing held may mean that nobody knew the price: then it is priced as it would be without an estimate.
  const cost = estimate.nanoUsd === 0n ? {} : { reportedCostNanoUsd: Number(estimate.nanoUsd) };
  return { usageSource: "estimated", ...cost };
}
