import { describe, expect, it } from "vitest";
import { changesOf, draftIn, parametersOf } from "../../web/src/views/prices/explain-question.ts";
import { datesText, ratesIn, thresholdText } from "../../web/src/views/prices/price-documents.ts";
import { modelsOf, pricedText, unpricedOf } from "../../web/src/views/prices/priced-models.ts";

describe("models of the book", () => {
  const rows = [
    { model: "a", requests: 10, unpriced_requests: 0, cost_usd: "1" },
    { model: "b", requests: 10, unpriced_requests: 4, cost_usd: "1" },
    { model: "c", requests: 9, unpriced_requests: 9, cost_usd: null },
    { model: null, requests: 3, unpriced_requests: 3, cost_usd: null },
  ] as never;

  it("are unpriced where no call has a price, and partly where some have none", () => {
    expect(modelsOf(rows).map(pricedText)).toEqual(["priced", "partly priced", "unpriced"]);
  });

  it("are listed without a price, those with most such calls first", () => {
    expect(unpricedOf(modelsOf(rows)).map(({ model }) => model)).toEqual(["c", "b"]);
  });
});

describe("a price", () => {
  it("keeps its exact text and leaves out what is not priced", () => {
    expect(ratesIn({ input: "1.25", output: "10", cache_read: "0.125", sources: [] })).toEqual([
      ["input", "1.25"],
      ["output", "10"],
      ["cache read", "0.125"],
    ]);
  });

  it("tells from which length of prompt on another one holds, and from when to when", () => {
    expect(thresholdText({ above: 200_000, input: "10" })).toBe("above 200,000 tokens of input");
    expect(thresholdText({ from: 128_000 })).toBe("from 128,000 tokens of input");
    expect(datesText({ effective_from: null, effective_to: null })).toBe("always");
    expect(datesText({ effective_from: "2026-01-01", effective_to: "2026-06-01" })).toBe("2026-01-01 to 2026-06-01");
  });
});

describe("the question for a price", () => {
  it("stands in the address and comes back out of it", () => {
    const draft = { model: "gpt-5", input: "30,000", provider: "", tier: "batch" };
    const address = changesOf(draft);
    expect(draftIn({ word: (name) => address[name] })).toMatchObject(draft);
    expect(parametersOf(draft)).toEqual({ model: "gpt-5", input: "30000", tier: "batch" });
  });
});
