/** What a call was, in the words of records: from what its reply said, or else from what was seen of it. */
import { formatUsd } from "../../money.ts";
import { type CallFacts, factsAsMetadata, type ServiceTerms, type TokenCounts } from "../../usage/index.ts";
import type { Reading, ReplyUsage, Seen, SidePass } from "../reading.ts";
import { billedPasses } from "../replies/billed-passes.ts";
import type { RequestReading } from "../request.ts";
import { hidesReasoning } from "../requests/unseen-reasoning.ts";
import { type EstimateKind, estimatedCost } from "./call-estimate.ts";
import type { CallPrices, PriceQuery } from "./call-prices.ts";
import { LONGEST_BYTES_PER_TOKEN, passesLimit } from "./dishonest-output.ts";

/** A model's name in a reply may be anything; what a record can't have as one is left out. */
const PLAIN_MODEL = /^[!-~]{1,200}$/;
const LONGEST_NOTE = 200;
const LIKELY_BYTES_PER_TOKEN = 3;
/** Made by an honest provider while its client was leaving. */
const UNDER_WAY_TOKENS = 1024;

/** What a call was, as books take it: what is absent is not known. */
export interface MeteredUsage extends ServiceTerms {
  inputTokens?: number;
  outputTokens?: number;
  /** Absent: the tokens' price. */
  costUsd?: number | string;
  cacheReadTokens?: number;
  cacheWriteTokens?: number;
  cacheWrite1hTokens?: number;
  reasoningTokens?: number;
  audioInputTokens?: number;
  audioOutputTokens?: number;
  webSearches?: number;
  /** The model that answered, where it is not the one that was asked for. */
  model?: string;
  usageSource?: "reported" | "estimated";
  latencyMs?: number;
  status?: string;
  metadata?: Readonly<Record<string, string>>;
}

/** A call, and what was held for it. */
export interface MeteredCall {
  reading: RequestReading;
  kind: EstimateKind;
  /** With which the hold was computed. */
  priced: PriceQuery;
  /** Up to which the hold may grow. */
  wholeOutputTokens: number;
  prices: CallPrices;
  latencyMs: number;
}

/** How a stream has ended. `cut`: its hold could not grow. `aborted`: the client has left. `failed`: the provider has. */
export type StreamEnding = "complete" | "cut" | "aborted" | "failed";

export interface MeteredStream {
  ending: StreamEnding;
  reading: Reading;
  seen: Seen;
  /** Output tokens that were held for when it ended. */
  heldOutputTokens: number;
}

/** Of a reply that was read whole. */
export function wholeUsage(call: MeteredCall, status: number, reading: Reading, bodyBytes: number): MeteredUsage {
  const isError = status < 200 || status > 299 || reading.error !== undefined;
  if (reading.usage !== undefined && (!isError || isBilled(reading.usage)))
    return reported(call, reading, reading.usage, isError ? "error" : "ok");
  if (isError) return nothing(call, status === 429 ? "rate_limited" : "error", status);
  return unmetered(call, reading, untoldTokens(call, bodyBytes), "unmetered");
}

/** Of a reply that was passed on while it came. */
export function streamedUsage(call: MeteredCall, reply: MeteredStream): MeteredUsage {
  const { ending, reading, seen } = reply;
  const status = ending === "complete" ? "ok" : ending;
  const { usage, error } = reading;
  const isWhole = seen.isComplete || ending === "complete";
  // What an answer's beginning tells of usage is not what its end would have told.
  const isFinal = error === undefined || (usage?.tokens.output ?? 0) * LONGEST_BYTES_PER_TOKEN >= seen.outputBytes;
  if (usage !== undefined && isWhole && isFinal) return reported(call, reading, usage, error === undefined ? status : "error");
  if (error !== undefined && seen.outputBytes === 0) return nothing(call, "error", 200);
  const output = isWhole && error === undefined ? untoldTokens(call, seen.outputBytes) : brokenOffTokens(call, reply);
  return unmetered(call, reading, output, error !== undefined ? "error" : ending === "complete" ? "unmetered" : status);
}

/** Of a call that left and was not answered: it may have been served and billed, so it is charged as estimated. */
export function unansweredUsage(call: Pick<MeteredCall, "latencyMs"> & Partial<Pick<MeteredCall, "reading">>, why: string): MeteredUsage {
  const { latencyMs, reading } = call;
  const metadata = reading?.facts === undefined ? {} : factsAsMetadata(reading.facts);
  metadata.failure = why.slice(0, LONGEST_NOTE);
  return { usageSource: "estimated", status: "failed", latencyMs, metadata };
}

function reported(call: MeteredCall, reading: Reading, usage: ReplyUsage, status: string): MeteredUsage {
  const [own, ...others] = billedPasses(reading);
  const tokens = own?.tokens ?? usage.tokens;
  const costNanoUsd = costOf(call, reading, usage, tokens, others);
  // What nearly every call has first: a literal whose fields stand after spreads is made field by field.
  const actual: MeteredUsage = countsOf(tokens);
  actual.usageSource = "reported";
  actual.latencyMs = call.latencyMs;
  actual.status = status;
  if (costNanoUsd !== undefined) actual.costUsd = formatUsd(costNanoUsd);
  return Object.assign(actual, modelOf(reading), termsOf(call, usage), metadataOf(reading, usage, others, call.reading.facts));
}

/** Of a whole answer that does not tell its usage: what was thought unseen may have been as much as was allowed. */
function untoldTokens(call: MeteredCall, outputBytes: number): number {
  const tokens = seenTokens(call, outputBytes);
  if (!hidesReasoning(call.reading)) return tokens;
  return call.kind === "bound" ? call.wholeOutputTokens : Math.max(tokens, call.reading.output.likely);
}

/** No answer has more tokens than bytes; where nothing must be proved, what such text mostly has is nearer. */
function seenTokens({ kind, wholeOutputTokens, reading }: MeteredCall, outputBytes: number): number {
  if (kind === "bound") return Math.min(outputBytes, wholeOutputTokens);
  return Math.min(likelyTokens(outputBytes), reading.output.bound);
}

function likelyTokens(outputBytes: number): number {
  return Math.ceil(outputBytes / LIKELY_BYTES_PER_TOKEN);
}

/**
 * Providers are ahead of what is seen of them, and bill that too. Where a cap must hold, all that was held is charged where the provider
 * broke off, or thought unseen; and some where the client left, who could else be charged for what nobody made.
 */
function brokenOffTokens(call: MeteredCall, { ending, seen, heldOutputTokens }: MeteredStream): number {
  const { reading, wholeOutputTokens } = call;
  const tokens = seenTokens(call, seen.outputBytes);
  if (call.kind === "likely") return hidesReasoning(reading) ? Math.max(tokens, reading.output.likely) : tokens;
  // A provider that does not honour its limit has made what it has sent.
  if (heldOutputTokens >= wholeOutputTokens && passesLimit(seen, heldOutputTokens)) return seen.outputBytes;
  if (ending === "failed" || hidesReasoning(reading)) return heldOutputTokens;
  // What came at once may be more than was held for: that is told, too.
  if (ending === "cut") return Math.min(wholeOutputTokens, Math.max(heldOutputTokens, likelyTokens(seen.outputBytes)));
  return Math.min(heldOutputTokens, tokens + UNDER_WAY_TOKENS);
}

function unmetered(call: MeteredCall, reading: Reading, outputTokens: number, status: string): MeteredUsage {
  const told = billedPasses(reading)[0]?.tokens;
  const input = told?.input ?? call.reading.input[call.kind];
  const output = Math.max(told?.output ?? 0, outputTokens);
  const tokens: TokenCounts = { ...told, input, output };
  // Nobody knows how much of it was written to a cache, or searched for: where a cap must hold, the dearest that it can be.
  const costNanoUsd =
    told === undefined && call.kind === "bound"
      ? estimatedCost(call.reading, "bound", output, call.prices, call.priced)
      : estimatedFor(call, reading, reading.usage, tokens);
  return {
    ...countsOf(tokens),
    ...termsOf(call, reading.usage),
    ...modelOf(reading),
    ...(costNanoUsd === undefined ? {} : { costUsd: formatUsd(costNanoUsd) }),
    usageSource: "estimated",
    latencyMs: call.latencyMs,
    status,
    ...metadataOf(reading, reading.usage, [], call.reading.facts),
  };
}

function nothing({ latencyMs }: MeteredCall, status: string, httpStatus: number): MeteredUsage {
  return { inputTokens: 0, outputTokens: 0, costUsd: 0, latencyMs, status, metadata: { http_status: String(httpStatus) } };
}

/** Also what is billed by the second, the picture or the search. */
function isBilled({ tokens, reportedCostNanoUsd = 0, other }: ReplyUsage): boolean {
  return (tokens.input ?? 0) + (tokens.output ?? 0) + reportedCostNanoUsd > 0 || other !== undefined;
}

function countsOf(tokens: TokenCounts): MeteredUsage {
  const counts: MeteredUsage = { inputTokens: tokens.input ?? 0, outputTokens: tokens.output ?? 0 };
  const cacheWrite = (tokens.cacheWrite5m ?? 0) + (tokens.cacheWrite1h ?? 0);
  if (tokens.cacheRead !== undefined) counts.cacheReadTokens = tokens.cacheRead;
  if (cacheWrite > 0) counts.cacheWriteTokens = cacheWrite;
  if (tokens.cacheWrite1h !== undefined && cacheWrite > 0) counts.cacheWrite1hTokens = tokens.cacheWrite1h;
  if (tokens.reasoning !== undefined) counts.reasoningTokens = tokens.reasoning;
  if (tokens.audioInput !== undefined) counts.audioInputTokens = tokens.audioInput;
  if (tokens.audioOutput !== undefined) counts.audioOutputTokens = tokens.audioOutput;
  if (tokens.webSearches !== undefined) counts.webSearches = tokens.webSearches;
  return counts;
}

/** As the reply says; a tier that only the request names holds where it is one, and not a wish. */
function termsOf(call: MeteredCall, usage: ReplyUsage | undefined): ServiceTerms {
  const asked = call.reading.serviceTier;
  const serviceTier = usage?.serviceTier ?? (asked === "auto" ? undefined : asked);
  const { speed = call.reading.speed, inferenceGeo = call.reading.inferenceGeo, requestInputTokens } = usage ?? {};
  return {
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(speed === undefined ? {} : { speed }),
    ...(inferenceGeo === undefined ? {} : { inferenceGeo }),
    ...(requestInputTokens === undefined ? {} : { requestInputTokens }),
  };
}

function modelOf({ model }: Reading): MeteredUsage {
  return model !== undefined && PLAIN_MODEL.test(model) ? { model } : {};
}

/** Only where the book would not find it by the tokens alone. */
function costOf(
  call: MeteredCall,
  reading: Reading,
  usage: ReplyUsage,
  tokens: TokenCounts,
  others: readonly SidePass[],
): number | undefined {
  if (usage.reportedCostNanoUsd !== undefined) return usage.reportedCostNanoUsd;
  if (others.length === 0) return estimatedFor(call, reading, usage, tokens);
  return costTogether(call.prices, queryOf(call, reading, usage), tokens, others);
}

/** Each by its own model's prices; undefined where one has none. */
function costTogether(prices: CallPrices, query: PriceQuery, tokens: TokenCounts, others: readonly SidePass[]): number | undefined {
  let sum = prices.cost(query, tokens);
  for (const other of others) {
    const cost = prices.cost({ ...query, model: other.model ?? query.model }, other.tokens);
    sum = sum === undefined || cost === undefined ? undefined : sum + cost;
  }
  return sum;
}

/** A model that nobody knows the price of costs like the dearest of its provider, where that is the policy. */
function estimatedFor(call: MeteredCall, reading: Reading, usage: ReplyUsage | undefined, tokens: TokenCounts): number | undefined {
  if (!call.prices.estimatesUnknown) return undefined;
  const query = queryOf(call, reading, usage);
  return call.prices.isKnown(query) ? undefined : call.prices.cost(query, tokens);
}

function queryOf(call: MeteredCall, reading: Reading, usage: ReplyUsage | undefined): PriceQuery {
  const { provider, atMs } = call.priced;
  const model = modelOf(reading).model ?? call.priced.model;
  return { ...termsOf(call, usage), provider, model, atMs };
}

function metadataOf(
  { id, isTruncated }: Reading,
  usage: ReplyUsage | undefined,
  others: readonly SidePass[],
  facts?: CallFacts,
): Pick<MeteredUsage, "metadata"> {
  const metadata: Record<string, string> = facts === undefined ? {} : factsAsMetadata(facts);
  if (facts !== undefined && isTruncated) metadata.finish = "length";
  if (id !== undefined) metadata.provider_id = id.slice(0, LONGEST_NOTE);
  if (usage?.note !== undefined) metadata.note = usage.note.slice(0, LONGEST_NOTE);
  if (usage?.providerTotalTokens !== undefined) metadata.provider_total_tokens = String(usage.providerTotalTokens);
  const { images, seconds, searchUnits } = usage?.other ?? {};
  if (images !== undefined) metadata.images = String(images);
  if (seconds !== undefined) metadata.seconds = String(seconds);
  if (searchUnits !== undefined) metadata.search_units = String(searchUnits);
  for (const { model = "", tokens } of others) {
    metadata[`also ${model}`.slice(0, LONGEST_NOTE)] = `${tokens.input ?? 0} in, ${tokens.output ?? 0} out`;
  }
  return Object.keys(metadata).length === 0 ? {} : { metadata };
}

/** By which prices work that has ended after its reply is charged, where its tokens alone would not tell. */
export interface LaterPrices {
  prices: CallPrices;
  provider: string;
  /** When the work was asked for. */
  atMs: number;
}

/** Of work that has ended after its reply; undefined where it is over and nothing tells what it has used. */
export function laterUsage(reading: Reading, pricedBy?: LaterPrices): MeteredUsage | undefined {
  const { usage, error } = reading;
  if (usage === undefined) return error === undefined ? undefined : { inputTokens: 0, outputTokens: 0, costUsd: 0, status: "error" };
  const [own, ...others] = billedPasses(reading);
  const { serviceTier } = usage;
  const tokens = own?.tokens ?? usage.tokens;
  const costNanoUsd = usage.reportedCostNanoUsd ?? laterCost(reading, usage, tokens, others, pricedBy);
  return {
    ...countsOf(tokens),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...modelOf(reading),
    ...(costNanoUsd === undefined ? {} : { costUsd: formatUsd(costNanoUsd) }),
    usageSource: "reported",
    status: error === undefined ? "ok" : "error",
    ...metadataOf(reading, usage, others),
  };
}

/** Only where others were billed beside the model that answered: else the book finds it by the tokens. */
function laterCost(
  reading: Reading,
  { serviceTier, speed, inferenceGeo, requestInputTokens }: ReplyUsage,
  tokens: TokenCounts,
  others: readonly SidePass[],
  pricedBy: LaterPrices | undefined,
): number | undefined {
  const { model } = modelOf(reading);
  if (others.length === 0 || pricedBy === undefined || model === undefined) return undefined;
  const query: PriceQuery = {
    provider: pricedBy.provider,
    model,
    atMs: pricedBy.atMs,
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(speed === undefined ? {} : { speed }),
    ...(inferenceGeo === undefined ? {} : { inferenceGeo }),
    ...(requestInputTokens === undefined ? {} : { requestInputTokens }),
  };
  return costTogether(pricedBy.prices, query, tokens, others);
}
