import { describe, expect, it } from "vitest";
import { buildExplanation, type ExplanationDocument, periodOf } from "../../src/insights/index.ts";
import { type Dimension, openLedger } from "../../src/ledger/index.ts";
import { parseUsd } from "../../src/money.ts";
import type { UsageRecord } from "../../src/usage/index.ts";

const january = periodOf("2026-01-01", "2026-01-31", "UTC");
const february = periodOf("2026-02-01", "2026-02-28", "UTC");
const NOW = Date.parse("2026-03-01T00:00:00Z");

const at = (day: string): number => Date.parse(`${day}T12:00:00Z`);

function call(day: string, fields: Partial<UsageRecord> = {}): UsageRecord {
  return {
    timestampMs: at(day),
    provider: "anthropic",
    model: "claude-sonnet-4-5",
    source: "library",
    tokens: { input: 1000, output: 100 },
    ...fields,
  };
}

/** The same call so many times, told apart by their ids. */
const times = (count: number, record: UsageRecord): UsageRecord[] =>
  Array.from({ length: count }, (_, i) => ({ ...record, id: `${record.timestampMs}-${record.model}-${i}` }));

async function explain(records: UsageRecord[], by: Dimension = "model"): Promise<ExplanationDocument> {
  const book = await openLedger("sqlite::memory:");
  await book.record(records);
  const document = await buildExplanation(book, { from: january, to: february, by, generatedAtMs: NOW });
  await book.close();
  return document;
}

const sumOf = (effects: ExplanationDocument["effects"]): bigint => effects.reduce((sum, { amount_usd }) => sum + parseUsd(amount_usd), 0n);

function expectToAddUp(document: ExplanationDocument): void {
  const change = parseUsd(document.change_usd);
  expect(sumOf(document.effects)).toBe(change);
  expect(parseUsd(document.to.cost_usd) - parseUsd(document.from.cost_usd)).toBe(change);
  expect(document.names.reduce((sum, name) => sum + parseUsd(name.change_usd), 0n)).toBe(change);
  for (const name of document.names) {
    expect(sumOf(name.effects)).toBe(parseUsd(name.change_usd));
    expect(parseUsd(name.to_usd) - parseUsd(name.from_usd)).toBe(parseUsd(name.change_usd));
  }
}

describe("an explanation", () => {
  it("twice the requests are volume alone", async () => {
    const document = await explain([...times(10, call("2026-01-10")), ...times(20, call("2026-02-10"))]);
    expect(document).toMatchObject({ change_usd: "0.045", change_percent: 100, effects: [{ effect: "volume", amount_usd: "0.045" }] });
    expect(document.findings.map(({ sentence }) => sentence)).toEqual([
      "Spending rose by $0.05 (100 %), from $0.05 to $0.09.",
      "More requests: +$0.05.",
    ]);
    expectToAddUp(document);
  });

  it("a cache that was lost is the kind of input alone", async () => {
    const cached = call("2026-01-10", { tokens: { input: 10_000, cacheRead: 10_000, output: 100 } });
    const uncached = call("2026-02-10", { tokens: { input: 10_000, output: 100 } });
    const document = await explain([...times(5, cached), ...times(5, uncached)]);
    // $3.00 instead of $0.30 per million.
    expect(document.effects).toEqual([{ effect: "kind_in", amount_usd: "0.135" }]);
  });

  it("a discount is price alone: what was paid counts, not the list", async () => {
    const reported = (day: string, nanoUsd: number) => times(4, call(day, { reportedCostNanoUsd: nanoUsd }));
    const document = await explain([...reported("2026-01-10", 4_500_000), ...reported("2026-02-10", 2_250_000)]);
    expect(document.effects).toEqual([{ effect: "price", amount_usd: "-0.009" }]);
  });

  it("models that came and went stand apart from those that stayed", async () => {
    const document = await explain([
      ...times(3, call("2026-01-10")),
      ...times(3, call("2026-01-10", { model: "claude-opus-4-1" })),
      ...times(3, call("2026-02-10")),
      ...times(3, call("2026-02-10", { provider: "openai", model: "gpt-5" })),
    ]);
    expect(document.effects).toEqual([
      { effect: "retired", amount_usd: "-0.0675" },
      { effect: "new", amount_usd: "0.00675" },
    ]);
    expect(document.findings.map(({ sentence }) => sentence)).toContain("Models that are no longer used (claude-opus-4-1): -$0.07.");
    expectToAddUp(document);
  });

  it("what has no list price has one price for all its tokens, and says so; what has no cost is left out by name", async () => {
    const house = (day: string, nanoUsd: number, input: number) =>
      call(day, { provider: "in-house", model: "house-1", reportedCostNanoUsd: nanoUsd, tokens: { input, output: input } });
    const document = await explain([
      house("2026-01-10", 200_000, 100),
      house("2026-02-10", 400_000, 200),
      call("2026-02-11", { provider: "in-house", model: "house-2" }),
    ]);
    expect(document.effects).toEqual([
      { effect: "length_in", amount_usd: "0.0001" },
      { effect: "length_out", amount_usd: "0.0001" },
    ]);
    expect(document.to.requests).toBe(1);
    expect(document.warnings).toEqual([
      "1 request without a known price is left out: house-2.",
      "No list price is known for house-1: all their tokens are taken to have the same price.",
    ]);
  });

  it("a cost without tokens is told apart, and no division by them is made", async () => {
    const document = await explain([
      call("2026-01-10"),
      call("2026-02-10"),
      call("2026-02-10", { id: "bill", model: "invoice", tokens: {}, reportedCostNanoUsd: 7 }),
    ]);
    expect(document.effects).toEqual([{ effect: "other", amount_usd: "0.000000007" }]);
  });

  it.each(["model", "provider", "team", "project", "source", "user"] as const)(
    "by %s, names add up to the change, to the last digit",
    async (by) => {
      const records: UsageRecord[] = [];
      let state = 1;
      const draw = (below: number): number => {
        state = (state * 48_271) % 2_147_483_647;
        return state % below;
      };
      for (let i = 0; i < 600; i++) {
        const cacheRead = draw(9000);
        records.push(
          call(i < 250 ? "2026-01-15" : "2026-02-15", {
            id: `record-${i}`,
            model: ["claude-sonnet-4-5", "claude-opus-4-1", "claude-haiku-4-5", "house"][draw(4)] as string,
            tokens: { input: cacheRead + draw(2000), cacheRead, output: draw(3000) },
            team: `team-${draw(4)}`,
            user: `user-${draw(150)}`,
            ...(draw(3) > 0 && { project: `project-${draw(5)}` }),
            ...(draw(3) === 0 && { reportedCostNanoUsd: draw(90_000_000) }),
          }),
        );
      }
      const document = await explain(records, by);
      expectToAddUp(document);
      expect(document.effects).toEqual((await explain(records, "model")).effects);
      if (by !== "user") return;
      expect(document.names).toHaveLength(101);
      const priced = records.filter(({ model, reportedCostNanoUsd }) => model !== "house" || reportedCostNanoUsd !== undefined);
      expect(document.names.at(-1)).toMatchObject({ name: null, names: new Set(priced.map(({ user }) => user)).size - 100 });
    },
  );

  it("an empty book changed by nothing", async () => {
    const document = await explain([]);
    expect(document).toMatchObject({ change_usd: "0", change_percent: null, effects: [], names: [], warnings: [] });
    expect(document.findings).toEqual([{ kind: "change", sentence: "Spending did not change: $0.00." }]);
  });

  it("names of models may be anything, and huge costs stay exact", async () => {
    const costly = (day: string, id: string, model: string) =>
      call(day, { id, model, reportedCostNanoUsd: Number.MAX_SAFE_INTEGER - id.length });
    const document = await explain([
      ...["a", "bb", "ccc"].map((id) => costly("2026-01-10", id, "__proto__")),
      ...["d", "ee"].map((id) => costly("2026-02-10", id, "__proto__")),
      ...["f", "gg"].map((id) => costly("2026-02-10", id, "constructor")),
    ]);
    expectToAddUp(document);
    expect(parseUsd(document.to.cost_usd)).toBe(4n * BigInt(Number.MAX_SAFE_INTEGER) - 6n);
  });

  it("times and tags are refused: a call can stand in several of them", async () => {
    const book = await openLedger("sqlite::memory:");
    for (const by of ["day", "tag"] as const)
      await expect(buildExplanation(book, { from: january, to: february, by, generatedAtMs: NOW })).rejects.toThrow(
        `by: "${by}" is not what a change`,
      );
    await book.close();
  });

  it("the same bytes twice", async () => {
    const records = [...times(7, call("2026-01-10")), ...times(9, call("2026-02-10", { model: "claude-haiku-4-5" }))];
    expect(JSON.stringify(await explain(records, "team"))).toBe(JSON.stringify(await explain([...records].reverse(), "team")));
  });
});
