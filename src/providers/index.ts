/**
 * Wire formats of model providers: what a request may cost, what a reply did use.
 * @module
 */
// Errors and ends of streams, in the formats' own shapes.
export { errorBody, type ProviderShapedError, streamError } from "./errors/error-body.ts";
export { type StreamPlace, streamEnd } from "./errors/stream-end.ts";
// Providers as programs ask them.
export { type HttpProviderOptions, httpProvider } from "./http-provider.ts";
export { defaultBaseUrl, KNOWN_PROVIDERS, type KnownProvider, keyHeader, pathUnder } from "./known-providers.ts";
// Metering: from a request and prices to what is held for it, from a reply to what it was.
export { batchUsage } from "./metering/batch-usage.ts";
export {
  callEstimate,
  type EstimateKind,
  estimatedCost,
  type HeldEstimate,
  outputThatFits,
  priceQueryOf,
} from "./metering/call-estimate.ts";
export type { CallPrices, PriceQuery } from "./metering/call-prices.ts";
export { passesLimit } from "./metering/dishonest-output.ts";
export {
  laterUsage,
  type MeteredCall,
  type MeteredStream,
  type MeteredUsage,
  type StreamEnding,
  streamedUsage,
  unansweredUsage,
  wholeUsage,
} from "./metering/metered-usage.ts";
export { needsUsageEvent, type ReplyKind, replyKind } from "./metering/reply-kind.ts";
export { FORMAT_OF, type Operation, type WireFormat } from "./operation.ts";
export type { PromptCall, PromptMessage, PromptModel, PromptPart, PromptTool } from "./prompts/prompt-call.ts";
export { readPrompt } from "./prompts/read-prompt.ts";
export {
  type CompletionCost,
  type CompletionMessage,
  type CompletionRequest,
  type CompletionResponse,
  type LLMProvider,
  type PricedModel,
  type ProviderPrices,
  ProviderRegistry,
} from "./provider.ts";
export { providerAt } from "./provider-at.ts";
export type { OtherQuantities, Reading, ReplyUsage, Seen, SidePass, StreamMeter } from "./reading.ts";
// Replies.
export { billedPasses } from "./replies/billed-passes.ts";
export { type EventMeter, eventMeter } from "./replies/event-meter.ts";
export { readReply } from "./replies/read-reply.ts";
export type { DearKinds, RequestPlace, RequestPlaces, RequestReading, TokenEstimate } from "./request.ts";
// Requests.
export { type CacheMarks, withCacheMarks } from "./requests/cache-marks.ts";
export { changedBody, type RequestChanges } from "./requests/changed-body.ts";
export { dearestTokens } from "./requests/dearest-tokens.ts";
export type { ModelLimits } from "./requests/model-limits.ts";
export { modelLimits } from "./requests/model-traits.ts";
export { PromptHasher } from "./requests/prompt-hasher.ts";
export { type ReadRequestOptions, readRequest } from "./requests/read-request.ts";
export { hidesReasoning } from "./requests/unseen-reasoning.ts";
export { isRetryableStatus, type RetryDelay, retryAfterMs, retryAfterMsOf, retryDelayMs } from "./retry.ts";
export { hideUsageEvent, type UsageEventFilter } from "./streams/hide-usage-event.ts";
export { type ReplyOptions, type StreamOptions, streamMeter } from "./streams/stream-meter.ts";
