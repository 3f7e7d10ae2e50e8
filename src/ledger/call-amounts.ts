/** What callers say that a call may cost, or has cost: checked before anything is touched. */
import { InvalidInput, quoteValue } from "../errors.ts";
import { parseUsd } from "../money.ts";
import type { TokenCounts } from "../usage/index.ts";
import type { ActualUsage, CallEstimate } from "./ledger.ts";
import { isWellFormed, LONGEST_TEXT } from "./validation.ts";

/** @throws InvalidInput naming the field */
export function countOf(value: unknown, what: string): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new InvalidInput(`${what}: ${quoteValue(value)} is not a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`);
}

/** @throws InvalidInput naming the field */
export function costOf({ costUsd }: CallEstimate, what: string): number | undefined {
  if (costUsd === undefined) return undefined;
  const nanoUsd = parseUsd(costUsd, `${what}.costUsd`);
  if (nanoUsd < 0n || nanoUsd > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new InvalidInput(`${what}.costUsd: ${quoteValue(costUsd)} is not what one call costs; give USD from 0 to 9007199.`);
  }
  return Number(nanoUsd);
}

/** @throws InvalidInput for anything that a record can't have as a name */
export function textOf(value: unknown, what: string): string {
  if (typeof value !== "string" || value === "" || value.length > LONGEST_TEXT) {
    throw new InvalidInput(`${what}: ${quoteValue(value)} is not a text of 1 to ${LONGEST_TEXT} characters.`);
  }
  // What came back from the book would not be what was given.
  if (!isWellFormed(value)) throw new InvalidInput(`${what}: ${quoteValue(value)} holds half of a character.`);
  return value;
}

/** The counts of a call that was made; those of its parts are inside `input` and `output`, as in records. */
export function tokensOf(actual: ActualUsage): TokenCounts {
  const cacheWrite = countOf(actual.cacheWriteTokens, "cacheWriteTokens");
  const cacheWrite1h = countOf(actual.cacheWrite1hTokens, "cacheWrite1hTokens");
  if ((cacheWrite1h ?? 0) > (cacheWrite ?? cacheWrite1h ?? 0)) {
    throw new InvalidInput(`cacheWrite1hTokens: ${cacheWrite1h} is more than the ${cacheWrite} cacheWriteTokens, which include them.`);
  }
  const counts: TokenCounts = {};
  take(counts, "input", actual.inputTokens, "inputTokens");
  take(counts, "output", actual.outputTokens, "outputTokens");
  take(counts, "cacheRead", actual.cacheReadTokens, "cacheReadTokens");
  if (cacheWrite !== undefined) counts.cacheWrite5m = cacheWrite - (cacheWrite1h ?? 0);
  if (cacheWrite1h !== undefined) counts.cacheWrite1h = cacheWrite1h;
  take(counts, "reasoning", actual.reasoningTokens, "reasoningTokens");
  take(counts, "audioInput", actual.audioInputTokens, "audioInputTokens");
  take(counts, "audioOutput", actual.audioOutputTokens, "audioOutputTokens");
  take(counts, "webSearches", actual.webSearches, "webSearches");
  return counts;
}

function take(counts: TokenCounts, kind: keyof TokenCounts, value: unknown, what: string): void {
  const count = countOf(value, what);
  if (count !== undefined) counts[kind] = count;
}
