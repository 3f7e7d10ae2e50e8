import { describe, expect, it } from "vitest";
import { generateModelFacts } from "../../../scripts/model-facts.mjs";
import { tierByPrice, tierOf } from "../../../src/insights/optimize/models/capability.ts";
import { type LaneMarket, lanesFor } from "../../../src/insights/optimize/models/lanes.ts";
import { MODEL_FACTS } from "../../../src/insights/optimize/models/model-facts.generated.ts";
import { factsOf } from "../../../src/insights/optimize/models/model-facts.ts";
import type { Lane } from "../../../src/insights/optimize/replay/cell.ts";
import * as pricing from "../../../src/pricing/index.ts";
import { dataPath, hasData } from "../../shared-data.ts";

const { priceBook } = pricing;
const NOW_MS = Date.UTC(2026, 10, 1);

function lanesOf(provider: string, model: string, prices = priceBook(), market: Partial<LaneMarket> = {}): Lane[] {
  const canonicalModel = prices.canonicalModel(provider, model);
  return [...lanesFor(prices, { nowMs: NOW_MS, ...market })({ index: 0, provider, model, canonicalModel })];
}

function modelsOf(lanes: readonly Lane[], provider: string): string[] {
  return lanes.filter((lane) => lane.provider === provider && lane.serviceTier === undefined).map(({ model }) => model);
}

const own = (model: string, usd: number, rest: Partial<pricing.PriceEntry> = {}): pricing.PriceEntry => ({
  provider: "home",
  model,
  rates: { input: usd * 1e9, output: 4 * usd * 1e9 },
  sources: [],
  ...rest,
});

describe("where else a model's calls could go", () => {
  it("claude-3-opus: to a few cheaper models of all tiers, claude-3-haiku among them, and to batches", () => {
    const lanes = lanesOf("anthropic", "claude-3-opus-20240229");
    const models = modelsOf(lanes, "anthropic");
    expect(models).toContain("claude-3-haiku");
    expect(models.length).toBeLessThanOrEqual(5);
    expect(new Set(models.map(tierOf))).toEqual(new Set(["small", "middle", "large"]));
    expect(lanes).toContainEqual({ provider: "anthropic", model: "claude-3-opus-20240229", serviceTier: "batch" });
  });

  it("never to a model that is retired at that time, or far older, and never to a dearer one or one of a higher tier", () => {
    for (const model of ["claude-opus-4-8", "claude-sonnet-4-5", "claude-opus-4-1", "claude-haiku-4-5"]) {
      const own = priceBook().find("anthropic", model, NOW_MS);
      for (const other of modelsOf(lanesOf("anthropic", model), "anthropic")) {
        const entry = priceBook().find("anthropic", other, NOW_MS);
        expect(entry?.retiredOn ?? "9999").toMatch(/^(?:9999|20(?:2[7-9]|[3-9]\d))/);
        expect(entry?.rates.output).toBeLessThan(own?.rates.output ?? 0);
        expect(Date.parse(factsOf(other)?.releasedOn ?? "")).toBeGreaterThan(
          Date.parse(factsOf(model)?.releasedOn ?? "") - 366 * 86_400_000,
        );
      }
    }
    expect(modelsOf(lanesOf("anthropic", "claude-sonnet-4-5"), "anthropic").map(tierOf)).not.toContain("large");
    const before = lanesOf("anthropic", "claude-opus-4-1", priceBook(), { nowMs: Date.UTC(2026, 4, 13) });
    const after = lanesOf("anthropic", "claude-opus-4-1", priceBook(), { nowMs: Date.UTC(2026, 4, 15) });
    expect(modelsOf(before, "anthropic").every((model) => model !== "claude-opus-4")).toBe(true);
    expect(modelsOf(after, "anthropic")).not.toContain("claude-sonnet-4");
  });

  it("by the user's own price list where it names models: what it says is sold is sold, at its prices", () => {
    const prices = priceBook().with([own("giant-large", 10), own("helper-small", 1), own("gone-small", 0.5, { retiredOn: "2026-10-01" })]);
    expect(modelsOf(lanesOf("home", "giant-large", prices), "home")).toEqual([]);
    const family = priceBook().with([own("giant-large", 10), own("giant-small", 1), own("giant-mini", 0.5, { retiredOn: "2026-10-01" })]);
    expect(modelsOf(lanesOf("home", "giant-large", family), "home")).toEqual(["giant-small"]);
    const dear = priceBook().with([{ ...own("claude-3-haiku", 900), provider: "anthropic" }]);
    expect(modelsOf(lanesOf("anthropic", "claude-3-opus", dear), "anthropic")).not.toContain("claude-3-haiku");
  });

  it("to the same model elsewhere, where that is cheaper", () => {
    const there = { ...own("giant-large", 8), provider: "elsewhere" };
    const prices = priceBook().with([own("giant-large", 10), there, { ...there, provider: "dearer", rates: own("x", 11).rates }]);
    expect(lanesOf("home", "giant-large", prices)).toEqual([{ provider: "elsewhere", model: "giant-large" }]);
  });

  it("nowhere for a model without a price, or for work that only few models do", () => {
    expect(lanesOf("openai", "nobody-knows")).toEqual([]);
    expect(modelsOf(lanesOf("openai", "gpt-4o"), "openai").filter((model) => /audio|search|^o\d/.test(model))).toEqual([]);
  });
});

describe("tiers", () => {
  it.each([
    ["claude-haiku-4-5", "small"],
    ["gpt-4o-mini", "small"],
    ["gpt-5-nano", "small"],
    ["gemini-2.5-flash-lite", "small"],
    ["gemini-2.5-flash", "middle"],
    ["gemini-2.5-pro", "large"],
    ["gpt-4o", "middle"],
    ["claude-sonnet-5", "middle"],
    ["claude-opus-5", "large"],
    ["gpt-5.5", "large"],
    ["o3", "large"],
    ["o4-mini", "middle"],
    ["llama-3.3-70b-versatile", "middle"],
    ["llama-3.1-8b-instant", "small"],
    ["qwen3-235b-a22b", "large"],
    ["something-else", undefined],
  ])("%s is %s", (model, tier) => {
    expect(tierOf(model)).toBe(tier);
  });

  it("of names that tell nothing go by price", () => {
    expect([1, 2, 3].map((price) => tierByPrice(price, [1, 2, 3]))).toEqual(["small", "middle", "large"]);
    expect(tierByPrice(5, [])).toBe("small");
  });
});

describe("facts of models", () => {
  it("tell what a model takes and when it came out, and nothing of models that nobody knows", () => {
    expect(factsOf("claude-3-haiku")).toEqual({
      contextTokens: 200_000,
      outputTokens: 4096,
      reasons: false,
      callsTools: true,
      seesPictures: true,
      releasedOn: "2024-03-13",
    });
    expect(factsOf("nobody-knows")).toBeUndefined();
    const lines = MODEL_FACTS.split("\n");
    expect(lines.filter((line) => !/^\S+ \d+ (?:\d+|-) (?:[rRtTvV]{1,3}|-) (?:20\d\d-\d\d-\d\d|-)$/.test(line))).toEqual([]);
    expect(new Set(lines.map((line) => line.split(" ")[0])).size).toBe(lines.length);
  });

  it.skipIf(!hasData("prices"))("are what the snapshots give (needs TOKENLEDGER_DATA)", () => {
    const [text] = Object.values(generateModelFacts(dataPath("prices"), pricing));
    expect(text).toContain(JSON.stringify(MODEL_FACTS));
  });
});
