/** The book: layers of entries, the newest layer first, and one exact cost per call. */
import { type Clock, systemClock } from "../clock.ts";
import { InvalidInput, quoteValue } from "../errors.ts";
import { formatUsd } from "../money.ts";
import { nameUuid, type UsageRecord } from "../usage/index.ts";
import {
  BILLED_KINDS,
  type BilledQuantities,
  billedQuantities,
  type Cost,
  type CostLine,
  exactCost,
  fastCostNanoUsd,
  roundToNanoUsd,
  type Unpriced,
} from "./cost.ts";
import { type CostQuery, checkCostQuery, momentOf } from "./cost-query.ts";
import { type Explanation, explainCost } from "./explain.ts";
import { formatFemtoUsd } from "./femto-usd.ts";
import { type FoundEntry, holdsAt, termsOf } from "./found-entry.ts";
import type { PriceEntry } from "./price-entry.ts";
import { PriceIndex } from "./price-index.ts";
import { type BilledKind, type CompiledPrice, compilePrice, type RateSheet, sheetFor } from "./rate-sheet.ts";
import { canonicalProvider, cleanModelId, closedVendorOf, readingsOf } from "./spelling.ts";

/** A record, as far as its price goes. */
export type PricedCall = Pick<
  UsageRecord,
  "provider" | "model" | "timestampMs" | "tokens" | "serviceTier" | "speed" | "inferenceGeo" | "requestInputTokens"
>;

interface Resolution {
  found: readonly FoundEntry[];
  prices: readonly (CompiledPrice | string)[];
}

/** A layer: entries, and what names them in `priceVersion`. */
export interface PriceLayer {
  providers: readonly string[];
  entriesOf: (provider: string) => readonly PriceEntry[];
  version: string;
}

const RESOLUTIONS_KEPT = 10_000;
/** No model has a longer id, ARNs and paths included; what is longer is not looked up, and not kept. */
const LONGEST_MODEL_ID = 512;

export class PriceBook {
  /** Names the prices in use: kept beside every cost. */
  readonly version: string;
  readonly #layers: readonly PriceLayer[];
  readonly #indexes: readonly PriceIndex[];
  readonly #clock: Clock;
  /** Provider and terms → model → what was found. */
  readonly #groups = new Map<string, Map<string, Resolution>>();
  #resolutionsKept = 0;
  readonly #canonicalIds = new Map<string, string>();
  // Logs come in runs of one provider and one set of terms: comparing four words is cheaper than building a key.
  #lastProvider: string | undefined;
  #lastTier: string | undefined;
  #lastSpeed: string | undefined;
  #lastGeo: string | undefined;
  #lastGroup: Map<string, Resolution> | undefined;

  constructor(layers: readonly PriceLayer[], clock: Clock = systemClock) {
    this.#layers = layers;
    this.#indexes = layers.map((layer) => new PriceIndex(layer.entriesOf));
    this.#clock = clock;
    this.version = layers.map((layer) => layer.version).join("+");
  }

  /**
   * What a call costs, exactly, or why that is not known.
   *
   * @throws InvalidInput for counts that no call can have.
   * @example
   * ```ts
   * import { priceBook } from "tokenledger";
   * const cost = priceBook().cost({ provider: "openai", model: "gpt-5", tokens: { input: 1_000_000, output: 500_000 } });
   * "costUsd" in cost && cost.costUsd; // => 6.25
   * ```
   */
  cost(query: CostQuery): Cost | Unpriced {
    checkCostQuery(query);
    const price = this.priceAt(query, momentOf(query.at, this.#clock.now()));
    if (typeof price === "string") return { unpriced: true, reason: price };
    const quantities = billedQuantities(query.tokens);
    const sheet = sheetFor(price, query.requestInputTokens ?? quantities.wholeInput);
    const exact = exactCost(sheet, quantities);
    if (typeof exact === "string") return { unpriced: true, reason: noPriceFor(exact, price.entry) };
    const costNanoUsd = storableNanoUsd(roundToNanoUsd(exact, sheet));
    return { costUsd: Number(formatUsd(costNanoUsd)), costNanoUsd, lines: costLines(sheet, quantities), priceVersion: this.version };
  }

  /**
   * The same for a record, as fast as a book needs it: nano-USD, undefined if unpriced. Counts are taken as they are;
   * cached tokens beyond the input are charged as cached ones.
   */
  recordCostNanoUsd(call: PricedCall): number | undefined {
    const price = this.#priceFrom(this.#resolve(call), call.timestampMs);
    if (price === undefined || typeof price === "string") return undefined;
    const costNanoUsd = fastCostNanoUsd(price, call.tokens, call.requestInputTokens);
    if (costNanoUsd !== undefined) return Number.isNaN(costNanoUsd) ? undefined : costNanoUsd;
    const quantities = billedQuantities(call.tokens);
    const sheet = sheetFor(price, call.requestInputTokens ?? quantities.wholeInput);
    const exact = exactCost(sheet, quantities);
    return typeof exact === "string" ? undefined : storableNanoUsd(roundToNanoUsd(exact, sheet));
  }

  /** Why `recordCostNanoUsd` has no price for a record; undefined if it has. */
  unpricedReason(call: PricedCall): string | undefined {
    const price = this.#priceFrom(this.#resolve(call), call.timestampMs) ?? unknownModel(call);
    if (typeof price === "string") return price;
    const quantities = billedQuantities(call.tokens);
    const exact = exactCost(sheetFor(price, call.requestInputTokens ?? quantities.wholeInput), quantities);
    return typeof exact === "string" ? noPriceFor(exact, price.entry) : undefined;
  }

  /** The same as `cost`, with every decision on the way: which entry, why that tier, which multiplier, from which source. */
  explain(query: CostQuery): Explanation {
    return explainCost(this, query, this.#clock.now());
  }

  /** The compiled price of a call at a moment, or the reason why there is none. */
  priceAt(
    query: Pick<CostQuery, "provider" | "model" | "tier" | "serviceTier" | "speed" | "inferenceGeo">,
    atMs: number,
  ): CompiledPrice | string {
    const resolution = this.#resolve({ ...query, serviceTier: query.tier ?? query.serviceTier });
    const price = this.#priceFrom(resolution, atMs);
    if (price !== undefined) return price;
    if (resolution.found.length === 0) return unknownModel(query);
    return `no price of ${canonicalProvider(query.provider)}/${this.canonicalModel(query.provider, query.model)} is known for ${new Date(atMs).toISOString().slice(0, 10)}`;
  }

  /** The entry in force, with its source and dates. */
  find(provider: string, model: string, atMs: number = this.#clock.now()): PriceEntry | undefined {
    const price = this.priceAt({ provider, model }, atMs);
    return typeof price === "string" ? undefined : price.entry;
  }

  /** Every entry that may apply to a model, in the order in which dates are tried. */
  candidates(provider: string, model: string): FoundEntry[] {
    const found: FoundEntry[] = [];
    const home = canonicalProvider(provider);
    const readings = readingsOf(model);
    const vendor = readings.map(closedVendorOf).find((name) => name !== undefined);
    this.#indexes.forEach((index, layer) => {
      for (const id of readings) for (const entry of index.exact(home, id)) found.push({ entry, by: "exact", layer });
      for (const id of readings) for (const entry of index.pattern(home, id)) found.push({ entry, by: "pattern", layer });
    });
    if (found.length > 0 || vendor === undefined || vendor === home) return found;
    this.#indexes.forEach((index, layer) => {
      for (const id of readings) for (const entry of index.exact(vendor, id)) found.push({ entry, by: "vendor", layer });
    });
    return found;
  }

  /** The bundled book's id of a model; one that it doesn't know keeps its own, without the wrapping. */
  canonicalModel(provider: string, model: string): string {
    if (model.length > LONGEST_MODEL_ID) return model;
    const key = `${provider}\n${model}`;
    let id = this.#canonicalIds.get(key);
    if (id === undefined) {
      if (this.#canonicalIds.size >= RESOLUTIONS_KEPT) this.#canonicalIds.clear();
      const found = this.candidates(provider, model).filter(({ by }) => by !== "pattern");
      const bundled = found.find(({ layer }) => layer === this.#layers.length - 1) ?? found[0];
      id = cleanModelId(bundled?.entry.model ?? model);
      this.#canonicalIds.set(key, id);
    }
    return id;
  }

  /** All entries, those of the last layer first. */
  entries(): PriceEntry[] {
    return this.#layers.flatMap((layer) => layer.providers.flatMap((provider) => [...layer.entriesOf(provider)]));
  }

  /** A book in which these entries go before all others. */
  with(entries: readonly PriceEntry[]): PriceBook {
    if (entries.length === 0) return this;
    const byProvider = new Map<string, PriceEntry[]>();
    for (const entry of entries) {
      const provider = canonicalProvider(entry.provider);
      byProvider.set(provider, [...(byProvider.get(provider) ?? []), { ...entry, provider }]);
    }
    const layer: PriceLayer = {
      providers: [...byProvider.keys()],
      entriesOf: (provider) => byProvider.get(provider) ?? [],
      version: nameUuid("prices", JSON.stringify(entries)).slice(0, 8),
    };
    return new PriceBook([layer, ...this.#layers], this.#clock);
  }

  #resolve(call: Pick<PricedCall, "provider" | "model" | "speed" | "inferenceGeo"> & { serviceTier?: string | undefined }): Resolution {
    const group = this.#group(call.provider, call.serviceTier, call.speed, call.inferenceGeo);
    let resolution = group.get(call.model);
    if (!resolution) {
      if (call.model.length > LONGEST_MODEL_ID) return { found: [], prices: [] };
      const found = this.candidates(call.provider, call.model);
      const terms = termsOf(call);
      resolution = { found, prices: found.map(({ entry }) => compilePrice(entry, terms)) };
      group.set(call.model, resolution);
      // Names come from outside: a flood of them must not fill the memory.
      if (++this.#resolutionsKept > RESOLUTIONS_KEPT) this.#forget();
    }
    return resolution;
  }

  #group(provider: string, tier = "", speed = "", geo = ""): Map<string, Resolution> {
    if (
      this.#lastGroup &&
      this.#lastProvider === provider &&
      this.#lastTier === tier &&
      this.#lastSpeed === speed &&
      this.#lastGeo === geo
    ) {
      return this.#lastGroup;
    }
    const key = `${provider}\n${tier}\n${speed}\n${geo}`;
    const group = this.#groups.get(key) ?? new Map<string, Resolution>();
    this.#groups.set(key, group);
    this.#lastProvider = provider;
    this.#lastTier = tier;
    this.#lastSpeed = speed;
    this.#lastGeo = geo;
    this.#lastGroup = group;
    return group;
  }

  #forget(): void {
    this.#groups.clear();
    this.#lastGroup = undefined;
    this.#resolutionsKept = 0;
  }

  #priceFrom({ found, prices }: Resolution, atMs: number): CompiledPrice | string | undefined {
    for (let i = 0; i < found.length; i++) {
      if (holdsAt((found[i] as FoundEntry).entry, atMs)) return prices[i];
    }
    return undefined;
  }
}

/** A name that may stand in a sentence as it is; others come from hostile logs, and are quoted and cut. */
const PLAIN_NAME = /^[!-~]{1,160}$/;

function unknownModel({ provider, model }: { provider: string; model: string }): string {
  const name = `${canonicalProvider(provider)}/${cleanModelId(model)}`;
  return `no price is known for ${PLAIN_NAME.test(name) ? name : quoteValue(name)}`;
}

const KIND_WORDS: Readonly<Record<BilledKind, string>> = {
  input: "input tokens",
  output: "output tokens",
  cacheRead: "cache-read tokens",
  cacheWrite5m: "5-minute cache-write tokens",
  cacheWrite1h: "1-hour cache-write tokens",
  audioInput: "audio input tokens",
  audioOutput: "audio output tokens",
  reasoning: "reasoning tokens",
  webSearches: "web searches",
};

function noPriceFor(kind: BilledKind, entry: PriceEntry): string {
  return `no price of ${KIND_WORDS[kind]} is known for ${entry.provider}/${entry.model}`;
}

function costLines(sheet: RateSheet, quantities: BilledQuantities): CostLine[] {
  return BILLED_KINDS.filter((kind) => quantities[kind] > 0).map((kind) => {
    const price = sheet.exact[kind] as bigint;
    const exactCostUsd = formatFemtoUsd(BigInt(quantities[kind]) * price, sheet.scale);
    return {
      kind,
      quantity: quantities[kind],
      unitPriceUsd: formatFemtoUsd(price, sheet.scale),
      costUsd: Number(exactCostUsd),
      exactCostUsd,
    };
  });
}

function storableNanoUsd(costNanoUsd: bigint): number {
  if (costNanoUsd > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new InvalidInput(`tokens: their cost of ${formatUsd(costNanoUsd)} USD is more than one record can hold (9007199.254740991 USD).`);
  }
  return Number(costNanoUsd);
}
