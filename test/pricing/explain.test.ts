import { describe, expect, it } from "vitest";
import { makerOf, parsePriceFile, priceBook } from "../../src/pricing/index.ts";

const book = priceBook();

describe("explain", () => {
  it("says which entry, why that tier, which multiplier, from which source, and every product", () => {
    const { steps, provider, canonicalModel, entry, result } = book.explain({
      provider: "aws",
      model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
      at: "2026-05-01",
      tokens: { input: 300_000, cacheRead: 250_000, output: 1000 },
    });
    expect([provider, canonicalModel, entry?.model]).toEqual(["bedrock", "claude-sonnet-4-5", "claude-sonnet-4-5"]);
    expect(steps).toEqual([
      "aws/us.anthropic.claude-sonnet-4-5-20250929-v1:0 is bedrock/claude-sonnet-4-5.",
      expect.stringMatching(/^Price of bedrock\/claude-sonnet-4-5 in force on 2026-05-01; sources that agree: LiteLLM 2026-08-01, .*\.$/),
      "Input 300,000 > 200,000: all tokens of the request cost the long-context price.",
      "region us: × 1.1.",
      "50,000 input tokens × 6.6 USD per million = 0.33 USD.",
      "250,000 tokens read from the cache × 0.66 USD per million = 0.165 USD.",
      "1,000 output tokens × 24.75 USD per million = 0.02475 USD.",
      "Sum, rounded half-up once to a nano-USD: 0.51975 USD.",
    ]);
    expect(result).toHaveProperty("costNanoUsd", 519_750_000);
  });

  it("names dates, hours, a single source, retirement and rules for prices that nobody lists", () => {
    const at = (model: string, moment: string, tokens: object = { input: 1000 }): string =>
      book.explain({ provider: model.startsWith("claude") ? "anthropic" : "deepseek", model, at: moment, tokens }).steps.join(" ");
    expect(at("claude-sonnet-5", "2026-05-01")).toContain("until 2026-09-01");
    expect(at("deepseek-chat", "2025-05-01T20:00:00Z")).toContain("16:30 to 00:30 UTC");
    expect(at("claude-fable-5-1", "2026-08-01")).toContain("single source: command-line output of Claude Code 2026-08-22");
    expect(at("claude-3-opus", "2026-08-01")).toContain("retires the model on 2026-05-01");
    expect(at("claude-2", "2026-08-01", { input: 1000, cacheWrite1h: 1000 })).toContain("Anthropic writes the 1-hour cache at 2 × input");
  });

  it("says when a pattern, a gateway's maker or nothing at all was the answer", () => {
    const own = book.with(parsePriceFile({ providers: { openai: { "gpt-*": { input: 1, output: 1 } } } }, "own.yaml"));
    expect(own.explain({ provider: "openai", model: "gpt-5", tokens: { input: 1 } }).steps.join(" ")).toMatch(
      /own\.yaml.*The pattern gpt-\* matches/,
    );
    expect(book.explain({ provider: "my-gateway", model: "gpt-5", tokens: { input: 1 } }).steps.join(" ")).toContain(
      "the maker's list price is taken",
    );
    const { steps, entry, result } = book.explain({ provider: "openai", model: "gpt-99", tokens: { input: 1 } });
    expect(steps).toEqual(["Unpriced: no price is known for openai/gpt-99."]);
    expect(entry).toBeUndefined();
    expect(result).toHaveProperty("unpriced", true);
  });

  it("prices stand per million tokens, searches each, and no digit is lost", () => {
    const own = book.with(
      parsePriceFile(
        { unit: "per_1m_tokens", providers: { openai: { tiny: { input: "0.0375", output: "1200", web_search_per_1k: "10" } } } },
        "own.yaml",
      ),
    );
    const { steps } = own.explain({ provider: "openai", model: "tiny", tokens: { input: 1_234_567, output: 1, webSearches: 2 } });
    expect(steps).toEqual(
      expect.arrayContaining([
        "1,234,567 input tokens × 0.0375 USD per million = 0.0462962625 USD.",
        "1 output tokens × 1200 USD per million = 0.0012 USD.",
        "2 web searches × 0.01 USD each = 0.02 USD.",
      ]),
    );
  });
});

describe("the maker", () => {
  it.each([
    ["gpt-5", "openai"],
    ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic"],
    ["deepseek/deepseek-v3.2", "deepseek"],
    ["codestral-2501", "mistral"],
    ["kimi-k2.5", "moonshot"],
    ["glm-4.7", "zai"],
    ["command-r-plus", "cohere"],
    ["gpt-oss-120b", "openai"],
    ["never-heard-of", undefined],
  ])("of %s is %s", (model, maker) => {
    expect(makerOf(model)).toBe(maker);
  });
});
