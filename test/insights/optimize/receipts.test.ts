import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/analysis/index.ts";
import { type AppliedRule, buildReceipts, documentSchema, type ReceiptDocument } from "../../../src/insights/index.ts";
import { differenceOfShares } from "../../../src/insights/optimize/belief/two-shares.ts";
import { openLedger } from "../../../src/ledger/index.ts";
import { parseUsd } from "../../../src/money.ts";
import type { UsageRecord } from "../../../src/usage/index.ts";

const DAY_MS = 86_400_000;
const APPLIED = Date.UTC(2026, 3, 1);
const NOW = APPLIED + 10 * DAY_MS;

const OPUS = { provider: "anthropic", model: "claude-3-opus-20240229" };
const HAIKU = { provider: "anthropic", model: "claude-3-haiku-20240307" };
/** USD per token of input and output: $15 and $75, $0.25 and $1.25 a million. */
const COST = { [OPUS.model]: [15e-6, 75e-6], [HAIKU.model]: [0.25e-6, 1.25e-6] } as const;

const switched: AppliedRule = {
  id: "model-downgrade-00000001",
  kind: "model-downgrade",
  from: "claude-3-opus",
  to: "claude-3-haiku",
  appliedAtMs: APPLIED,
  scopes: [{ team: "support" }],
  action: {
    type: "route",
    from: { provider: "anthropic", model: "claude-3-opus" },
    to: { provider: "anthropic", model: "claude-3-haiku" },
    keptShare: 0.05,
  },
  expectedSavingNanoUsd: 100_000_000_000,
};

interface Story {
  callsADay: number;
  /** How many times as many calls there are since. */
  volume: number;
  /** Whether records tell which model was asked for. */
  tellsRequested?: boolean;
  failsSince?: number;
}

/** Calls of a team before and after the switch, some kept back; and of another team, which the rule is not about. */
function calls({ callsADay, volume, tellsRequested = true, failsSince = 0 }: Story): UsageRecord[] {
  const random = seededRandom(11);
  const records: UsageRecord[] = [];
  const add = (timestampMs: number, model: string, fields: Partial<UsageRecord>): void => {
    const input = 200 + Math.floor(random() * 4000);
    const output = 50 + Math.floor(random() * 800);
    records.push({
      id: `${records.length}`,
      timestampMs,
      provider: "anthropic",
      model,
      source: "gateway",
      tokens: { input, output },
      ...fields,
    });
  };
  for (let day = -28; day < 10; day++) {
    const isSince = day >= 0;
    const count = callsADay * (isSince ? volume : 1);
    for (let call = 0; call < count; call++) {
      const timestampMs = APPLIED + day * DAY_MS + Math.floor((call * DAY_MS) / count);
      const isMoved = isSince && call % 20 !== 0;
      add(timestampMs, isMoved ? HAIKU.model : OPUS.model, {
        team: "support",
        status: isMoved && random() < failsSince ? "error" : "ok",
        ...(isMoved && tellsRequested && { requestedModel: "claude-3-opus" }),
      });
    }
    add(APPLIED + day * DAY_MS + 1000, HAIKU.model, { team: "elsewhere", requestedModel: "claude-3-opus" });
  }
  return records;
}

/** In USD: what the calls that were moved would have cost before, less what they cost. */
function truth(records: readonly UsageRecord[]): number {
  return records
    .filter(({ team, timestampMs, model }) => team === "support" && timestampMs >= APPLIED && model === HAIKU.model)
    .reduce((sum, { tokens: { input = 0, output = 0 } }) => {
      const [oldIn, oldOut] = COST[OPUS.model] as readonly [number, number];
      const [newIn, newOut] = COST[HAIKU.model] as readonly [number, number];
      return sum + input * (oldIn - newIn) + output * (oldOut - newOut);
    }, 0);
}

async function receiptOf(records: readonly UsageRecord[], rule: AppliedRule, generatedAtMs = NOW): Promise<ReceiptDocument> {
  const book = await openLedger("sqlite::memory:");
  try {
    if (records.length > 0) await book.record([...records]);
    const document = await buildReceipts(book, { rules: [rule], generatedAtMs });
    const validate = new Ajv2020({ strict: true }).compile(await documentSchema("receipts"));
    expect([validate(document), validate.errors]).toEqual([true, null]);
    expect(document.totals.saved_usd).toBe(document.receipts[0]?.saved_usd ?? "0");
    return document.receipts[0] as ReceiptDocument;
  } finally {
    await book.close();
  }
}

describe("the receipt of a switch", () => {
  it.each([1, 2, 5])("is the truth, with %i times the calls", async (volume) => {
    const records = calls({ callsADay: 60, volume });
    const receipt = await receiptOf(records, switched);
    expect(Number(receipt.saved_usd) / truth(records)).toBeCloseTo(1, 6);
    expect(parseUsd(receipt.old_cost_usd ?? "") - parseUsd(receipt.cost_usd)).toBe(parseUsd(receipt.saved_usd ?? ""));
    expect(receipt).toMatchObject({ calls: 570 * volume, kept_calls: 30 * volume, measured_by: "old_model", saved_percent: 98.3333 });
    // 730 hours of which 240 have passed.
    expect(Number(receipt.realised_usd)).toBeCloseTo((Number(receipt.saved_usd) * 730) / 240, 6);
    expect(receipt.expected_usd).toBe("100");
    // How much was saved of each dollar is as it was foreseen, however many they are.
    expect(receipt.calibration).toBe(1);
  });

  it("counts every call at the new model where there were none before, and only those that asked for the old one where there were", async () => {
    const silent = calls({ callsADay: 60, volume: 1, tellsRequested: false });
    expect(await receiptOf(silent, switched)).toMatchObject({ calls: 570 });
    const used: UsageRecord = { ...(silent[0] as UsageRecord), id: "used before", timestampMs: APPLIED - DAY_MS, model: HAIKU.model };
    expect(await receiptOf([...silent, used], switched)).toMatchObject({
      calls: 0,
      saved_usd: "0",
      sentence: "No call has gone to claude-3-haiku since.",
    });
    expect(await receiptOf([...calls({ callsADay: 60, volume: 1 }), used], switched)).toMatchObject({ calls: 570 });
  });

  it("is about the calls of its scopes: an empty name means calls without one", async () => {
    const records = calls({ callsADay: 60, volume: 1 });
    const of = async (scopes: AppliedRule["scopes"]) => (await receiptOf(records, { ...switched, scopes })).calls;
    expect([
      await of([{}]),
      await of([{ team: "elsewhere" }]),
      await of([{ team: "" }]),
      await of([{ team: "support", project: "" }]),
    ]).toEqual([580, 10, 0, 570]);
  });

  it("takes the old model's discount to have gone on", async () => {
    const records = calls({ callsADay: 60, volume: 2 });
    const discounted = records.map((record) => {
      const [input, output] = COST[record.model] as readonly [number, number];
      const list = (record.tokens.input ?? 0) * input + (record.tokens.output ?? 0) * output;
      return { ...record, reportedCostNanoUsd: Math.round(list * 0.8e9) };
    });
    const receipt = await receiptOf(discounted, switched);
    expect(Number(receipt.saved_usd) / (0.8 * truth(records))).toBeCloseTo(1, 6);
    expect(receipt.calibration).toBeCloseTo(1, 4);
  });

  it("says where calls fare worse than those kept back, and nothing where chance may be it", async () => {
    const worse = await receiptOf(calls({ callsADay: 200, volume: 4, failsSince: 0.1 }), switched);
    expect(worse.guards).toMatchObject([{ name: "errors", compared_with: "kept", compared_share: 0, verdict: "worse" }]);
    expect(worse.sentence).toMatch(
      /^Saved \$\d+\.\d\d on \d+ calls, and there are more errors than before: look at answers before it stays\.$/,
    );
    const chance = await receiptOf(calls({ callsADay: 60, volume: 1, failsSince: 0.01 }), switched);
    expect(chance.guards).toMatchObject([{ name: "errors", verdict: "no difference shown" }]);
    const calm = await receiptOf(calls({ callsADay: 60, volume: 1 }), switched);
    expect(calm.guards).toEqual([]);
  });

  it("compares follow-ups and answers cut short with the time before where none are kept back", async () => {
    const records = Array.from({ length: 400 }, (_, i): UsageRecord => {
      const isSince = i >= 200;
      return {
        id: `${i}`,
        timestampMs: APPLIED + (i - 200) * 7_200_000 + (isSince && i % 2 === 1 ? -7_100_000 : 0),
        provider: "anthropic",
        model: isSince ? HAIKU.model : OPUS.model,
        source: "gateway",
        team: "support",
        sessionId: `session ${Math.floor(i / 2)}`,
        tokens: { input: 1000, output: 100 },
        ...(isSince && { requestedModel: "claude-3-opus" }),
        metadata: { stream: "true", ...(isSince && i % 4 === 0 && { finish: "length" }) },
      };
    });
    const { guards } = await receiptOf(records, switched, APPLIED + 20 * DAY_MS);
    expect(guards).toMatchObject([
      { name: "length_stops", calls: 200, share: 0.25, compared_with: "before", compared_calls: 200, compared_share: 0, verdict: "worse" },
      { name: "follow_ups", calls: 200, share: 0.5, compared_with: "before", compared_share: 0, verdict: "worse" },
    ]);
  });

  it("says nothing of a month before a day has passed, and nothing was saved where nothing was called", async () => {
    const early = await receiptOf(calls({ callsADay: 60, volume: 1 }), switched, APPLIED + DAY_MS / 2);
    expect(early).toMatchObject({ realised_usd: null });
    expect(Number(early.saved_usd)).toBeGreaterThan(0);
    expect(await receiptOf([], switched)).toMatchObject({ calls: 0, saved_usd: "0", saved_percent: null, calibration: null });
  });
});

describe("the receipt of other rules", () => {
  const sonnet = { provider: "anthropic", model: "claude-sonnet-4-5", source: "gateway" };
  const call = (day: number, tokens: UsageRecord["tokens"], fields: Partial<UsageRecord> = {}): UsageRecord => ({
    ...sonnet,
    id: `${day}`,
    timestampMs: APPLIED + day * DAY_MS + 1000,
    tokens,
    ...fields,
  });
  const rule = (fields: Partial<AppliedRule>): AppliedRule => ({ ...switched, scopes: [{}], from: "claude-sonnet-4-5", to: "", ...fields });

  it("a cache's is against the same input without one", async () => {
    const records = [
      call(-3, { input: 100_000 }),
      call(1, { input: 100_000, cacheWrite5m: 100_000 }),
      call(2, { input: 100_000, cacheRead: 100_000 }),
    ];
    const caching = rule({
      kind: "enable-caching",
      action: { type: "cache", provider: "anthropic", model: "claude-sonnet-4-5", policy: "always-5m" },
    });
    // $3 a million: 3.75 for writing, 0.30 for reading.
    const receipt = await receiptOf(records, caching);
    expect(receipt).toMatchObject({ measured_by: "no_cache", calls: 2, cost_usd: "0.405", old_cost_usd: "0.6", saved_usd: "0.195" });
  });

  it("a cache's leaves out what was cached before it", async () => {
    const half = { input: 100_000, cacheRead: 50_000 };
    const caching = rule({
      kind: "enable-caching",
      action: { type: "cache", provider: "anthropic", model: "claude-sonnet-4-5", policy: "always-5m" },
    });
    expect(await receiptOf([call(-3, half), call(1, half)], caching)).toMatchObject({ saved_usd: "0" });
  });

  it("a batch's is against the usual tier", async () => {
    const records = [call(-3, { input: 100_000 }), call(1, { input: 100_000 }, { serviceTier: "batch" }), call(2, { input: 100_000 })];
    const batching = rule({ kind: "batch-requests", action: { type: "by_hand", advice: "Send them as a batch." } });
    expect(await receiptOf(records, batching)).toMatchObject({
      measured_by: "standard_tier",
      cost_usd: "0.45",
      old_cost_usd: "0.6",
      saved_usd: "0.15",
    });
  });

  it("what programs do otherwise by themselves has no price to compare with, and none is made up", async () => {
    const trimmed = rule({ kind: "trim-prompt", action: { type: "by_hand", advice: "Shorter prompts." } });
    expect(await receiptOf([call(1, { input: 1000 })], trimmed)).toMatchObject({
      measured_by: null,
      calls: 1,
      saved_usd: null,
      realised_usd: null,
    });
  });
});

describe("the range of a difference of two shares", () => {
  it.each([
    // Newcombe 1998, table II.
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [10, 10, 0, 10, 0.6075, 1],
    [0, 10, 0, 10, -0.2775, 0.2775],
  ])("of %i/%i and %i/%i is as published", (hits, of, otherHits, otherOf, low, high) => {
    const difference = differenceOfShares({ hits, of }, { hits: otherHits, of: otherOf });
    expect(difference.low).toBeCloseTo(low, 3);
    expect(difference.high).toBeCloseTo(high, 3);
  });
});
