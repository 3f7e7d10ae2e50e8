/** A call that has ended, as it is told to who observes. */
import type { ActualUsage, CallOwner, LedgerReservation, SettledCall } from "../../../ledger/index.ts";
import type { CallEvent } from "../../observing/happenings.ts";
import type { AdmittedCall } from "../admission/admission.ts";
import type { AttemptTiming } from "../forwarding/attempt-timing.ts";

type TokenFigures = Pick<CallEvent, "inputTokens" | "outputTokens" | "cacheReadTokens" | "cacheWriteTokens" | "reasoningTokens">;

/**
 * @param actual what its record tells; absent fields are charged as they were held
 * @param settled undefined where the book has ended it already: it was charged as it was held
 */
export function settledEvent(
  admitted: AdmittedCall,
  timing: AttemptTiming,
  actual: ActualUsage,
  settled: SettledCall | undefined,
): CallEvent {
  const { estimate } = admitted.hold;
  const event = eventOf(admitted, timing, actual.status ?? "ok", settled?.model ?? actual.model ?? admitted.model);
  Object.assign(event, countsOf(admitted.hold, actual));
  event.costNanoUsd = settled === undefined ? Number(estimate.costNanoUsd) : settled.costNanoUsd;
  event.usageSource = actual.usageSource ?? "reported";
  return event;
}

/** Of work that went on at the provider after its call, which was told as `pending`. */
export function laterEvent(later: {
  hold: LedgerReservation;
  provider: string;
  operation: string;
  owner: CallOwner;
  actual: ActualUsage;
  settled: SettledCall;
}): CallEvent {
  const { hold, actual, settled, owner, provider, operation } = later;
  return {
    requestId: hold.requestId,
    attempt: hold.attempt,
    provider,
    model: settled.model,
    requestedModel: settled.model,
    operation,
    owner,
    keyId: undefined,
    status: actual.status ?? "ok",
    ...countsOf(hold, actual),
    costNanoUsd: settled.costNanoUsd,
    usageSource: actual.usageSource ?? "reported",
    latencyMs: undefined,
    firstByteMs: undefined,
    isStream: false,
  };
}

function countsOf({ estimate }: LedgerReservation, actual: ActualUsage): TokenFigures {
  return {
    inputTokens: actual.inputTokens ?? estimate.inputTokens,
    outputTokens: actual.outputTokens ?? estimate.outputTokens,
    cacheReadTokens: actual.cacheReadTokens ?? 0,
    cacheWriteTokens: actual.cacheWriteTokens ?? 0,
    reasoningTokens: actual.reasoningTokens ?? 0,
  };
}

/** Of an attempt that has no record yet, or never. @param status `unsent`, or `pending` where the work goes on at the provider */
export function unrecordedEvent(admitted: AdmittedCall, timing: AttemptTiming, status: "unsent" | "pending"): CallEvent {
  return eventOf(admitted, timing, status, admitted.model);
}

function eventOf({ call, hold, upstream }: AdmittedCall, timing: AttemptTiming, status: string, model: string): CallEvent {
  return {
    requestId: call.requestId,
    attempt: hold.attempt,
    provider: upstream.name,
    model,
    requestedModel: call.requestedModel,
    operation: call.reading.operation,
    owner: call.scope,
    keyId: call.caller.key?.id,
    status,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    costNanoUsd: undefined,
    usageSource: undefined,
    latencyMs: timing.latencyMs,
    firstByteMs: timing.firstByteMs,
    isStream: call.reading.isStream,
  };
}
