import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generatePriceBook } from "../../scripts/price-book.mjs";
import { lintPrices, priceBook } from "../../src/pricing/index.ts";
import * as spelling from "../../src/pricing/spelling.ts";
import { root } from "../house/repository.ts";
import { dataPath, hasData } from "../shared-data.ts";

const book = priceBook();
const SNAPSHOT = Date.UTC(2026, 7, 21);

/** USD for a million tokens: input / output, then r read, w 5-minute write, W 1-hour write, a audio input, >N in/out beyond. */
const LIST: readonly [provider: string, model: string, price: string][] = [
  ["anthropic", "claude-3-opus", "15/75 r1.5 w18.75 W30"],
  ["anthropic", "claude-3-sonnet", "3/15 r0.3 w3.75 W6"],
  ["anthropic", "claude-3-haiku", "0.25/1.25 r0.03 w0.3 W0.5"],
  ["anthropic", "claude-3.5-sonnet", "3/15 r0.3 w3.75 W6"],
  ["anthropic", "claude-3.5-haiku", "0.8/4 r0.08 w1 W1.6"],
  ["anthropic", "claude-3.7-sonnet", "3/15 r0.3 w3.75 W6"],
  ["anthropic", "claude-opus-4", "15/75 r1.5 w18.75 W30"],
  ["anthropic", "claude-opus-4-1", "15/75 r1.5 w18.75 W30"],
  ["anthropic", "claude-sonnet-4", "3/15 r0.3 w3.75 W6 >200000 6/22.5"],
  ["anthropic", "claude-sonnet-4-5", "3/15 r0.3 w3.75 W6 >200000 6/22.5"],
  ["anthropic", "claude-haiku-4-5", "1/5 r0.1 w1.25 W2"],
  ["anthropic", "claude-opus-4-5", "5/25 r0.5 w6.25 W10"],
  ["anthropic", "claude-opus-4-6", "5/25 r0.5 w6.25 W10"],
  ["anthropic", "claude-opus-4-8", "5/25 r0.5 w6.25 W10"],
  ["anthropic", "claude-sonnet-4-6", "3/15 r0.3 w3.75 W6"],
  ["anthropic", "claude-sonnet-5", "2/10 r0.2 w2.5 W4"],
  ["openai", "gpt-4-turbo", "10/30"],
  ["openai", "gpt-4o", "2.5/10 r1.25"],
  ["openai", "gpt-4o-2024-05-13", "5/15"],
  ["openai", "gpt-4o-mini", "0.15/0.6 r0.075"],
  ["openai", "gpt-4.1", "2/8 r0.5"],
  ["openai", "gpt-4.1-mini", "0.4/1.6 r0.1"],
  ["openai", "gpt-4.1-nano", "0.1/0.4 r0.025"],
  ["openai", "o1", "15/60 r7.5"],
  ["openai", "o3", "2/8 r0.5"],
  ["openai", "o3-mini", "1.1/4.4 r0.55"],
  ["openai", "o4-mini", "1.1/4.4 r0.275"],
  ["openai", "gpt-5", "1.25/10 r0.125"],
  ["openai", "gpt-5-codex", "1.25/10 r0.125"],
  ["openai", "gpt-5-mini", "0.25/2 r0.025"],
  ["openai", "gpt-5-nano", "0.05/0.4 r0.005"],
  ["openai", "gpt-5.1", "1.25/10 r0.125"],
  ["openai", "gpt-5.2", "1.75/14 r0.175"],
  ["openai", "gpt-5.4", "2.5/15 r0.25 >272000 5/22.5"],
  ["openai", "gpt-5.4-mini", "0.75/4.5 r0.075"],
  ["openai", "gpt-5.5", "5/30 r0.5 >272000 10/45"],
  ["openai", "gpt-5.6", "5/30 r0.5 w6.25 >272000 10/45"],
  ["openai", "gpt-5.6-sol", "5/30 r0.5 w6.25 >272000 10/45"],
  ["openai", "gpt-4o-audio-preview", "2.5/10 a40"],
  ["openai", "text-embedding-3-small", "0.02/–"],
  ["openai", "gpt-3.5-turbo", "0.5/1.5"],
  ["google", "gemini-2.0-flash", "0.1/0.4 r0.025 a0.7"],
  ["google", "gemini-2.5-pro", "1.25/10 r0.125 >200000 2.5/15"],
  ["google", "gemini-2.5-flash", "0.3/2.5 r0.03 a1"],
  ["google", "gemini-2.5-flash-lite", "0.1/0.4 r0.01 a0.3"],
  ["google", "gemini-3-pro-preview", "2/12 r0.2 >200000 4/18"],
  ["google", "gemini-3-flash-preview", "0.5/3 r0.05 a1"],
  ["google", "gemini-3.1-pro-preview", "2/12 r0.2 >200000 4/18"],
  ["google", "gemini-3.5-flash", "1.5/9 r0.15 a1"],
  ["deepseek", "deepseek-chat", "0.14/0.28 r0.0028"],
  ["xai", "grok-4", "3/15 r0.75 >=128000 6/30"],
  ["mistral", "mistral-large-latest", "0.5/1.5"],
  ["mistral", "mistral-large-2411", "2/6"],
  ["bedrock", "amazon.nova-pro-v1:0", "0.8/3.2 r0.2"],
  ["groq", "llama-3.3-70b-versatile", "0.59/0.79"],
];

describe("the bundled prices", () => {
  it.each(LIST)("%s/%s is %s", (provider, model, price) => {
    const entry = book.find(provider, model, SNAPSHOT);
    const usd = (femto: number | undefined): string => (femto === undefined ? "–" : String(femto / 1e9));
    const kinds = { cacheRead: "r", cacheWrite5m: "w", cacheWrite1h: "W", audioInput: "a" } as const;
    const parts = Object.entries(kinds).flatMap(([kind, letter]) => {
      const femto = entry?.rates[kind as keyof typeof kinds];
      return femto === undefined ? [] : [`${letter}${usd(femto)}`];
    });
    const tiers = (entry?.longContext ?? []).map(
      ({ thresholdTokens, inclusive, rates }) => `>${inclusive ? "=" : ""}${thresholdTokens} ${usd(rates.input)}/${usd(rates.output)}`,
    );
    expect([`${usd(entry?.rates.input)}/${usd(entry?.rates.output)}`, ...parts, ...tiers].join(" ")).toBe(price);
  });

  it("leave lint nothing to say", () => {
    expect(lintPrices(book.entries()).map(({ provider, model, message }) => `${provider}/${model}: ${message}`)).toEqual([]);
  });

  it("name their sources and dates; a single source is told apart", () => {
    for (const { provider, model, sources } of book.entries()) {
      expect(sources.length, `${provider}/${model}`).toBeGreaterThan(0);
      for (const { date } of sources) expect(date).toMatch(/^20\d\d-\d\d-\d\d$/);
    }
    expect(book.find("anthropic", "claude-fable-5-1")?.sources.map(({ name }) => name)).toEqual(["command-line output of Claude Code"]);
    expect(book.find("openai", "gpt-5")?.sources.length).toBeGreaterThan(2);
  });

  it("keep the price of retired models, with the date", () => {
    expect(book.find("anthropic", "claude-3-opus")?.retiredOn).toBe("2026-05-01");
    expect(book.cost({ provider: "anthropic", model: "claude-3-opus", at: "2026-11-01", tokens: { input: 1000 } })).toHaveProperty(
      "costUsd",
      0.015,
    );
  });

  it("know every provider that they promise", () => {
    const providers = new Set(book.entries().map(({ provider }) => provider));
    const promised = [
      "anthropic",
      "openai",
      "google",
      "vertex",
      "mistral",
      "deepseek",
      "xai",
      "groq",
      "cohere",
      "moonshot",
      "qwen",
      "zai",
      "bedrock",
      "azure",
    ];
    expect(promised.filter((name) => !providers.has(name))).toEqual([]);
  });
});

describe.skipIf(!hasData("prices"))("scripts/price-book.mjs", () => {
  // A skipped suite's body runs all the same.
  const files = hasData("prices") ? generatePriceBook(dataPath("prices"), spelling) : { skipped: "" };
  it.each(Object.keys(files))("%s is what the snapshots give", (path) => {
    expect(readFileSync(join(root, path), "utf8")).toBe(files[path as keyof typeof files]);
  });
});
