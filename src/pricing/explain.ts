/** The whole way from a query to its cost, in words and numbers. */
import { formatUsd } from "../money.ts";
import { billedQuantities, type Cost, type Unpriced } from "./cost.ts";
import { type CostQuery, checkCostQuery, momentOf } from "./cost-query.ts";
import { type FoundEntry, holdsAt } from "./found-entry.ts";
import { type PriceEntry, TOKEN_KINDS } from "./price-entry.ts";
import { type BilledKind, type CompiledPrice, sheetFor } from "./rate-sheet.ts";
import { canonicalProvider } from "./spelling.ts";
import { derivedRate } from "./vendor-rules.ts";

export interface Explanation {
  provider: string;
  canonicalModel: string;
  entry?: PriceEntry;
  /** One sentence per decision, in order. */
  steps: string[];
  result: Cost | Unpriced;
}

/** What an explanation asks of a book. */
interface PricingBook {
  cost(query: CostQuery): Cost | Unpriced;
  priceAt(query: CostQuery, atMs: number): CompiledPrice | string;
  candidates(provider: string, model: string): FoundEntry[];
  canonicalModel(provider: string, model: string): string;
}

/** What was decided, why, and from which source. */
export function explainCost(book: PricingBook, query: CostQuery, nowMs: number): Explanation {
  checkCostQuery(query);
  const atMs = momentOf(query.at, nowMs);
  const provider = canonicalProvider(query.provider);
  const canonicalModel = book.canonicalModel(query.provider, query.model);
  const result = book.cost({ ...query, at: atMs });
  const steps: string[] = [];
  if (canonicalModel !== query.model || provider !== query.provider) {
    steps.push(`${query.provider}/${query.model} is ${provider}/${canonicalModel}.`);
  }
  const price = book.priceAt(query, atMs);
  const candidates = book.candidates(query.provider, query.model);
  const chosen = candidates.find(({ entry }) => holdsAt(entry, atMs));
  if (chosen) steps.push(...entrySteps(chosen, candidates, atMs, provider));
  if (typeof price !== "string") steps.push(...priceSteps(price, query));
  steps.push(...resultSteps(result));
  return { provider, canonicalModel, ...(chosen && { entry: chosen.entry }), steps, result };
}

function entrySteps(chosen: FoundEntry, candidates: readonly FoundEntry[], atMs: number, provider: string): string[] {
  const { entry, by } = chosen;
  const steps = [`Price of ${entry.provider}/${entry.model} in force on ${day(atMs)}${span(entry)}; ${sourceWords(entry)}.`];
  if (by === "pattern") {
    steps.push(`The pattern ${entry.model} matches; an exact entry of the same layer would go before it, a longer pattern too.`);
  }
  if (by === "vendor") steps.push(`${provider} has no price of its own for this model: the maker's list price is taken.`);
  const others = candidates.filter((each) => each.entry !== entry).length;
  if (others > 0) {
    steps.push(
      `${others} other ${others === 1 ? "entry stands" : "entries stand"} behind it for this model (other dates, hours or layers).`,
    );
  }
  if (entry.note) steps.push(entry.note);
  if (entry.retiredOn) steps.push(`Its maker retires the model on ${entry.retiredOn}; the price stays.`);
  return steps;
}

function priceSteps(price: CompiledPrice, query: CostQuery): string[] {
  const { entry } = price;
  const quantities = billedQuantities(query.tokens);
  const steps: string[] = [];
  const requestInput = query.requestInputTokens ?? quantities.wholeInput;
  const sheet = sheetFor(price, requestInput);
  const tier = price.tiers.find((each) => each.sheet === sheet);
  for (const each of entry.longContext ?? []) {
    const passed = tier !== undefined && tier.thresholdTokens >= each.thresholdTokens;
    const sign = each.inclusive ? "≥" : ">";
    steps.push(
      passed
        ? `Input ${grouped(requestInput)} ${sign} ${grouped(each.thresholdTokens)}: all tokens of the request cost the long-context price.`
        : `Input ${grouped(requestInput)} is not ${sign} ${grouped(each.thresholdTokens)}: no long-context price.`,
    );
  }
  for (const { name, permille } of price.multipliers) steps.push(`${name}: × ${permille / 1000}.`);
  const rates = tier === undefined ? entry.rates : (entry.longContext?.[price.tiers.indexOf(tier)]?.rates ?? entry.rates);
  for (const kind of TOKEN_KINDS) {
    if (quantities[kind] === 0 || rates[kind] !== undefined) continue;
    const rule = derivedRate(entry, rates, kind);
    if (rule && kind !== "reasoning") steps.push(`${kind}: ${rule.because}.`);
  }
  return steps;
}

/** What a line of a cost counts, as people say it. */
const COUNTED = {
  input: "input tokens",
  cacheRead: "tokens read from the cache",
  cacheWrite5m: "tokens written to the cache for 5 minutes",
  cacheWrite1h: "tokens written to the cache for an hour",
  output: "output tokens",
  reasoning: "reasoning tokens",
  audioInput: "audio input tokens",
  audioOutput: "audio output tokens",
  webSearches: "web searches",
} as const satisfies Record<BilledKind, string>;

function resultSteps(result: Cost | Unpriced): string[] {
  if ("unpriced" in result) return [`Unpriced: ${result.reason}.`];
  return [
    ...result.lines.map(({ kind, quantity, unitPriceUsd, exactCostUsd }) => {
      const price = kind === "webSearches" ? `${unitPriceUsd} USD each` : `${perMillion(unitPriceUsd)} USD per million`;
      return `${grouped(quantity)} ${COUNTED[kind]} × ${price} = ${exactCostUsd} USD.`;
    }),
    `Sum, rounded half-up once to a nano-USD: ${formatUsd(result.costNanoUsd)} USD.`,
  ];
}

/** A decimal times a million, exactly: the point moves by six places. */
function perMillion(usd: string): string {
  const [whole = "0", decimals = ""] = usd.split(".");
  const millions = `${whole}${decimals.slice(0, 6).padEnd(6, "0")}`.replace(/^0+(?=\d)/, "");
  return decimals.length > 6 ? `${millions}.${decimals.slice(6)}` : millions;
}

const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

function span({ effectiveFromMs, effectiveToMs, minutesUtc }: PriceEntry): string {
  const parts: string[] = [];
  if (effectiveFromMs !== undefined) parts.push(`from ${day(effectiveFromMs)}`);
  if (effectiveToMs !== undefined) parts.push(`until ${day(effectiveToMs)}`);
  if (minutesUtc) parts.push(`${minutesUtc.map(clockTime).join(" to ")} UTC`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function sourceWords({ sources }: PriceEntry): string {
  const names = sources.map(({ name, date }) => `${name} ${date}`).join(", ");
  return sources.length > 1 ? `sources that agree: ${names}` : `single source: ${names || "not named"}`;
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const clockTime = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
