/** The door of `cost` and `explain`: what may be asked, checked with exact sentences. */
import { InvalidInput, quoteValue } from "../errors.ts";
import type { ServiceTerms, TokenCounts } from "../usage/index.ts";
import { SERVICE_WORDS, serviceOf } from "./service-terms.ts";

export interface CostQuery extends ServiceTerms {
  provider: string;
  model: string;
  /** When the call was made: milliseconds, a Date, or RFC 3339. Absent: now. */
  at?: number | Date | string;
  tokens: TokenCounts;
  /** A word for `serviceTier`: `standard`, `batch`, `flex`, `priority`, `fast`. */
  tier?: string;
}

const COUNT_NAMES: ReadonlySet<string> = new Set<keyof TokenCounts>([
  "input",
  "output",
  "cacheRead",
  "cacheWrite5m",
  "cacheWrite1h",
  "reasoning",
  "audioInput",
  "audioOutput",
  "webSearches",
]);

/** Throws InvalidInput unless the query can be priced as it stands. */
export function checkCostQuery(query: CostQuery): void {
  if (typeof query !== "object" || query === null)
    throw new InvalidInput("The cost query must be an object with provider, model and tokens.");
  for (const name of ["provider", "model"] as const) {
    const value: unknown = query[name];
    if (typeof value !== "string" || value.trim() === "" || value.length > 2048) {
      throw new InvalidInput(`${name}: ${quoteValue(value)} is not a name; give a text of 1 to 2048 characters.`);
    }
  }
  checkTokenCounts(query.tokens);
  const { requestInputTokens } = query;
  if (requestInputTokens !== undefined && (!Number.isSafeInteger(requestInputTokens) || requestInputTokens < 0)) {
    throw new InvalidInput(`requestInputTokens: ${quoteValue(requestInputTokens)} is not a count; give a whole number of tokens.`);
  }
  for (const word of [query.tier, query.serviceTier]) {
    if (word !== undefined && (typeof word !== "string" || serviceOf(word) === undefined)) {
      throw new InvalidInput(`tier: ${quoteValue(word)} is not a service level; accepted are ${SERVICE_WORDS.join(", ")}.`);
    }
  }
}

/** Throws InvalidInput unless every count is a non-negative safe integer and no part exceeds its total. */
function checkTokenCounts(tokens: TokenCounts): void {
  if (typeof tokens !== "object" || tokens === null || Array.isArray(tokens)) {
    throw new InvalidInput(`tokens: ${quoteValue(tokens)} is not an object of token counts such as { input: 1000, output: 200 }.`);
  }
  for (const [name, value] of Object.entries(tokens)) {
    if (!COUNT_NAMES.has(name)) throw new InvalidInput(`tokens.${name} is not a token count; accepted are ${[...COUNT_NAMES].join(", ")}.`);
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 0)) {
      throw new InvalidInput(`tokens.${name}: ${quoteValue(value)} is not a count; give a whole number from 0 to 9007199254740991.`);
    }
  }
  const {
    input = 0,
    output = 0,
    cacheRead = 0,
    cacheWrite5m = 0,
    cacheWrite1h = 0,
    audioInput = 0,
    reasoning = 0,
    audioOutput = 0,
  } = tokens;
  if (BigInt(cacheRead) + BigInt(cacheWrite5m) + BigInt(cacheWrite1h) + BigInt(audioInput) > BigInt(input)) {
    throw new InvalidInput(
      `tokens.input: ${input} is less than its cached and audio parts; input counts all prompt tokens, cached ones included.`,
    );
  }
  if (BigInt(reasoning) + BigInt(audioOutput) > BigInt(output)) {
    throw new InvalidInput(`tokens.output: ${output} is less than its reasoning and audio parts; output counts all generated tokens.`);
  }
}

/** The moment of the call in milliseconds. */
export function momentOf(at: CostQuery["at"], nowMs: number): number {
  if (at === undefined) return nowMs;
  const ms = typeof at === "number" ? at : at instanceof Date ? at.getTime() : typeof at === "string" ? parseMoment(at) : Number.NaN;
  if (!Number.isFinite(ms) || ms < 0) {
    throw new InvalidInput(
      `at: ${quoteValue(at)} is not a moment; give milliseconds since 1970, a Date or RFC 3339 such as "2026-05-01T12:00:00Z".`,
    );
  }
  return ms;
}

/**
 * A day (its UTC midnight) or an RFC 3339 moment with its offset, in milliseconds since 1970. Anything else, a time without
 * an offset included, is NaN: it would depend on the machine's zone.
 *
 * @example
 * ```ts
 * import { parseMoment } from "tokenledger";
 * parseMoment("2026-05-01T02:00:00+02:00") === parseMoment("2026-05-01"); // => true
 * ```
 */
export function parseMoment(text: string): number {
  const match = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/i.exec(text.trim());
  if (!match) return Number.NaN;
  const day = new Date(`${match[1]}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== match[1]) return Number.NaN;
  return Date.parse(text.trim());
}
