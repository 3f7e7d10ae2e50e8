/** What was used in two periods, model by model, looked at once and made whole numbers. */
import { AnalysisInputError, quoteValue } from "../../errors.ts";

/** One model's part of a period. Each token is of one kind: `input` is without the cached ones, `output` without reasoning. */
export interface ModelUsage {
  requests: number;
  tokens: Readonly<Record<string, number>>;
  /** USD per million tokens of a kind, as paid: discounts are in it. */
  pricePerMillion: Readonly<Record<string, number>>;
}

/** By the model's name. */
export type BillPeriod = Readonly<Record<string, ModelUsage>>;

/** By the older model's name, the newer one's that took its place. */
export type Successors = Readonly<Record<string, string>>;

/** Before and after; `undefined` where it can't be known. */
type Pair<T> = readonly [T, T];

/** The tokens of a model in one direction, which have one length and are shared among kinds. */
export interface Direction {
  lengthEffect: "length_in" | "length_out";
  kindEffect: "kind_in" | "kind_out";
  tokens: Pair<bigint>;
  kinds: { tokens: Pair<bigint>; price: Pair<bigint> }[];
}

export interface BilledModel {
  name: string;
  requests: Pair<bigint>;
  directions: Direction[];
}

/** Whole numbers, each so many times what was given: as floats, large amounts that cancel would leave a rest. */
export interface Bill {
  models: BilledModel[];
  /** Of an amount: tokens × price, in USD. */
  scale: bigint;
}

/** All kinds of a direction share its length. */
const INPUT_KINDS = ["input", "cache_read", "cache_write", "cache_write_5m", "cache_write_1h", "audio_input", "image_input"];
const OUTPUT_KINDS = ["output", "reasoning", "audio_output", "image_output"];
const KINDS = new Set([...INPUT_KINDS, ...OUTPUT_KINDS]);
const DIRECTIONS = [
  { lengthEffect: "length_in", kindEffect: "kind_in", names: INPUT_KINDS },
  { lengthEffect: "length_out", kindEffect: "kind_out", names: OUTPUT_KINDS },
] as const;

/** @throws AnalysisInputError for what is no usage, for kinds that have no direction, for tokens without price or request */
export function billOf(before: BillPeriod, after: BillPeriod, successorOf: Successors = {}): Bill {
  const successors = checkedSuccessors(successorOf);
  const periods = [mergedUsage(before, "before", successors), mergedUsage(after, "after", successors)] as const;
  const requestPlaces = new DecimalPlaces();
  const tokenPlaces = new DecimalPlaces();
  const pricePlaces = new DecimalPlaces();
  for (const period of periods)
    for (const { requests, tokens, prices } of period.values()) {
      requestPlaces.see(requests);
      for (const count of tokens.values()) tokenPlaces.see(count);
      for (const price of prices.values()) pricePlaces.see(price);
    }
  const models = [...new Set([...periods[0].keys(), ...periods[1].keys()])].map((name) => {
    const usages = [periods[0].get(name), periods[1].get(name)] as const;
    const tokensOf = (kind: string, period: 0 | 1) => tokenPlaces.whole(usages[period]?.tokens.get(kind) ?? 0);
    const requests = [requestPlaces.whole(usages[0]?.requests ?? 0), requestPlaces.whole(usages[1]?.requests ?? 0)] as const;
    const directions = DIRECTIONS.map(({ lengthEffect, kindEffect, names }) => {
      const kinds = names.flatMap((kind) => {
        // A price that only one period has is taken for the other's: nothing was bought at another.
        const price = [usages[0]?.prices.get(kind), usages[1]?.prices.get(kind)] as const;
        const known = price[0] ?? price[1];
        if (known === undefined) return [];
        return {
          tokens: [tokensOf(kind, 0), tokensOf(kind, 1)] as const,
          price: [pricePlaces.whole(price[0] ?? known), pricePlaces.whole(price[1] ?? known)] as const,
        };
      });
      const total = (period: 0 | 1) => kinds.reduce((sum, { tokens }) => sum + tokens[period], 0n);
      return { lengthEffect, kindEffect, kinds, tokens: [total(0), total(1)] as const };
    });
    return { name, requests, directions };
  });
  return { models, scale: tokenPlaces.scale * pricePlaces.scale * 1_000_000n };
}

/** How many times ten makes all of some numbers whole. A number means the shortest decimal that is it: 0.1 is a tenth. */
class DecimalPlaces {
  private places = 0;

  see(value: number): void {
    if (!Number.isInteger(value)) this.places = Math.max(this.places, decimal(value).places);
  }

  get scale(): bigint {
    return 10n ** BigInt(this.places);
  }

  whole(value: number): bigint {
    if (Number.isInteger(value)) return this.places === 0 ? BigInt(value) : BigInt(value) * this.scale;
    const { digits, places } = decimal(value);
    return digits * 10n ** BigInt(this.places - places);
  }
}

function decimal(value: number): { digits: bigint; places: number } {
  const [mantissa = "0", exponent = "0"] = String(value).split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  return { digits: BigInt(whole + fraction), places: fraction.length - Number(exponent) };
}

interface Usage {
  requests: number;
  tokens: Map<string, number>;
  prices: Map<string, number>;
}

/** A period by model, an older model's usage counted under its successor's name. */
function mergedUsage(period: BillPeriod, what: string, successors: ReadonlyMap<string, string>): Map<string, Usage> {
  if (!isRecord(period))
    throw new AnalysisInputError(
      `${what}: ${quoteValue(period)} is not a period; give { [model]: { requests, tokens, pricePerMillion } }.`,
    );
  const merged = new Map<string, Usage>();
  for (const [model, given] of Object.entries(period)) {
    const usage = checkedUsage(given, () => `${what}[${quoteValue(model)}]`);
    const name = successors.get(model) ?? model;
    const earlier = merged.get(name);
    merged.set(name, earlier === undefined ? usage : together(earlier, usage));
  }
  return merged;
}

/** Two models as one: its price of a kind is what both paid by what both used. */
function together(one: Usage, other: Usage): Usage {
  const tokens = new Map(one.tokens);
  const prices = new Map(one.prices);
  for (const [kind, count] of other.tokens) tokens.set(kind, (tokens.get(kind) ?? 0) + count);
  for (const [kind, price] of other.prices) {
    const [mine, theirs] = [one.tokens.get(kind) ?? 0, other.tokens.get(kind) ?? 0];
    const earlier = one.prices.get(kind);
    if (earlier === undefined || mine === 0) prices.set(kind, price);
    else if (theirs > 0 && price !== earlier) prices.set(kind, (mine * earlier + theirs * price) / (mine + theirs));
  }
  return { requests: one.requests + other.requests, tokens, prices };
}

/** @param where names the model in a message: made only if there is one */
function checkedUsage(usage: ModelUsage, where: () => string): Usage {
  if (!isRecord(usage))
    throw new AnalysisInputError(`${where()}: ${quoteValue(usage)} is not a model's usage; give { requests, tokens, pricePerMillion }.`);
  const requests = checkedAmount(usage.requests, () => `${where()}.requests`);
  const tokens = amountsByKind(usage.tokens, () => `${where()}.tokens`);
  const prices = amountsByKind(usage.pricePerMillion, () => `${where()}.pricePerMillion`);
  for (const [kind, count] of tokens) {
    if (count > 0 && requests === 0)
      throw new AnalysisInputError(`${where()}.requests: 0, but there are ${count} ${kind} tokens; tokens are of requests.`);
    if (count > 0 && !prices.has(kind))
      throw new AnalysisInputError(
        `${where()}.pricePerMillion.${kind}: missing, but there are ${count} tokens; give their price, 0 if free.`,
      );
  }
  return { requests, tokens, prices };
}

function amountsByKind(amounts: Readonly<Record<string, number>>, where: () => string): Map<string, number> {
  if (!isRecord(amounts))
    throw new AnalysisInputError(`${where()}: ${quoteValue(amounts)} is not an object with a number for each kind of token.`);
  const checked = new Map<string, number>();
  for (const [kind, amount] of Object.entries(amounts)) {
    if (amount === undefined) continue;
    if (!KINDS.has(kind))
      throw new AnalysisInputError(`${where()}: ${quoteValue(kind)} is not a kind of token; the kinds are ${[...KINDS].join(", ")}.`);
    checked.set(
      kind,
      checkedAmount(amount, () => `${where()}.${kind}`),
    );
  }
  return checked;
}

function checkedAmount(value: unknown, where: () => string): number {
  if (typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw new AnalysisInputError(`${where()}: ${quoteValue(value)} is not an amount; give a number from 0 to ${Number.MAX_SAFE_INTEGER}.`);
}

/** Each older model's last successor. */
function checkedSuccessors(successorOf: Successors): Map<string, string> {
  if (!isRecord(successorOf))
    throw new AnalysisInputError(`successorOf: ${quoteValue(successorOf)} is not an object of { [older]: newer }.`);
  const direct = new Map(Object.entries(successorOf));
  const last = new Map<string, string>();
  for (const [older, newer] of direct) {
    const seen = new Set([older]);
    let name: unknown = newer;
    while (typeof name === "string" && direct.has(name) && !seen.has(name)) {
      seen.add(name);
      name = direct.get(name);
    }
    if (typeof name !== "string")
      throw new AnalysisInputError(`successorOf[${quoteValue(older)}]: ${quoteValue(name)} is not a model's name; give a text.`);
    if (seen.has(name))
      throw new AnalysisInputError(`successorOf: ${quoteValue(older)} comes after itself; a model has one last successor.`);
    last.set(older, name);
  }
  return last;
}

function isRecord(value: unknown): value is Record<string, never> {
  // A Map would look like an object without any entries: a period in which nothing was used.
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Map || value instanceof Date);
}
