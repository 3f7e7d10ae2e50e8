/** What happened, as JSON: the same for the log, which adds its time and level, and for who listens. A list of fields, so that nothing else leaves. */
import { formatUsd } from "../../money.ts";
import { presentFields } from "../../usage/index.ts";
import type { AlertEvent, CallEvent, ChangeEvent, NoteEvent, RefusalEvent } from "./happenings.ts";

export type EventDocument = Readonly<Record<string, string | number | boolean | null | undefined>>;

export function callDocument(event: CallEvent): EventDocument {
  const { owner, model, requestedModel } = event;
  return presentFields({
    request_id: event.requestId,
    attempt: event.attempt,
    provider: event.provider,
    model,
    requested_model: requestedModel === model ? undefined : requestedModel,
    operation: event.operation,
    status: event.status,
    org: owner.org,
    team: owner.team,
    user: owner.user,
    project: owner.project,
    key_id: event.keyId,
    stream: event.isStream,
    input_tokens: event.inputTokens,
    output_tokens: event.outputTokens,
    cache_read_tokens: event.cacheReadTokens,
    cache_creation_tokens: event.cacheWriteTokens,
    reasoning_tokens: event.reasoningTokens,
    cost_usd: event.costNanoUsd === undefined ? null : formatUsd(event.costNanoUsd),
    usage_source: event.usageSource,
    latency_ms: event.latencyMs,
    first_byte_ms: event.firstByteMs,
  });
}

export function refusalDocument({ requestId, status, reason, owner, keyId }: RefusalEvent): EventDocument {
  return presentFields({
    request_id: requestId,
    status,
    reason,
    org: owner?.org,
    team: owner?.team,
    user: owner?.user,
    project: owner?.project,
    key_id: keyId,
  });
}

export function noteDocument({ level, kind, message, requestId, provider }: NoteEvent): EventDocument {
  return presentFields({ level, kind, message, request_id: requestId, provider });
}

export function changeDocument(event: ChangeEvent): EventDocument {
  const { action, name, actor } = event;
  return presentFields({ action, name, key_id: event.what === "key" ? event.key.id : undefined, actor });
}

export function alertDocument({ id, budget, value, kind, threshold, spentNanoUsd, triggeredMs }: AlertEvent): EventDocument {
  return {
    id,
    budget,
    value,
    kind,
    threshold,
    spent_usd: formatUsd(spentNanoUsd),
    triggered_at: new Date(triggeredMs).toISOString(),
  };
}
