import * as fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { Call, CalledModel } from "../../../src/insights/optimize/replay/call.ts";
import type { Cell, Lane } from "../../../src/insights/optimize/replay/cell.ts";
import { FLAGS } from "../../../src/insights/optimize/replay/cell.ts";
import { replayCalls } from "../../../src/insights/optimize/replay/replay-calls.ts";
import { type Ledger, openLedger, type StoredRecord } from "../../../src/ledger/index.ts";
import { type PriceEntry, priceBook } from "../../../src/pricing/index.ts";
import type { TokenCounts, UsageRecord } from "../../../src/usage/index.ts";

const START_MS = Date.UTC(2026, 4, 1);
const DAY_MS = 86_400_000;
const END_MS = START_MS + 10 * DAY_MS;

const home = (model: string, input: number, output: number, rest: Partial<PriceEntry> = {}): PriceEntry => ({
  provider: "home",
  model,
  rates: { input, output },
  sources: [],
  ...rest,
});

const PRICES: PriceEntry[] = [
  home("dear", 15_000_000_001, 75_000_000_333, {
    longContext: [{ thresholdTokens: 200_000, inclusive: false, rates: { input: 30_000_000_007, output: 90_000_000_000 } }],
    services: { batch: { permille: 500 } },
    webSearchNanoUsd: 10_000_000,
  }),
  home("cheap", 250_000_123, 1_250_000_077, { effectiveToMs: START_MS + 3.5 * DAY_MS }),
  home("cheap", 125_000_007, 625_000_003, { effectiveFromMs: START_MS + 3.5 * DAY_MS }),
  home("nightly", 100_000_019, 400_000_333, { minutesUtc: [990, 30] }),
  home("nightly", 200_000_019, 800_000_333),
  home("texts", 500_000_007, 900_000_001, {
    rates: { input: 500_000_007, output: 900_000_001, reasoning: 3_000_000_011 },
    regionPermille: { us: 1117 },
  }),
];
const LANES: Lane[] = [
  { provider: "home", model: "cheap" },
  { provider: "home", model: "nightly" },
  { provider: "home", model: "texts" },
  { provider: "home", model: "dear" },
  { provider: "home", model: "dear", serviceTier: "batch" },
  { provider: "home", model: "nobody-knows" },
];
const lanesFor = ({ model }: CalledModel): Lane[] => LANES.filter((lane) => lane.model !== model || lane.serviceTier !== undefined);

const count = fc.oneof(fc.constant(0), fc.nat(5), fc.nat(3000), fc.nat(300_000));
const tokens = fc
  .record({
    fresh: count,
    cacheRead: count,
    cacheWrite5m: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, count),
    cacheWrite1h: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, count),
    audioInput: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat(9)),
    text: count,
    reasoning: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, count),
    webSearches: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat(3)),
  })
  .map(({ fresh, text, ...parts }): TokenCounts => {
    const { cacheRead, cacheWrite5m, cacheWrite1h, audioInput, reasoning } = parts;
    return { ...parts, input: fresh + cacheRead + cacheWrite5m + cacheWrite1h + audioInput, output: text + reasoning };
  });
const records = fc.array(
  fc.record(
    {
      timestampMs: fc.integer({ min: START_MS, max: END_MS - 1 }),
      model: fc.constantFrom("dear", "cheap", "nightly", "texts", "nobody-knows"),
      tokens,
      team: fc.constantFrom("blue", "red"),
      project: fc.constantFrom("shop", "mail", "search"),
      serviceTier: fc.constantFrom("standard", "batch", "default"),
      inferenceGeo: fc.constantFrom("us"),
      requestInputTokens: fc.nat(400_000),
      latencyMs: fc.nat(9000),
      reportedCostNanoUsd: fc.nat(5_000_000_000),
      metadata: fc.constantFrom({ stream: "true", tools: "2" }, { note: "x" }),
    },
    { requiredKeys: ["timestampMs", "model", "tokens"] },
  ),
  { maxLength: 60 },
);

let ledger: Ledger | undefined;
afterEach(async () => {
  await ledger?.close();
  ledger = undefined;
});

async function bookOf(calls: readonly Partial<UsageRecord>[]): Promise<Ledger> {
  await ledger?.close();
  ledger = await openLedger(":memory:", { prices: PRICES });
  const all = calls.map((call, index) => ({ id: `call-${index}`, provider: "home", source: "library", ...call }) as UsageRecord);
  if (all.length > 0) await ledger.record(all);
  return ledger;
}

async function queried(book: Ledger): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  for await (const record of book.query({ startMs: START_MS, endMs: END_MS })) all.push(record);
  return all;
}

const prices = priceBook().with(PRICES);
const span = { startMs: START_MS, endMs: END_MS, prices };

/** By the definition: one record after the other, each as the book of prices has it. */
function naiveLaneCost(record: StoredRecord, lane: Lane): number {
  const list = prices.recordCostNanoUsd(record);
  const cost = prices.recordCostNanoUsd({ ...record, ...lane });
  const paid = record.costNanoUsd as number;
  if (cost === undefined || (list !== paid && !list)) return Number.NaN;
  return list === paid ? cost : Number(roundedHalfUp(BigInt(cost) * BigInt(paid), BigInt(list as number)));
}

function roundedHalfUp(a: bigint, b: bigint): bigint {
  return (2n * a + b) / (2n * b);
}

describe("a replay of a book", () => {
  it("counts, adds up and prices on every lane what pricing record by record gives, to the nano-dollar", async () => {
    await fc.assert(
      fc.asyncProperty(records, async (calls) => {
        const book = await bookOf(calls);
        const cellOfRow = new Map<number, Cell>();
        const digest = await replayCalls(book, { ...span, lanesFor, onCall: (call, cell) => cellOfRow.set(call.row, cell) });
        const all = await queried(book);
        const priced = all.filter(({ costNanoUsd }) => costNanoUsd !== null);
        expect(digest.calls).toBe(priced.length);
        expect(digest.unpricedCalls).toBe(all.length - priced.length);
        expect(digest.cells.reduce((sum, { calls: number }) => sum + number, 0)).toBe(priced.length);
        const days = priced.map(({ timestampMs }) => Math.floor(timestampMs / DAY_MS));
        expect([digest.firstDay, digest.lastDay]).toEqual(
          days.length === 0 ? [Number.NaN, Number.NaN] : [Math.min(...days), Math.max(...days)],
        );
        for (const cell of digest.cells) {
          const own = priced.filter(({ rowId }) => cellOfRow.get(rowId) === cell);
          expect(cell.costNanoUsd).toBe(own.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd as number), 0));
          expect(cell.tokens.output + cell.tokens.reasoning).toBe(own.reduce((sum, record) => sum + (record.tokens.output ?? 0), 0));
          expect(cell.latencyCalls).toBe(own.filter(({ latencyMs }) => latencyMs !== undefined).length);
          for (const record of own) {
            expect(record).toMatchObject({ canonicalModel: cell.model.canonicalModel, ...presentNames(cell) });
            expect(Math.floor(record.timestampMs / DAY_MS)).toBe(cell.day);
          }
          const expected = digest.lanesOf(cell.model).map((lane) => own.reduce((sum, record) => sum + naiveLaneCost(record, lane), 0));
          expect([...cell.laneNanoUsd]).toEqual(expected);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("puts into one cell only calls of one workload, model, day, size and set of terms and flags", async () => {
    const call = { model: "dear", tokens: { input: 100, output: 1 } };
    const book = await bookOf([
      { ...call, timestampMs: START_MS, team: "blue" },
      { ...call, timestampMs: START_MS + 1, team: "blue" },
      { ...call, timestampMs: START_MS + 2, team: "red" },
      { ...call, timestampMs: START_MS + 3, team: "blue", serviceTier: "batch" },
      { ...call, timestampMs: START_MS + 4, team: "blue", tokens: { input: 200_001, output: 1 } },
      { ...call, timestampMs: START_MS + DAY_MS, team: "blue" },
      { ...call, timestampMs: START_MS + 6, team: "blue", tokens: { input: 7, output: 1 } },
    ]);
    const flagger = { flagsOf: ({ inputTokens }: Call) => (inputTokens === 7 ? FLAGS.duplicate : 0) };
    const { cells, sizeThresholds } = await replayCalls(book, { ...span, flaggers: [flagger] });
    expect(cells.map(({ calls }) => calls)).toEqual([2, 1, 1, 1, 1, 1]);
    expect(cells.map(({ size }) => sizeThresholds[size - 1])).toContain(200_000);
    expect(cells.map(({ flags }) => flags)).toEqual([0, 0, 0, 0, FLAGS.duplicate, 0]);
  });

  it("tells calls at the price of a time of day apart from the others", async () => {
    const call = { model: "nightly", tokens: { input: 100, output: 1 } };
    const at = (hour: number): number => START_MS + hour * 3_600_000;
    const book = await bookOf([10, 15, 17, 23, 24, 25].map((hour) => ({ ...call, timestampMs: at(hour) })));
    const { cells } = await replayCalls(book, span);
    expect(cells.map(({ day, flags, calls }) => [day - START_MS / DAY_MS, flags, calls])).toEqual([
      [0, 0, 2],
      [0, FLAGS.offPeak, 2],
      [1, FLAGS.offPeak, 1],
      [1, 0, 1],
    ]);
  });

  it("takes workloads together that are too many, and cells, and loses no call", async () => {
    const calls = Array.from({ length: 40 }, (_, index) => ({
      model: "dear",
      tokens: { input: 100, output: 1 },
      timestampMs: START_MS + (index % 4) * DAY_MS,
      key: `key-${index}`,
    }));
    const book = await bookOf(calls);
    const few = await replayCalls(book, { ...span, limits: { mostWorkloads: 3 } });
    expect(few.cells.filter(({ workload }) => !workload.isRest)).toHaveLength(3);
    expect(few.cells.filter(({ workload }) => workload.isRest).reduce((sum, { calls: number }) => sum + number, 0)).toBe(37);
    const small = await replayCalls(book, { ...span, limits: { mostCells: 10 } });
    expect(small.cells.length).toBeLessThanOrEqual(14);
    expect(small.cells.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0)).toBe(few.costNanoUsd);
  });

  it("shows every call to observers after its cell has counted it, with the facts that its metadata tells", async () => {
    const metadata = { stream: "true", tools: "3", note: "x" };
    const call = { model: "dear", tokens: { input: 100, output: 1 }, sessionId: "s", metadata };
    const book = await bookOf([0, 1, 2].map((ms) => ({ ...call, timestampMs: START_MS + ms })));
    const seen: unknown[] = [];
    const observer = {
      take: ({ timestampMs, facts, session }: Call, cell: Cell) => seen.push([timestampMs - START_MS, facts, session > 0, cell.calls]),
    };
    await replayCalls(book, { ...span, observers: [observer] });
    expect(seen).toEqual([0, 1, 2].map((ms) => [ms, { isStream: true, tools: 3 }, true, ms + 1]));
  });

  it("uses the book's own prices where none are given", async () => {
    const book = await bookOf([{ model: "dear", tokens: { input: 1000, output: 0 }, timestampMs: START_MS }]);
    await book.prices.put([home("cheaper", 1_000_000_000, 1_000_000_000)], "test");
    const { cells } = await replayCalls(book, {
      startMs: START_MS,
      endMs: END_MS,
      lanesFor: () => [{ provider: "home", model: "cheaper" }],
    });
    expect(cells).toHaveLength(1);
  });
});

function presentNames({ workload: { team, project, key, org } }: Cell): object {
  return Object.fromEntries(Object.entries({ team, project, key, org }).filter(([, name]) => name !== undefined));
}
