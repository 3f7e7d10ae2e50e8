import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { lintPrices, type PriceEntry, parsePriceFile, priceBook, type TokenKind } from "../../src/pricing/index.ts";
import type { TokenCounts } from "../../src/usage/index.ts";

/** The founding document's section 8.1, as a YAML parser gives it. */
const FOUNDING = {
  providers: {
    anthropic: {
      "claude-3-opus": { input: 0.015, output: 0.075, cache_creation: 0.01875, cache_read: 0.0 },
      "claude-3-sonnet": { input: 0.003, output: 0.015 },
      "claude-3-haiku": { input: 0.00025, output: 0.00125 },
    },
    openai: { "gpt-4o": { input: 0.005, output: 0.015 }, "gpt-4o-mini": { input: 0.00015, output: 0.0006 } },
  },
};

function costWith(file: unknown, provider: string, model: string, tokens: TokenCounts, at?: string): number | string {
  const result = priceBook()
    .with(parsePriceFile(file, "pricing.yaml"))
    .cost({ provider, model, tokens, ...(at && { at }) });
  return "unpriced" in result ? result.reason : result.costUsd;
}

const own = (model: object, rest: object = {}): object => ({ unit: "per_1m_tokens", ...rest, providers: { home: { thing: model } } });

const prices = (usd: number): object => ({ input: usd, output: usd });

describe("acceptance G7: the founding price file is per 1K tokens", () => {
  it("prices its own examples", () => {
    expect(costWith(FOUNDING, "anthropic", "claude-3-sonnet", { input: 10_000, output: 2000 })).toBe(0.06);
    expect(costWith(FOUNDING, "anthropic", "claude-3-haiku", { input: 1000, output: 1000 })).toBe(0.0015);
    expect(costWith(FOUNDING, "openai", "gpt-4o", { input: 1000, output: 1000 })).toBe(0.02);
    expect(costWith(FOUNDING, "openai", "gpt-4o-mini", { input: 1_000_000, output: 1_000_000 })).toBe(0.75);
  });

  it("opus with cache: $0.09 with the document's free reads, $0.105 with the right 0.0015", () => {
    // The document's 1000 input tokens are uncached.
    const tokens = { input: 13_000, output: 500, cacheWrite5m: 2000, cacheRead: 10_000 };
    expect(costWith(FOUNDING, "anthropic", "claude-3-opus", tokens)).toBe(0.09);
    const right = structuredClone(FOUNDING);
    right.providers.anthropic["claude-3-opus"].cache_read = 0.0015;
    expect(costWith(right, "anthropic", "claude-3-opus", tokens)).toBe(0.105);
    const bundled = priceBook().cost({ provider: "anthropic", model: "claude-3-opus", tokens });
    expect(bundled).toHaveProperty("costUsd", 0.105);
    expect(priceBook().cost({ provider: "openai", model: "gpt-4o", tokens: { input: 1000, output: 1000 } })).toHaveProperty(
      "costUsd",
      0.0125,
    );
  });
});

describe("a person's own prices", () => {
  it("go before the bundled ones, for all times, and for dated spellings too", () => {
    expect(costWith(FOUNDING, "anthropic", "claude-3-opus-20240229", { input: 1000 }, "2020-01-01")).toBe(0.015);
    expect(costWith(own(prices(7)), "home", "THING", { input: 1_000_000 })).toBe(7);
  });

  it("hold for their provider only: a cloud's own price stays, a gateway without prices follows its maker's", () => {
    const file = { unit: "per_1m_tokens", providers: { anthropic: { "claude-3-opus": prices(1) } } };
    expect(costWith(file, "bedrock", "anthropic.claude-3-opus-20240229-v1:0", { input: 1_000_000 })).toBe(15);
    expect(costWith(file, "my-gateway", "claude-3-opus", { input: 1_000_000 })).toBe(1);
  });

  it("may be dated; outside their dates the bundled price holds", () => {
    const file = {
      unit: "per_1m_tokens",
      providers: { openai: { "gpt-4o": { input: 1, output: 1, effective_from: "2026-05-01", effective_to: "2026-06-01" } } },
    };
    expect(costWith(file, "openai", "gpt-4o", { input: 1_000_000 }, "2026-04-30T23:59:59.999Z")).toBe(2.5);
    expect(costWith(file, "openai", "gpt-4o", { input: 1_000_000 }, "2026-05-01")).toBe(1);
    expect(costWith(file, "openai", "gpt-4o", { input: 1_000_000 }, "2026-06-01T00:00:00+02:00")).toBe(1);
    expect(costWith(file, "openai", "gpt-4o", { input: 1_000_000 }, "2026-06-01")).toBe(2.5);
  });

  it("may be a list of dated prices, of which the newest that has begun holds", () => {
    const file = own([
      { input: 1, output: 1 },
      { input: 2, output: 2, effective_from: "2026-05-01" },
    ] as never);
    expect(costWith(file, "home", "thing", { input: 1_000_000 }, "2026-04-01")).toBe(1);
    expect(costWith(file, "home", "thing", { input: 1_000_000 }, "2026-05-01")).toBe(2);
  });

  it("have every kind of price, tiers, service levels, regions, searches and aliases", () => {
    const file = own({
      input: "1.5",
      output: 6,
      cache_read: 0.15,
      cache_write: 2,
      cache_write_1h: 3,
      audio_input: 10,
      audio_output: 20,
      reasoning: 9,
      web_search_per_1k: 5,
      long_context: [{ from: 100_000, input: 3, output: 9 }],
      batch: 0.5,
      priority: { input: 4 },
      regions: { eu: 1.1 },
      aliases: ["the-thing"],
    });
    const kinds: [TokenCounts, number][] = [
      [{ input: 1000, cacheRead: 1000 }, 0.00015],
      [{ input: 1000, cacheWrite5m: 1000 }, 0.002],
      [{ input: 1000, cacheWrite1h: 1000 }, 0.003],
      [{ input: 1000, audioInput: 1000 }, 0.01],
      [{ output: 1000, audioOutput: 1000 }, 0.02],
      [{ output: 1000, reasoning: 1000 }, 0.009],
      [{ webSearches: 2 }, 0.01],
      [{ input: 99_999 }, 0.1499985],
      [{ input: 100_000 }, 0.3],
    ];
    for (const [tokens, usd] of kinds) expect(costWith(file, "home", "the-thing", tokens)).toBe(usd);
    const book = priceBook().with(parsePriceFile(file, "p"));
    const query = { provider: "home", model: "thing", tokens: { input: 1000 } };
    expect(book.cost({ ...query, tier: "batch" })).toHaveProperty("costUsd", 0.00075);
    expect(book.cost({ ...query, tier: "priority" })).toHaveProperty("costUsd", 0.004);
    expect(book.cost({ ...query, inferenceGeo: "eu" })).toHaveProperty("costUsd", 0.00165);
  });

  it("may be patterns: an exact name goes before the longest pattern, any own price before the bundled", () => {
    const file = { unit: "per_1m_tokens", providers: { openai: { "gpt-4o*": prices(7), "gpt-*": prices(8), "gpt-4o": prices(9) } } };
    const at = (model: string): number | string => costWith(file, "openai", model, { input: 1_000_000 });
    expect([at("gpt-4o"), at("gpt-4o-2024-08-06"), at("gpt-4o-mini"), at("gpt-5"), at("o3")]).toEqual([9, 9, 7, 8, 2]);
  });

  it("are exact however small: numbers stand for what was written", () => {
    expect(parsePriceFile(own({ input: 0.1, output: 7.5e-8 }), "p")[0]?.rates).toEqual({ input: 100_000_000, output: 75 });
    expect(() => parsePriceFile(own({ input: "0.0000000001", output: 0 }), "p")).toThrow(/no finer than/);
  });

  it("change the price version, so that records know which prices they had", () => {
    const [a, b] = [priceBook().with(parsePriceFile(FOUNDING, "p")), priceBook().with(parsePriceFile(own({ input: 1, output: 1 }), "p"))];
    expect(new Set([priceBook().version, a.version, b.version]).size).toBe(3);
    expect(a.version).toBe(priceBook().with(parsePriceFile(FOUNDING, "p")).version);
  });
});

describe("bad-input B70: a price file that can't be meant", () => {
  const both = { input: 1, output: 2 };
  it.each<[string, unknown, RegExp]>([
    ["negative price", own({ ...both, input: -1 }), /p\.yaml, providers\.home\.thing\.input: -1 is not a price/],
    ["missing output", own({ input: 1 }), /providers\.home\.thing: the output price is missing; write output: 0/],
    ["missing input", own({ output: 1 }), /the input price is missing/],
    ["price with a unit", own({ ...both, input: "3 USD" }), /"3 USD" is not a price/],
    ["not a number", own({ ...both, input: Number.NaN }), /is not a price/],
    ["infinite", own({ ...both, input: Number.POSITIVE_INFINITY }), /is not a price/],
    ["a boolean", own({ ...both, input: true }), /true is not a price/],
    ["a price beyond money", own({ ...both, input: 1e30 }), /is not a price/],
    ["the same model twice", { providers: { openai: { "gpt-4o": both, "GPT-4o": both } } }, /two prices hold at once/],
    [
      "overlapping dates",
      own([
        { ...both, effective_to: "2026-06-01" },
        { ...both, effective_from: "2026-05-01" },
      ]),
      /two prices hold at once from 2026-05-01/,
    ],
    [
      "dates turned round",
      own({ ...both, effective_from: "2026-06-01", effective_to: "2026-05-01" }),
      /effective_to is not after effective_from/,
    ],
    ["a day that does not exist", own({ ...both, effective_from: "2026-02-30" }), /"2026-02-30" is not a day/],
    ["another currency", own({ ...both, currency: "EUR" }), /currency: "EUR" is not accepted; prices are in USD/],
    ["another currency for all", own(both, { currency: "EUR" }), /currency: "EUR"/],
    ["an unknown unit", own(both, { unit: "per_token" }), /per_1k_tokens and per_1m_tokens/],
    [
      "unsorted tiers",
      own({
        ...both,
        long_context: [
          { above: 200_000, ...both },
          { above: 100_000, ...both },
        ],
      }),
      /sort tiers by threshold/,
    ],
    ["a tier without threshold", own({ ...both, long_context: [both] }), /needs one threshold/],
    ["a tier with two thresholds", own({ ...both, long_context: [{ above: 1, from: 1, ...both }] }), /needs one threshold/],
    ["a tier without output", own({ ...both, long_context: [{ above: 200_000, input: 2 }] }), /has no output price/],
    ["tiers that are no list", own({ ...both, long_context: {} }), /must be a list/],
    ["an unknown field", own({ ...both, ouput: 1 }), /the field "ouput" is unknown; accepted are input, output/],
    ["an unknown top field", { provider: {} }, /the field "provider" is unknown/],
    ["one kind twice", own({ ...both, cache_write: 1, cache_creation: 1 }), /same price as another field/],
    ["a multiplier that is none", own({ ...both, batch: "half" }), /"half" is not a multiplier/],
    ["a multiplier too fine", own({ ...both, batch: 0.33333 }), /at most three decimals/],
    ["no map of models", { providers: { openai: [] } }, /a map of names to values is expected/],
    ["no providers", {}, /has no prices/],
    ["nothing", null, /a map of names to values is expected/],
  ])("%s is one sentence with file, place and remedy", (_, file, sentence) => {
    expect(() => parsePriceFile(file, "p.yaml")).toThrow(ConfigError);
    expect(() => parsePriceFile(file, "p.yaml")).toThrow(sentence);
    expect(() => parsePriceFile(file, "p.yaml")).toThrow(/^p\.yaml/);
  });
});

describe("lint", () => {
  const entry = (changes: Partial<PriceEntry>): PriceEntry => ({
    provider: "home",
    model: "thing",
    rates: { input: 10, output: 20 },
    sources: [{ name: "me", date: "2026-05-01" }],
    ...changes,
  });
  const messages = (...entries: PriceEntry[]): string[] => lintPrices(entries).map(({ severity, message }) => `${severity}: ${message}`);

  it("finds nothing in sound prices", () => {
    expect(messages(entry({}), entry({ model: "other", effectiveFromMs: 5 }))).toEqual([]);
  });

  it.each<[string, Partial<PriceEntry>, RegExp]>([
    ["negative", { rates: { input: -1, output: 1 } }, /^error: the input price -1/],
    ["missing output", { rates: { input: 1 } }, /^error: the output price is missing/],
    ["cache read above input", { rates: { input: 1, output: 1, cacheRead: 2 } }, /^warning: reading the cache costs more/],
    ["the wrong unit", { rates: { input: 3e12, output: 1 } }, /^warning: the input price is 3000 USD for a million tokens/],
    [
      "a tier below the base",
      { longContext: [{ thresholdTokens: 1, inclusive: false, rates: { input: 1, output: 30 } }] },
      /^warning: the tier at 1 tokens has a lower input/,
    ],
    ["no source", { sources: [] }, /^warning: no source/],
  ])("%s", (_, changes, message) => {
    expect(messages(entry(changes))).toEqual([expect.stringMatching(message)]);
  });

  it("finds duplicates, overlaps and gaps among entries of one model", () => {
    const [may, june, july] = [Date.UTC(2026, 4, 1), Date.UTC(2026, 5, 1), Date.UTC(2026, 6, 1)];
    expect(messages(entry({}), entry({ model: "Thing", effectiveFromMs: may }))).toEqual([expect.stringContaining("write it one way")]);
    expect(messages(entry({ effectiveToMs: june }), entry({ effectiveFromMs: july }))).toEqual([
      "warning: no price holds from 2026-06-01 to 2026-07-01.",
    ]);
    expect(messages(entry({ effectiveToMs: july }), entry({ effectiveFromMs: june }))).toEqual([
      expect.stringContaining("two prices hold at once"),
    ]);
    expect(messages(entry({}), entry({}))).toEqual([expect.stringContaining("two prices hold at once")]);
  });

  it("every kind of token has its field in a price file", () => {
    const kinds: TokenKind[] = ["input", "output", "cacheRead", "cacheWrite5m", "cacheWrite1h", "audioInput", "audioOutput", "reasoning"];
    const fields = ["input", "output", "cache_read", "cache_write", "cache_write_1h", "audio_input", "audio_output", "reasoning"];
    const parsed = parsePriceFile(own(Object.fromEntries(fields.map((field, index) => [field, index + 1]))), "p")[0];
    expect(Object.keys(parsed?.rates ?? {}).sort()).toEqual([...kinds].sort());
  });
});
