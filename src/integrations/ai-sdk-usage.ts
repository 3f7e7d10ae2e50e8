/** What an answer that a provider's package has read tells of its call: from the provider's own words, or else from the package's. */
import { type Reading, readReply } from "../providers/index.ts";
import type { TokenCounts } from "../usage/index.ts";

export interface AiAnswer {
  usage?: unknown;
  /** A word, or since version 3 one with the provider's own beside it. */
  finishReason?: unknown;
  providerMetadata?: unknown;
  response?: { id?: string; modelId?: string; body?: unknown } | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** @param provider as the model calls it: what `gateway` sends is in the package's words already, not in a provider's */
export function answerReading(provider: string, { usage, providerMetadata, response, finishReason }: AiAnswer): Reading {
  const { body, id, modelId } = response ?? {};
  const own = isFields(body) && !provider.startsWith("gateway") ? readReply(body) : {};
  if (own.usage !== undefined) return own;
  const told = toldReading(usage, providerMetadata);
  if (own.error !== undefined) told.error = own.error;
  if (isTruncated(finishReason)) told.isTruncated = true;
  const model = modelId ?? own.model;
  if (model !== undefined) told.model = model;
  if (id !== undefined) told.id = id;
  return told;
}

/** The answer has ended at its limit of output. */
export function isTruncated(finishReason: unknown): boolean {
  return (isFields(finishReason) ? finishReason.unified : finishReason) === "length";
}

/** Usage without its reply: as the provider wrote it where the package keeps that, else as the package counts. */
export function toldReading(usage: unknown, providerMetadata: unknown): Reading {
  if (!isFields(usage)) return {};
  for (const raw of rawUsages(usage, providerMetadata)) {
    const reading = readReply({ usage: raw });
    if (reading.usage !== undefined) return { usage: reading.usage };
  }
  const tokens = isFields(usage.inputTokens) || isFields(usage.outputTokens) ? nestedCounts(usage) : flatCounts(usage);
  return tokens === undefined ? {} : { usage: { tokens } };
}

/** Versions 3 and 4 keep it in `raw`; version 2 only where the provider's package tells it among the metadata. */
function rawUsages({ raw }: Fields, providerMetadata: unknown): unknown[] {
  const told = isFields(providerMetadata) ? Object.values(providerMetadata).map((one) => (isFields(one) ? one.usage : undefined)) : [];
  return [raw, ...told].filter((one) => isFields(one) && COUNTS.some((name) => typeof one[name] === "number"));
}

const COUNTS = ["input_tokens", "prompt_tokens", "promptTokenCount"];

/** Versions 3 and 4. */
function nestedCounts({ inputTokens, outputTokens }: Fields): TokenCounts | undefined {
  const input = isFields(inputTokens) ? inputTokens : {};
  const output = isFields(outputTokens) ? outputTokens : {};
  const cacheRead = count(input.cacheRead) ?? 0;
  const cacheWrite = count(input.cacheWrite) ?? 0;
  const whole = count(input.total) ?? sumOf(count(input.noCache), cacheRead, cacheWrite);
  return counts(whole, count(output.total) ?? sumOf(count(output.text), count(output.reasoning)), {
    cacheRead,
    cacheWrite5m: cacheWrite,
    reasoning: count(output.reasoning) ?? 0,
  });
}

/** Version 2, which does not say whether its input counts cached tokens: at least it can't be less than they are. */
function flatCounts({ inputTokens, outputTokens, cachedInputTokens, reasoningTokens }: Fields): TokenCounts | undefined {
  const cacheRead = count(cachedInputTokens) ?? 0;
  const input = count(inputTokens);
  return counts(input === undefined ? undefined : Math.max(input, cacheRead), count(outputTokens), {
    cacheRead,
    cacheWrite5m: 0,
    reasoning: count(reasoningTokens) ?? 0,
  });
}

function counts(
  input: number | undefined,
  output: number | undefined,
  { cacheRead, cacheWrite5m, reasoning }: { cacheRead: number; cacheWrite5m: number; reasoning: number },
): TokenCounts | undefined {
  if (input === undefined && output === undefined) return undefined;
  const tokens: TokenCounts = { input: input ?? 0, output: Math.max(output ?? 0, reasoning) };
  if (cacheRead > 0) tokens.cacheRead = cacheRead;
  if (cacheWrite5m > 0) tokens.cacheWrite5m = cacheWrite5m;
  if (reasoning > 0) tokens.reasoning = reasoning;
  return tokens;
}

/** Undefined where the first is: its parts alone are no whole. */
function sumOf(first: number | undefined, ...others: (number | undefined)[]): number | undefined {
  return first === undefined ? undefined : others.reduce<number>((sum, other) => sum + (other ?? 0), first);
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
