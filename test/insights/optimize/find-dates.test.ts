/** Prices that go by the hour, and prices that change. */
import { describe, expect, test } from "vitest";
import { repricedLately } from "../../../src/insights/optimize/habits/price-changes.ts";
import { type PriceEntry, priceBook } from "../../../src/pricing/index.ts";
import { callsOf, DAY_MS, HOUR_MS, MINUTE_MS, START_MS, savingOf, type TestCall, watched } from "./watched-book.ts";

const MODEL = { provider: "nightly", model: "owl" };
const entry = (fields: Partial<PriceEntry>): PriceEntry => ({
  ...MODEL,
  rates: { input: 1_000_000_000, output: 2_000_000_000 },
  sources: [{ name: "test", date: "2026-04-01" }],
  ...fields,
});
/** Half the price from 16:30 to 00:30. */
const NIGHT = entry({ minutesUtc: [990, 30], rates: { input: 500_000_000, output: 1_000_000_000 } });

/** Five calls at one time of each day. */
const daily = (atMs: number, days = 28, fields: Partial<TestCall> = {}): TestCall[] =>
  Array.from({ length: 5 * days }, (_, index) => ({
    afterMs: Math.floor(index / 5) * DAY_MS + atMs + (index % 5) * MINUTE_MS,
    input: 1000 + index,
    output: 100,
    ...MODEL,
    ...fields,
  }));

describe("work that a timer starts at a dear hour", () => {
  test("is found with exactly what the cheaper hours of the same day save", async () => {
    const { candidates, digest, timesCoveredBy } = await watched(callsOf(daily(10 * HOUR_MS)), [entry({}), NIGHT]);
    const [found] = candidates.filter(({ kind }) => kind === "shift-off-peak") as [(typeof candidates)[number]];
    expect(timesCoveredBy(found)).toHaveLength(5 * 28);
    expect(savingOf(found, digest)).toBe(digest.costNanoUsd / 2);
    expect(found.figures).toEqual({ cheaper_hours: "between 16:30 and 00:30 UTC" });
  });

  test("is left where it is at the cheap hours, where there are none, and where people ask", async () => {
    const atNight = await watched(callsOf(daily(17 * HOUR_MS)), [entry({}), NIGHT]);
    const onePrice = await watched(callsOf(daily(10 * HOUR_MS)), [entry({})]);
    const over = await watched(callsOf(daily(10 * HOUR_MS)), [entry({}), { ...NIGHT, effectiveToMs: START_MS }]);
    const people = await watched(callsOf(daily(10 * HOUR_MS, 28, { facts: { isStream: true } })), [entry({}), NIGHT]);
    for (const { candidates } of [atNight, onePrice, over, people]) expect(candidates).toEqual([]);
  });
});

describe("prices that have changed since, or will", () => {
  const NOW_MS = START_MS + 30 * DAY_MS;
  const change = async (entries: PriceEntry[], calls = daily(10 * HOUR_MS, 28)) => {
    const { digest } = await watched(callsOf(calls), entries);
    return repricedLately(digest, priceBook().with(entries), NOW_MS);
  };
  const dearer = { rates: { input: 1_500_000_000, output: 3_000_000_000 } };

  test("a price that rose in the middle: calls before it cost half as much more now", async () => {
    const risesMs = START_MS + 14 * DAY_MS;
    const entries = [entry({ effectiveToMs: risesMs }), entry({ effectiveFromMs: risesMs, ...dearer })];
    const [found, ...others] = await change(entries);
    expect(others).toEqual([]);
    const { digest } = await watched(callsOf(daily(10 * HOUR_MS, 28)), entries);
    const early = digest.cells.filter(({ day }) => day * DAY_MS < risesMs).reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
    expect(found).toEqual({
      ...MODEL,
      fromMs: risesMs,
      requests: 140,
      costNanoUsd: digest.costNanoUsd,
      newCostNanoUsd: digest.costNanoUsd + early / 2,
    });
  });

  test("a price that is written down for later, and what is older than thirty days left out", async () => {
    const risesMs = NOW_MS + 5 * DAY_MS;
    const entries = [entry({ effectiveToMs: risesMs }), entry({ effectiveFromMs: risesMs, ...dearer })];
    const long = daily(10 * HOUR_MS - 60 * DAY_MS, 88);
    const [found] = await change(entries, long);
    expect(found).toMatchObject({ fromMs: risesMs, requests: 5 * 28 });
    expect(found?.newCostNanoUsd).toBe(1.5 * (found?.costNanoUsd as number));
  });

  test("nothing is said of prices that stay, of those that end, or of a change before the first call", async () => {
    expect(await change([entry({})])).toEqual([]);
    expect(await change([entry({ effectiveToMs: NOW_MS + DAY_MS })])).toEqual([]);
    const earlier = START_MS - 60 * DAY_MS;
    expect(await change([entry({ effectiveToMs: earlier }), entry({ effectiveFromMs: earlier, ...dearer })])).toEqual([]);
  });

  test("a price by the hour is compared with the same hours' price", async () => {
    const risesMs = START_MS + 14 * DAY_MS;
    const entries = [
      entry({ effectiveToMs: risesMs }),
      { ...NIGHT, effectiveToMs: risesMs },
      entry({ effectiveFromMs: risesMs }),
      { ...NIGHT, effectiveFromMs: risesMs, rates: { input: 250_000_000, output: 500_000_000 } },
    ];
    expect(await change(entries)).toEqual([]);
    const [found] = await change(entries, daily(20 * HOUR_MS, 14));
    expect(found?.newCostNanoUsd).toBe((found?.costNanoUsd as number) / 2);
  });
});
