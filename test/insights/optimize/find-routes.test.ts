import { afterEach, describe, expect, it } from "vitest";
import type { Candidate } from "../../../src/insights/optimize/candidate.ts";
import { watchModelDowngrades } from "../../../src/insights/optimize/models/find-model-downgrades.ts";
import { findProviderSwitches } from "../../../src/insights/optimize/models/find-provider-switches.ts";
import { lanesFor } from "../../../src/insights/optimize/models/lanes.ts";
import type { Cell, Digest } from "../../../src/insights/optimize/replay/cell.ts";
import { replayCalls } from "../../../src/insights/optimize/replay/replay-calls.ts";
import { type Ledger, openLedger } from "../../../src/ledger/index.ts";
import { type PriceEntry, priceBook } from "../../../src/pricing/index.ts";
import type { UsageRecord } from "../../../src/usage/index.ts";

const START_MS = Date.UTC(2026, 2, 1);
const DAY_MS = 86_400_000;
const NOW_MS = START_MS + 28 * DAY_MS;

let ledger: Ledger | undefined;
afterEach(async () => {
  await ledger?.close();
  ledger = undefined;
});

interface Found {
  digest: Digest;
  downgrades: Candidate[];
  switches: Candidate[];
}

async function found(calls: readonly Partial<UsageRecord>[], own: readonly PriceEntry[] = []): Promise<Found> {
  ledger = await openLedger(":memory:", { prices: own });
  await ledger.record(
    calls.map((call, index): UsageRecord => {
      const timestampMs = START_MS + (index % 28) * DAY_MS + index * 1000;
      return { id: `call-${index}`, timestampMs, provider: "anthropic", model: "claude-3-opus", source: "library", tokens: {}, ...call };
    }),
  );
  const prices = priceBook().with(own);
  const { flagger, find } = watchModelDowngrades(prices, NOW_MS);
  const digest = await replayCalls(ledger, {
    startMs: START_MS,
    endMs: NOW_MS,
    prices,
    lanesFor: lanesFor(prices, { nowMs: NOW_MS }),
    flaggers: flagger ? [flagger] : [],
  });
  return { digest, downgrades: find?.(digest) ?? [], switches: findProviderSwitches(prices, NOW_MS)(digest) };
}

/** What the calls of a candidate cost, and what they would cost. */
function costsOf({ covers, effect }: Candidate, { cells }: Digest): { calls: number; cost: number; newCost: number } {
  const own = cells.filter(covers);
  const at = (cell: Cell): number => (effect.type === "route" ? (cell.laneNanoUsd[effect.laneIndex] as number) : Number.NaN);
  const sum = (of: (cell: Cell) => number): number => own.reduce((whole, cell) => whole + of(cell), 0);
  return { calls: sum(({ calls }) => calls), cost: sum(({ costNanoUsd }) => costNanoUsd), newCost: sum(at) };
}

const to = (candidates: readonly Candidate[], name: string): Candidate | undefined => candidates.find((each) => each.to === name);
const times = (count: number, call: Partial<UsageRecord>): Partial<UsageRecord>[] => Array.from({ length: count }, () => call);
const simple = { tokens: { input: 10_000, output: 10_000 } };
const demanding = { tokens: { input: 100_000, output: 10_000, reasoning: 2000 } };

describe("cheaper models", () => {
  it("SPEC-TOKEN-001: a million tokens each way on claude-3-opus are $90.00, and $1.50 on claude-3-haiku: 98.33 % less", async () => {
    const { digest, downgrades } = await found(times(100, simple));
    const haiku = to(downgrades, "claude-3-haiku") as Candidate;
    const { calls, cost, newCost } = costsOf(haiku, digest);
    expect({ calls, cost, newCost }).toEqual({ calls: 100, cost: 90_000_000_000, newCost: 1_500_000_000 });
    expect((100 * (cost - newCost)) / cost).toBeCloseTo(98.33, 2);
    expect(haiku).toMatchObject({
      kind: "model-downgrade",
      from: "claude-3-opus",
      grade: "C",
      exclusiveGroup: "model:anthropic/claude-3-opus",
      figures: { break_even_failure_rate: 0.9833, demanding_share: 0, capability: "small" },
      action: {
        type: "route",
        from: { provider: "anthropic", model: "claude-3-opus" },
        to: { provider: "anthropic", model: "claude-3-haiku" },
        scopes: [{}],
      },
    });
    expect(haiku.newCostFactors?.worst).toBeCloseTo(1 + 0.3 * (1.25 / 1.5), 9);
    expect(haiku.newCostFactors?.best).toBeCloseTo(1 - 0.2 * (1.25 / 1.5), 9);
  });

  it("take all spellings of a model's name together", async () => {
    const { digest, downgrades } = await found([...times(30, simple), ...times(30, { ...simple, model: "claude-3-opus-20240229" })]);
    expect(costsOf(to(downgrades, "claude-3-haiku") as Candidate, digest).calls).toBe(60);
    expect(downgrades.filter((each) => each.to === "claude-3-haiku")).toHaveLength(1);
  });

  it("double with the prices: no saving is a constant", async () => {
    const dearer = priceBook()
      .entries()
      .filter(({ provider }) => provider === "anthropic")
      .map(({ rates, ...entry }) => ({
        ...entry,
        rates: Object.fromEntries(Object.entries(rates).map(([kind, rate]) => [kind, 2 * rate])),
      }));
    const usual = await found(times(60, simple));
    const usualCosts = costsOf(to(usual.downgrades, "claude-3-haiku") as Candidate, usual.digest);
    await ledger?.close();
    const doubled = await found(times(60, simple), dearer);
    const doubledCosts = costsOf(to(doubled.downgrades, "claude-3-haiku") as Candidate, doubled.digest);
    expect(doubledCosts).toEqual({ calls: 60, cost: 2 * usualCosts.cost, newCost: 2 * usualCosts.newCost });
  });

  it("are for whole workloads that rules can tell apart, and not for those with demanding calls", async () => {
    const { digest, downgrades } = await found([
      ...times(50, { ...simple, team: "blue" }),
      ...times(50, { ...simple, team: "red" }),
      ...times(5, { ...demanding, team: "red" }),
    ]);
    const haiku = to(downgrades, "claude-3-haiku") as Candidate;
    expect(haiku.action.scopes).toEqual([{ team: "blue" }]);
    expect(costsOf(haiku, digest).calls).toBe(50);
    expect(digest.cells.filter(haiku.covers).every(({ workload }) => workload.team === "blue")).toBe(true);
    expect(to(downgrades, "claude-opus-5")?.action.scopes).toEqual([{}]);
  });

  it("are not for workloads with a few demanding calls too many, but for those with a few", async () => {
    const few = await found([...times(95, simple), ...times(5, demanding)]);
    expect(to(few.downgrades, "claude-3-haiku")?.figures?.demanding_share).toBe(0.05);
    await ledger?.close();
    const many = await found([...times(94, simple), ...times(6, demanding)]);
    expect(to(many.downgrades, "claude-3-haiku")).toBeUndefined();
  });

  it("must take the longest of the calls, and are sent no sounds", async () => {
    const long = await found(times(60, { model: "claude-opus-4-8", tokens: { input: 250_000, output: 10 } }));
    expect(to(long.downgrades, "claude-haiku-4-5")).toBeUndefined();
    expect(to(long.downgrades, "claude-sonnet-5")).toBeDefined();
    await ledger?.close();
    const gemini = { provider: "google", model: "gemini-2.5-pro" };
    const texts = await found(times(60, { ...gemini, ...simple }));
    expect(texts.downgrades.length).toBeGreaterThan(0);
    await ledger?.close();
    const sounds = await found(times(60, { ...gemini, tokens: { input: 1000, audioInput: 900, output: 100 } }));
    expect(sounds.downgrades).toEqual([]);
  });

  it("are none where a book is empty, or where what is paid is nothing", async () => {
    expect((await found([])).downgrades).toEqual([]);
    await ledger?.close();
    expect((await found(times(60, { ...simple, reportedCostNanoUsd: 0 }))).downgrades).toEqual([]);
  });

  it("are told with bounds that hold at the prices of today, where those are others than on the days of the calls", async () => {
    const model = (name: string, usd: number, rest: Partial<PriceEntry> = {}): PriceEntry => {
      return { provider: "home", model: name, rates: { input: usd * 1e9, output: usd * 1e9 }, sources: [], ...rest };
    };
    const own = [
      model("giant-large", 10),
      model("giant-small", 2, { effectiveToMs: NOW_MS - DAY_MS }),
      model("giant-small", 3, { effectiveFromMs: NOW_MS - DAY_MS }),
    ];
    const calls = times(56, { provider: "home", model: "giant-large", ...simple });
    const { downgrades } = await found(calls, own);
    const small = to(downgrades, "giant-small") as Candidate;
    // Of 27 days at 2 and one at 3; half of the cost is that of answers.
    const drift = (28 * 3) / (27 * 2 + 3);
    expect(small.newCostFactors?.worst).toBeCloseTo(1.15 * drift, 9);
    expect(small.newCostFactors?.best).toBeCloseTo(0.9, 9);
    expect(small.assumptions.at(-1)).toBe("At today's prices the same calls would cost 47.4 % more with giant-small than on their days.");
  });

  it("cost in proportion to what is paid: a discount is one on both", async () => {
    const half = { ...simple, reportedCostNanoUsd: 450_000_000 };
    const { digest, downgrades } = await found(times(100, half));
    const { cost, newCost } = costsOf(to(downgrades, "claude-3-haiku") as Candidate, digest);
    expect([cost, newCost]).toEqual([45_000_000_000, 750_000_000]);
  });
});

describe("the same model elsewhere", () => {
  const giant = (provider: string, usd: number): PriceEntry => ({
    provider,
    model: "giant-large",
    rates: { input: usd * 1e9, output: 4 * usd * 1e9 },
    sources: [],
  });

  it("is told with both providers' names, the latency of both, and what it would have cost there", async () => {
    const calls = [
      ...times(80, { ...simple, provider: "home", model: "giant-large", latencyMs: 900 }),
      ...times(5, { ...simple, provider: "elsewhere", model: "giant-large", latencyMs: 400 }),
    ];
    const { digest, switches } = await found(calls, [giant("home", 10), giant("elsewhere", 7)]);
    expect(switches).toHaveLength(1);
    const [only] = switches as [Candidate];
    expect(only).toMatchObject({
      kind: "provider-switch",
      from: "home/giant-large",
      to: "elsewhere/giant-large",
      grade: "A",
      exclusiveGroup: "model:home/giant-large",
      figures: { break_even_failure_rate: 0.3, mean_latency_ms: 900, mean_latency_ms_there: 400 },
      action: { to: { provider: "elsewhere", model: "giant-large" }, scopes: [{}] },
    });
    const { calls: covered, cost, newCost } = costsOf(only, digest);
    expect([covered, newCost / cost]).toEqual([80, 0.7]);
  });

  it("is none where it costs the same", async () => {
    const { switches } = await found(times(60, { ...simple, provider: "home", model: "giant-large" }), [
      giant("home", 10),
      giant("elsewhere", 10),
    ]);
    expect(switches).toEqual([]);
  });
});
