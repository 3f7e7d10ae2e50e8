import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ComplexitySigns, complexityOf, requiredTier } from "../../../src/insights/optimize/models/complexity.ts";
import { hasData, readData } from "../../shared-data.ts";

const count = fc.oneof(fc.nat(20), fc.nat(3000), fc.nat(100_000_000));
const SIGNS = ["outputTokens", "reasoningTokens", "tools", "turns", "inputTokens"] as const;
const signs = fc.record(
  { outputTokens: count, reasoningTokens: count, tools: count, turns: count, inputTokens: count, hasPictures: fc.boolean() },
  { requiredKeys: [] },
);

describe("how demanding a call is", () => {
  it("is at least 0 and less than 1, and nothing where nothing is told", () => {
    fc.assert(
      fc.property(signs, (drawn) => {
        const complexity = complexityOf(drawn);
        expect(complexity).toBeGreaterThanOrEqual(0);
        expect(complexity).toBeLessThan(1);
      }),
    );
    expect(complexityOf({})).toBe(0);
  });

  it("never falls where a sign is stronger, and a missing sign counts like none", () => {
    fc.assert(
      fc.property(signs, fc.constantFrom(...SIGNS), count, (drawn, sign, more) => {
        const stronger: ComplexitySigns = { ...drawn, [sign]: (drawn[sign] ?? 0) + more };
        expect(complexityOf(stronger)).toBeGreaterThanOrEqual(complexityOf(drawn));
        expect(complexityOf({ ...drawn, hasPictures: true })).toBeGreaterThanOrEqual(complexityOf(drawn));
        const { [sign]: _left, ...without } = drawn;
        expect(complexityOf({ ...without, [sign]: 0 })).toBe(complexityOf(without));
      }),
    );
  });

  it("never asks for a large model by length alone", () => {
    expect(requiredTier(complexityOf({ inputTokens: 1e9, outputTokens: 1e9 }))).toBe("middle");
    expect(requiredTier(complexityOf({ inputTokens: 10_000, outputTokens: 10_000 }))).toBe("small");
    expect(requiredTier(complexityOf({ inputTokens: 1e5, outputTokens: 1e4, reasoningTokens: 5000, tools: 9 }))).toBe("large");
  });
});

describe.skipIf(!hasData("traces"))("published traces (need TOKENLEDGER_DATA)", () => {
  const shareBelow = (calls: ComplexitySigns[]): number => calls.filter((call) => complexityOf(call) < 0.3).length / calls.length;
  const ofAzure = (name: string): ComplexitySigns[] =>
    readData(`traces/${name}`)
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(","))
      .map(([, inputTokens, outputTokens]) => ({ inputTokens: Number(inputTokens), outputTokens: Number(outputTokens) }));

  it("most chats and completions of Azure are simple, and few of Mooncake's conversations", () => {
    expect(shareBelow(ofAzure("azure2023_conv.csv.gz"))).toBeGreaterThan(0.95);
    expect(shareBelow(ofAzure("azure2023_code.csv.gz"))).toBeGreaterThan(0.97);
    const mooncake = readData("traces/mooncake_conversation.jsonl.gz")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { input_length: number; output_length: number })
      .map((call) => ({ inputTokens: call.input_length, outputTokens: call.output_length }));
    expect(shareBelow(mooncake)).toBeLessThan(0.5);
  });
});
