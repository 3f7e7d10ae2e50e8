/** A call that has ended, as it is told to who observes. */
import type { ActualUsage, SettledCall } from "../../../ledger/index.ts";
import type { CallEvent } from "../../observing/happenings.ts";
import type { AdmittedCall } from "../admission/admission.ts";
import type { AttemptTiming } from "../forwarding/attempt-timing.ts";

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
  event.inputTokens = actual.inputTokens ?? estimate.inputTokens;
  event.outputTokens = actual.outputTokens ?? estimate.outputTokens;
  event.cacheReadTokens = actual.cacheReadTokens ?? 0;
  event.cacheWriteTokens = actual.cacheWriteTokens ?? 0;
  event.reasoningTokens = actual.reasoningTokens ?? 0;
  event.costNanoUsd = settled === undefined ? Number(estimate.costNanoUsd) : settled.costNanoUsd;
  event.usageSource = actual.usageSource ?? "reported";
  return event;
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
