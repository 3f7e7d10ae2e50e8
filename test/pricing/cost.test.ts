import { describe, expect, it } from "vitest";
import { InvalidInput } from "../../src/errors.ts";
import { type Cost, type CostQuery, parsePriceFile, priceBook, type Unpriced } from "../../src/pricing/index.ts";

const book = priceBook();
const million = 1_000_000;

function costUsd(query: Omit<CostQuery, "provider"> & { provider?: string }, prices = book): number {
  const provider = query.provider ?? (query.model.startsWith("claude") ? "anthropic" : "openai");
  const result = prices.cost({ at: "2026-05-01", ...query, provider });
  if ("unpriced" in result) throw new Error(result.reason);
  return result.costUsd;
}

function reason(result: Cost | Unpriced): string | undefined {
  return "unpriced" in result ? result.reason : undefined;
}

describe("acceptance G8: the siblings' own figures", () => {
  it("gpt-5: 1M in and 500k out are $6.25, 1M cached are $0.125", () => {
    expect(costUsd({ model: "gpt-5", tokens: { input: million, output: 500_000 } })).toBe(6.25);
    expect(costUsd({ model: "gpt-5", tokens: { input: million, cacheRead: million } })).toBe(0.125);
  });

  it("chat(1000, 500, 300 cached) is 700 fresh tokens and $0.0059125", () => {
    const cost = book.cost({ provider: "openai", model: "gpt-5", tokens: { input: 1000, output: 500, cacheRead: 300 } }) as Cost;
    expect(cost.costUsd).toBe(0.0059125);
    expect(cost.costNanoUsd).toBe(5_912_500);
    expect(cost.lines.find(({ kind }) => kind === "input")?.quantity).toBe(700);
  });

  it("sonnet-4-5: 423 in, 18 out, 380 read are $0.001653", () => {
    // The sibling's 423 are uncached tokens.
    expect(costUsd({ model: "claude-sonnet-4-5", tokens: { input: 423 + 380, output: 18, cacheRead: 380 } })).toBe(0.001653);
  });

  it("a one-hour write of 20 000, 10 in and 500 out on sonnet-4-5 are $0.12753", () => {
    expect(costUsd({ model: "claude-sonnet-4-5", tokens: { input: 20_010, cacheWrite1h: 20_000, output: 500 } })).toBe(0.12753);
  });

  it("own prices 1/2/0.1 with a million each are $3.10", () => {
    const own = parsePriceFile(
      { unit: "per_1m_tokens", providers: { home: { "own-model": { input: 1, output: 2, cache_read: 0.1 } } } },
      "own.yaml",
    );
    const tokens = { input: 2 * million, cacheRead: million, output: million };
    expect(costUsd({ provider: "home", model: "own-model", tokens }, book.with(own))).toBe(3.1);
  });
});

describe("sources: price rules of Claude", () => {
  it("sources a11: a one-hour write of 1M tokens costs $10.00", () => {
    expect(costUsd({ model: "claude-opus-4-5", tokens: { input: million, cacheWrite1h: million } })).toBe(10);
  });

  it("sources a12: past 200 000 tokens of input the whole request costs the long-context price, $1.2375", () => {
    // 0.6225 at the base price: 150 000 written, 150 000 read, 1000 out.
    const tokens = { input: 300_000, cacheRead: 150_000, cacheWrite5m: 150_000, output: 1000 };
    expect(costUsd({ model: "claude-sonnet-4-5-20250929", tokens })).toBe(1.2375);
    expect(costUsd({ model: "claude-sonnet-4-6", tokens })).toBe(0.6225);
  });

  it("sources a13: 10 web searches on top of $0.0024 of tokens are $0.1024", () => {
    expect(costUsd({ model: "claude-sonnet-4-5", tokens: { input: 300, output: 100, webSearches: 10 } })).toBe(0.1024);
  });

  it("sources a22: fast mode of opus-4-6 is six times the price, $30; of opus-4-8 twice", () => {
    const tokens = { input: million };
    expect(costUsd({ model: "claude-opus-4-6", tokens, speed: "fast" })).toBe(30);
    expect(costUsd({ model: "claude-opus-4-7", tokens, speed: "fast" })).toBe(30);
    expect(costUsd({ model: "claude-opus-4-8", tokens, speed: "fast" })).toBe(10);
    expect(costUsd({ model: "claude-opus-4-8", tokens, tier: "fast" })).toBe(10);
  });

  it("the cache's whole content counts towards the threshold, and exactly 200 000 does not pass it", () => {
    const at = (cacheRead: number): number => costUsd({ model: "claude-sonnet-4-5", tokens: { input: 10_000 + cacheRead, cacheRead } });
    expect(at(190_000)).toBe(0.03 + 0.057);
    expect(at(190_001)).toBe(0.1740006);
  });

  it("sonnet-4-6 and opus-4-6 lost their premium on 2026-03-13", () => {
    const tokens = { input: 300_000 };
    expect(costUsd({ model: "claude-sonnet-4-6", tokens, at: "2026-03-12T23:59:59Z" })).toBe(1.8);
    expect(costUsd({ model: "claude-sonnet-4-6", tokens, at: "2026-03-13T00:00:00Z" })).toBe(0.9);
    expect(costUsd({ model: "claude-opus-4-6", tokens, at: "2026-03-13T00:00:00Z" })).toBe(1.5);
  });

  it("a promise of American inference costs 1.1, the cloud id under Claude Code's provider nothing more", () => {
    const tokens = { input: million };
    expect(costUsd({ model: "claude-opus-4-6", tokens, inferenceGeo: "us" })).toBe(5.5);
    expect(costUsd({ model: "claude-opus-4-6", tokens, inferenceGeo: "not_available" })).toBe(5);
    expect(costUsd({ provider: "anthropic", model: "us.anthropic.claude-opus-4-6-v1", tokens })).toBe(5);
    expect(costUsd({ provider: "bedrock", model: "us.anthropic.claude-opus-4-6-v1", tokens })).toBe(5.5);
    expect(costUsd({ provider: "bedrock", model: "global.anthropic.claude-opus-4-6-v1", tokens })).toBe(5);
    expect(costUsd({ provider: "bedrock", model: "us.anthropic.claude-3-5-haiku-20241022-v1:0", tokens })).toBe(0.8);
  });

  it("a batch is half of everything", () => {
    const tokens = { input: 1_010_000, cacheRead: 900_000, cacheWrite1h: 100_000, output: 20_000 };
    const full = costUsd({ model: "claude-haiku-4-5", tokens });
    expect(costUsd({ model: "claude-haiku-4-5", tokens, tier: "batch" })).toBe(full / 2);
  });
});

describe("other vendors' rules", () => {
  it("OpenAI: more than 272 000 tokens; all kinds; flex and priority on top", () => {
    const at = (input: number, tier?: string): number =>
      costUsd({ model: "gpt-5.4", tokens: { input, output: 1000 }, ...(tier && { tier }) });
    expect(at(272_000)).toBe(0.695);
    expect(at(272_001)).toBe(1.382505);
    expect(at(272_001, "flex")).toBe(0.6912525);
    expect(at(1000, "priority")).toBe(0.035);
  });

  it("Google: more than 200 000; audio apart where it costs more, else like text", () => {
    const google = { provider: "google", at: "2026-05-01" };
    expect(costUsd({ ...google, model: "gemini-2.5-pro", tokens: { input: 200_000 } })).toBe(0.25);
    expect(costUsd({ ...google, model: "gemini-2.5-pro", tokens: { input: 200_001 } })).toBe(0.5000025);
    expect(costUsd({ ...google, model: "gemini-2.5-flash", tokens: { input: 2000, audioInput: 1000 } })).toBe(0.0013);
    expect(costUsd({ ...google, model: "gemini-2.5-pro", tokens: { input: 2000, audioInput: 1000 } })).toBe(0.0025);
  });

  it("xAI: from 200 000 on", () => {
    const at = (input: number): number => costUsd({ provider: "xai", model: "grok-4.3", tokens: { input } });
    expect(at(199_999)).toBe(0.24999875);
    expect(at(200_000)).toBe(0.5);
  });

  it("o3 was cut on 2025-06-10, claude-sonnet-5 rises on 2026-09-01", () => {
    const tokens = { input: million, output: million };
    expect(costUsd({ model: "o3", tokens, at: "2025-06-09T23:59:59Z" })).toBe(50);
    expect(costUsd({ model: "o3", tokens, at: "2025-06-10" })).toBe(10);
    expect(costUsd({ model: "claude-sonnet-5", tokens, at: "2026-08-31T23:59:59Z" })).toBe(12);
    expect(costUsd({ model: "claude-sonnet-5", tokens, at: "2026-09-01" })).toBe(18);
  });

  it("DeepSeek's off-peak hours, while there were any", () => {
    const at = (moment: string): number =>
      costUsd({ provider: "deepseek", model: "deepseek-chat", tokens: { input: million }, at: moment });
    expect(at("2025-06-01T16:29:59Z")).toBe(0.27);
    expect(at("2025-06-01T16:30:00Z")).toBe(0.135);
    expect(at("2025-06-02T00:29:59Z")).toBe(0.135);
    expect(at("2025-06-02T00:30:00Z")).toBe(0.27);
    expect(at("2026-06-01T20:00:00Z")).toBe(0.14);
  });

  it("cached tokens without a listed discount cost what input costs, never nothing", () => {
    expect(costUsd({ model: "gpt-4-turbo", tokens: { input: 1000, cacheRead: 1000 } })).toBe(0.01);
  });

  it("reasoning is output, unless the vendor prices it apart", () => {
    expect(costUsd({ model: "gpt-5", tokens: { output: 1000, reasoning: 800 } })).toBe(0.01);
    expect(costUsd({ provider: "qwen", model: "qwen-plus", tokens: { output: 1000, reasoning: 500 } })).toBe(0.0026);
  });

  it("a provider without own prices is charged the maker's list price, an open model there is unpriced", () => {
    expect(costUsd({ provider: "my-gateway", model: "anthropic/claude-sonnet-4.5", tokens: { input: million / 10 } })).toBe(0.3);
    expect(reason(book.cost({ provider: "my-gateway", model: "llama-3.3-70b", tokens: { input: 1 } }))).toContain(
      "my-gateway/llama-3.3-70b",
    );
  });
});

describe("acceptance G10: unpriced is a state, never zero", () => {
  it("guarantee G9b: an unknown model has a reason and no cost", () => {
    const result = book.cost({ provider: "openai", model: "gpt-99", tokens: { input: 10 } });
    expect(result).toEqual({ unpriced: true, reason: "no price is known for openai/gpt-99" });
    expect(book.recordCostNanoUsd({ provider: "openai", model: "gpt-99", timestampMs: 0, tokens: { input: 10 } })).toBeUndefined();
    expect(book.unpricedReason({ provider: "openai", model: "gpt-99", timestampMs: 0, tokens: {} })).toContain("gpt-99");
  });

  it("a hostile name is quoted and cut in the reason", () => {
    const call = { provider: "openai", timestampMs: 0, tokens: { input: 1 } };
    expect(book.unpricedReason({ ...call, model: "x\u001b[31m" })).toBe('no price is known for "openai/x\\u001b[31m"');
    expect(book.unpricedReason({ ...call, model: "y".repeat(100_000) })?.length).toBeLessThan(150);
  });

  it("names the kind, the service level or the date that has no price", () => {
    expect(reason(book.cost({ provider: "openai", model: "gpt-4o", tokens: { input: 10, audioInput: 10 } }))).toContain("audio input");
    expect(reason(book.cost({ provider: "openai", model: "text-embedding-3-small", tokens: { output: 1 } }))).toContain("output tokens");
    expect(reason(book.cost({ provider: "cohere", model: "command-r", tokens: { input: 1, webSearches: 1 } }))).toContain("web searches");
    expect(reason(book.cost({ provider: "cohere", model: "command-r", tier: "batch", tokens: { input: 1 } }))).toContain("batch");
    const late = parsePriceFile({ providers: { home: { thing: { input: 1, output: 1, effective_from: "2026-06-01" } } } }, "p.yaml");
    expect(reason(book.with(late).cost({ provider: "home", model: "thing", at: "2026-05-31", tokens: { input: 1 } }))).toContain(
      "2026-05-31",
    );
  });

  it("an explicit zero is a price", () => {
    expect(costUsd({ provider: "zai", model: "glm-4.5-flash", tokens: { input: 1000, output: 1000 } })).toBe(0);
  });
});

describe("the door refuses what no call can have", () => {
  const ask = (query: unknown): unknown => book.cost(query as CostQuery);
  const tokens = { input: 1 };
  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "12", null])("guarantee G8: a count of %s is InvalidInput", (count) => {
    expect(() => ask({ provider: "openai", model: "gpt-5", tokens: { input: count } })).toThrow(InvalidInput);
  });

  it("parts larger than their total, unknown kinds, tiers, moments and names", () => {
    expect(() => ask({ provider: "openai", model: "gpt-5", tokens: { input: 10, cacheRead: 11 } })).toThrow(/cached ones included/);
    expect(() => ask({ provider: "openai", model: "gpt-5", tokens: { output: 10, reasoning: 11 } })).toThrow(InvalidInput);
    expect(() => ask({ provider: "openai", model: "gpt-5", tokens: { inputTokens: 10 } })).toThrow(/accepted are input/);
    expect(() => ask({ provider: "openai", model: "gpt-5", tier: "cheap", tokens })).toThrow(/standard, batch/);
    for (const at of [Number.NaN, -1, "yesterday", "2026-02-30", new Date("x")]) {
      expect(() => ask({ provider: "openai", model: "gpt-5", at, tokens })).toThrow(/not a moment/);
    }
    for (const model of ["", " ", 7, undefined]) expect(() => ask({ provider: "openai", model, tokens })).toThrow(InvalidInput);
    expect(() => ask(null)).toThrow(InvalidInput);
  });

  it("a cost that no record can hold", () => {
    expect(() => ask({ provider: "openai", model: "gpt-5", tokens: { input: Number.MAX_SAFE_INTEGER } })).toThrow(/more than one record/);
  });

  it("log data is clamped instead: more cached tokens than input are charged as cached, never negative", () => {
    const call = { provider: "azure", model: "gpt-5", timestampMs: Date.UTC(2026, 4, 1), tokens: { input: 10, cacheRead: 161, output: 1 } };
    expect(book.recordCostNanoUsd(call)).toBe(161 * 125 + 10_000);
    expect(book.recordCostNanoUsd({ ...call, serviceTier: "on_demand" })).toBe(161 * 125 + 10_000);
  });
});
