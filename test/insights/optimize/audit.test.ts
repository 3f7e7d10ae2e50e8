/**
 * Acceptance E5 and G5: no recommendation without rows, count, interval and assumptions, and nothing in it that was put there by hand. What
 * is asked of a book twice, with something changed that must not matter, is answered alike; with prices doubled, twice as much is saved.
 */
import { describe, expect, it } from "vitest";
import { buildRecommendations, periodOf, type RecommendationsDocument } from "../../../src/insights/index.ts";
import { findSavings } from "../../../src/insights/optimize/build-recommendations.ts";
import { type Ledger, openLedger, type UsageFilter } from "../../../src/ledger/index.ts";
import { parseUsd } from "../../../src/money.ts";
import { canonicalProvider, type PriceEntry, priceBook, type Rates } from "../../../src/pricing/index.ts";
import type { UsageRecord } from "../../../src/usage/index.ts";
import { drawnRecords, FIRST_DAY_MS, randomNumbers } from "./drawn-book.ts";
import { type Change, faultsOf, faultsOnCalls, NaiveOptimizer } from "./naive-optimizer.ts";

const NOW_MS = Date.UTC(2026, 4, 15);
const DAY_MS = 86_400_000;
const period = periodOf("2026-03-20", "2026-05-14", "UTC");
const span = { startMs: period.startMs, endMs: period.endMs };
const records = drawnRecords({ seed: 11, days: 28, works: 14, callsOfWork: 150, paidPercent: 100 });

async function withBook<Answer>(
  of: readonly UsageRecord[],
  ask: (ledger: Ledger) => Promise<Answer>,
  prices?: PriceEntry[],
): Promise<Answer> {
  const ledger = await openLedger("sqlite::memory:");
  try {
    if (prices) await ledger.prices.put(prices, "audit");
    if (of.length > 0) await ledger.record(of);
    return await ask(ledger);
  } finally {
    await ledger.close();
  }
}

const recommended = (of: readonly UsageRecord[], filter: UsageFilter = {}, prices?: PriceEntry[]): Promise<RecommendationsDocument> =>
  withBook(of, (ledger) => buildRecommendations(ledger, { period, generatedAtMs: NOW_MS, filter }), prices);

/** All prices of these providers, so many times. */
function pricesTimes(factor: number): PriceEntry[] {
  const times = (rates: Rates): Rates => Object.fromEntries(Object.entries(rates).map(([kind, rate]) => [kind, rate * factor]));
  const providers = new Set(records.map(({ provider }) => canonicalProvider(provider)));
  return priceBook()
    .entries()
    .filter(({ provider }) => providers.has(provider))
    .map((entry) => ({
      ...entry,
      rates: times(entry.rates),
      ...(entry.longContext && { longContext: entry.longContext.map((tier) => ({ ...tier, rates: times(tier.rates) })) }),
      ...(entry.services && {
        services: Object.fromEntries(
          Object.entries(entry.services).map(([name, service]) => [
            name,
            { ...service, ...(service.rates && { rates: times(service.rates) }) },
          ]),
        ),
      }),
      ...(entry.webSearchNanoUsd !== undefined && { webSearchNanoUsd: entry.webSearchNanoUsd * factor }),
    }));
}

/** What a change of the book's order or names must leave as it is. */
const figuresOf = ({ recommendations, portfolio }: RecommendationsDocument): unknown => ({
  recommendations: recommendations
    .map(
      ({
        kind,
        from,
        to,
        evidence: { query, ...evidence },
        saving: { low_usd: low, high_usd: high, ...saving },
        confidence,
        requests,
      }) => ({
        kind,
        from,
        to,
        evidence,
        saving,
        confidence,
        requests,
      }),
    )
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  saving: portfolio.saving_usd,
});

describe("acceptance E5: every recommendation can be audited", () => {
  it("the drawn book has several kinds of recommendations, and none has a fault", async () => {
    const faults = await withBook(records, async (ledger) => {
      const document = await buildRecommendations(ledger, { period, generatedAtMs: NOW_MS });
      expect(new Set(document.recommendations.map(({ kind }) => kind)).size).toBeGreaterThan(2);
      return faultsOf(document, await NaiveOptimizer.read(ledger, span));
    });
    expect(faults).toEqual([]);
  });

  it("the rows of each are records of the book, none twice, and come to its requests and its cost", async () => {
    await withBook(records, async (ledger) => {
      const found = await findSavings(ledger, { period, generatedAtMs: NOW_MS, keepsRows: true });
      const naive = await NaiveOptimizer.read(ledger, span);
      expect(found.document.recommendations.length).toBeGreaterThan(0);
      for (const recommendation of found.document.recommendations) {
        const rows = [...(found.rowsOf(recommendation.id) ?? [])];
        const calls = naive.records.filter(({ rowId }) => rows.includes(rowId));
        expect(new Set(rows).size).toBe(rows.length);
        expect(faultsOnCalls(recommendation, naive, calls)).toEqual([]);
        const ruled = naive.callsUnder(recommendation);
        if (ruled) expect(ruled.map(({ rowId }) => rowId)).toEqual(calls.map(({ rowId }) => rowId));
      }
      expect(found.rowsOf("model-downgrade-00000000")).toBeUndefined();
    });
  });

  it("bounds are what days drawn anew come to, where nothing but the days is unsure", async () => {
    await withBook(records, async (ledger) => {
      const found = await findSavings(ledger, { period, generatedAtMs: NOW_MS, keepsRows: true });
      const naive = await NaiveOptimizer.read(ledger, span);
      const plain = found.document.recommendations.filter(({ kind }) => kind === "shorten-context");
      expect(plain.length).toBeGreaterThan(0);
      for (const recommendation of plain) {
        const rows = new Set(found.rowsOf(recommendation.id));
        const retold = naive.retold(
          recommendation,
          naive.records.filter(({ rowId }) => rows.has(rowId)),
        );
        const { low, high } = naive.bounds(retold as Change, randomNumbers(3));
        const [told, expected] = [recommendation.saving, 1e9 * Number(recommendation.saving.expected_usd)];
        expect(Math.abs(1e9 * Number(told.low_usd) - low)).toBeLessThan(0.02 * expected);
        expect(Math.abs(1e9 * Number(told.high_usd) - high)).toBeLessThan(0.02 * expected);
      }
    });
  });

  it("asked twice, it says the same to the last byte", async () => {
    const twice = await withBook(records, async (ledger) => {
      const ask = (): Promise<RecommendationsDocument> => buildRecommendations(ledger, { period, generatedAtMs: NOW_MS });
      return [JSON.stringify(await ask()), JSON.stringify(await ask())];
    });
    expect(twice[0]).toBe(twice[1]);
  });

  it("the order in which records came into the book changes nothing", async () => {
    const random = randomNumbers(5);
    const shuffled = records
      .map((record) => ({ record, place: random() }))
      .sort((a, b) => a.place - b.place)
      .map(({ record }) => record);
    expect(figuresOf(await recommended(shuffled))).toEqual(figuresOf(await recommended(records)));
  });

  it("other names of teams, projects and users change no figure", async () => {
    const renamed = records.map((record) => ({
      ...record,
      ...(record.team && { team: `zz-${record.team}` }),
      ...(record.project && { project: `,"<b>${record.project}` }),
      ...(record.user && { user: `u-${record.user}` }),
    }));
    expect(figuresOf(await recommended(renamed))).toEqual(figuresOf(await recommended(records)));
  });

  it("prices that are twice as high double every saving: none is a constant", async () => {
    // What a search costs where a price list does not say is the vendor's own price, and that stays as it is.
    const plain = records.map(({ tokens: { webSearches, ...tokens }, ...record }) => ({ ...record, tokens }));
    const [once, twice] = [await recommended(plain, {}, pricesTimes(1)), await recommended(plain, {}, pricesTimes(2))];
    expect(twice.recommendations.map(({ id }) => id)).toEqual(expect.arrayContaining(once.recommendations.map(({ id }) => id)));
    expect(once.recommendations.length).toBeGreaterThan(0);
    for (const { id, evidence, requests, saving } of once.recommendations) {
      const other = twice.recommendations.find((recommendation) => recommendation.id === id);
      const differs = (usd: string, of: string | undefined): number => Math.abs(Number(parseUsd(of ?? "0") - 2n * parseUsd(usd)));
      // Each call is rounded by itself, and so may each needless part of one be.
      expect(differs(evidence.cost_usd, other?.evidence.cost_usd)).toBeLessThanOrEqual(requests);
      expect(differs(evidence.saving_usd, other?.evidence.saving_usd)).toBeLessThanOrEqual(2 * requests);
      expect(other?.saving.percent).toBeCloseTo(saving.percent, 2);
    }
  });

  it("of one provider's calls the same is said, whether the others are looked at or not", async () => {
    const whole = await recommended(records);
    const part = await recommended(records, { provider: "anthropic" });
    const found = part.recommendations.filter(({ id }) => whole.recommendations.some((recommendation) => recommendation.id === id));
    expect(found.length).toBeGreaterThan(0);
    for (const { id, evidence } of found) {
      const { query, ...same } = evidence;
      expect(whole.recommendations.find((recommendation) => recommendation.id === id)?.evidence).toMatchObject(same);
    }
  });
});

/** Calls of a large model, all alike, some on each day. */
const plainCalls = (count: number, fields: Partial<UsageRecord> = {}): UsageRecord[] =>
  Array.from({ length: count }, (_, call) => ({
    id: `plain-${call}`,
    timestampMs: FIRST_DAY_MS + (call % 10) * DAY_MS + call * 61_000,
    provider: "anthropic",
    model: "claude-opus-4-5",
    source: "library",
    tokens: { input: 10_000 + call, output: 1000 + call },
    ...fields,
  }));

describe("nothing is recommended", () => {
  it("on an empty book", async () => {
    expect(await recommended([])).toMatchObject({ recommendations: [], portfolio: { saving_usd: "0", chosen: [] } });
  });

  it("on 49 requests, whatever they cost; on 50 it is", async () => {
    expect((await recommended(plainCalls(49))).recommendations).toEqual([]);
    expect((await recommended(plainCalls(50))).recommendations.map(({ kind }) => kind)).toContain("model-downgrade");
  });

  it("where no price is known", async () => {
    const { recommendations, totals } = await recommended(plainCalls(200, { model: "nobody-knows-it" }));
    expect({ recommendations, totals }).toMatchObject({ recommendations: [], totals: { unpriced_requests: 200, cost_usd: "0" } });
  });

  it("where calls cost nothing, as a source says", async () => {
    expect((await recommended(plainCalls(200, { reportedCostNanoUsd: 0 }))).recommendations).toEqual([]);
  });

  it("outside the period", async () => {
    const late = plainCalls(200).map((record) => ({ ...record, timestampMs: record.timestampMs + 365 * DAY_MS }));
    expect((await recommended(late)).recommendations).toEqual([]);
  });

  it("for a model that the book does not use", async () => {
    const { recommendations } = await recommended(plainCalls(200));
    for (const { kind, action } of recommendations) {
      if (kind === "model-downgrade" && action.type === "route") expect(action.from.model).toBe("claude-opus-4-5");
    }
  });
});
