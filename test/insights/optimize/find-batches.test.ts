import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/analysis/statistics/random.ts";
import { priceBook } from "../../../src/pricing/index.ts";
import { callsOf, DAY_MS, HOUR_MS, MINUTE_MS, savingOf, type TestCall, watched } from "./watched-book.ts";

const batchesIn = async (calls: readonly TestCall[]) => {
  const found = await watched(callsOf([...calls].sort((a, b) => a.afterMs - b.afterMs)));
  return { ...found, batches: found.candidates.filter(({ kind }) => kind === "batch-requests") };
};

interface Job {
  days?: number;
  atMs?: number;
  jitterMs?: number;
  callsOfRun?: number;
  fields?: Partial<TestCall>;
  onDay?: (day: number) => boolean;
}

/** A job of so many calls, begun at one time of each day. */
function job(
  { days = 28, atMs = 2 * HOUR_MS, jitterMs = 20_000, callsOfRun = 12, fields = {}, onDay = () => true }: Job,
  seed = 1,
): TestCall[] {
  const random = seededRandom(seed);
  return Array.from({ length: days }, (_, day) => day)
    .filter(onDay)
    .flatMap((day) => {
      const startMs = day * DAY_MS + atMs + random() * jitterMs;
      return Array.from({ length: callsOfRun }, (_, index) => ({
        afterMs: Math.floor(startMs + index * 5000 + random() * 2000),
        input: 2000 + Math.floor(random() * 3000),
        output: 100 + Math.floor(random() * 300),
        ...fields,
      }));
    });
}

/** People at work from nine to five, on weekdays, each with pauses. */
function people(seed: number, days = 56, callsOfDay = 30): TestCall[] {
  const random = seededRandom(seed);
  return Array.from({ length: days }, (_, day) => day)
    .filter((day) => day % 7 < 5)
    .flatMap((day) =>
      Array.from({ length: 1 + Math.floor(random() * callsOfDay) }, () => ({
        afterMs: Math.floor(day * DAY_MS + 9 * HOUR_MS + random() * 8 * HOUR_MS),
        input: 500 + Math.floor(random() * 3000),
        output: 50 + Math.floor(random() * 500),
      })),
    );
}

describe("work that a timer starts", () => {
  test("a nightly job is found, with its minute, its calls, and exactly what batches cost", async () => {
    const calls = job({});
    const { batches, digest, timesCoveredBy } = await batchesIn(calls);
    expect(batches).toHaveLength(1);
    const [found] = batches as [(typeof batches)[number]];
    expect(timesCoveredBy(found)).toHaveLength(calls.length);
    const records = callsOf(calls);
    const price = (tier?: string): number =>
      records.reduce(
        (sum, record) => sum + (priceBook().recordCostNanoUsd({ ...record, ...(tier !== undefined && { serviceTier: tier }) }) as number),
        0,
      );
    expect(savingOf(found, digest)).toBe(price() - price("batch"));
    expect(found.figures).toMatchObject({ runs: 28, begins: "at 02:00 UTC" });
    expect(found.figures?.hours_until_next_run).toBeGreaterThan(23);
    expect(found.figures?.p_value).toBeLessThan(1e-6);
  });

  test("on weekdays only, twice a day at the same minute, and once a week", async () => {
    expect((await batchesIn(job({ onDay: (day) => day % 7 < 5 }))).batches).toHaveLength(1);
    const twice = [...job({ atMs: 2.1 * HOUR_MS }), ...job({ atMs: 14.1 * HOUR_MS }, 2)];
    expect((await batchesIn(twice)).batches).toHaveLength(1);
    expect((await batchesIn(job({ days: 63, onDay: (day) => day % 7 === 0 }))).batches).toHaveLength(1);
  });

  test("the calls of people beside it in the same project are another workload by their key, and stay out", async () => {
    const both = [...job({ fields: { key: "nightly" } }), ...people(4).map((call) => ({ ...call, key: "people" }))];
    const { batches, timesCoveredBy } = await batchesIn(both);
    expect(batches).toHaveLength(1);
    const [found] = batches as [(typeof batches)[number]];
    expect(timesCoveredBy(found)).toHaveLength(28 * 12);
    expect(found.action).toMatchObject({ scopes: [{ key: "nightly" }] });
  });

  test("calls that are known not to be streamed are found beside streamed ones of the same key", async () => {
    const both = [...job({ fields: { facts: { isStream: false } } }), ...people(5).map((call) => ({ ...call, facts: { isStream: true } }))];
    const { batches, timesCoveredBy } = await batchesIn(both);
    expect(batches.map((batch) => timesCoveredBy(batch).length)).toEqual([28 * 12]);
  });

  test("what is in batches already, or was paid for to be fast, is not proposed again", async () => {
    for (const fields of [{ serviceTier: "batch" }, { serviceTier: "priority" }]) {
      expect((await batchesIn(job({ fields, callsOfRun: 12 }))).batches).toEqual([]);
    }
  });

  test("that caches may be of less use in a batch makes the saving less sure", async () => {
    const { batches } = await batchesIn(job({ fields: { tokens: { input: 6000, cacheRead: 4000, output: 200 } } }));
    expect(batches[0]?.newCostFactors?.worst).toBeGreaterThan(1.1);
  });
});

describe("what only looks like it", () => {
  test("people at work, whoever they are", async () => {
    for (let seed = 1; seed <= 20; seed++) expect((await batchesIn(people(seed))).batches).toEqual([]);
  }, 120_000);

  test("one person who begins every morning at nearly the same time", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed);
      const mornings = Array.from({ length: 40 }, (_, day) => {
        const startMs = day * DAY_MS + 9 * HOUR_MS + (random() - 0.5) * 50 * MINUTE_MS;
        return Array.from({ length: 5 }, (_, index) => ({
          afterMs: Math.floor(startMs + index * random() * 8 * MINUTE_MS),
          input: 900 + index,
          output: 300,
        }));
      }).flat();
      expect((await batchesIn(mornings)).batches).toEqual([]);
    }
  }, 120_000);

  test.each<[string, Job]>([
    ["streams that somebody watches", { fields: { facts: { isStream: true } } }],
    ["conversations of a session, whose calls wait for each other", { fields: { sessionId: "digest" } }],
    ["long conversations in the prompt", { fields: { facts: { turns: 12 } } }],
    ["one burst on one day", { days: 1, callsOfRun: 500 }],
    ["a job of four days", { days: 4, callsOfRun: 100 }],
    ["fewer than fifty calls", { callsOfRun: 1 }],
    ["runs that begin anywhere in the day", { jitterMs: DAY_MS - HOUR_MS }],
  ])("%s", async (_, made) => {
    expect((await batchesIn(job(made))).batches).toEqual([]);
  });

  test("what runs every hour is waited for sooner than a batch comes back", async () => {
    const hourly = Array.from({ length: 24 }, (_, hour) => job({ atMs: hour * HOUR_MS, callsOfRun: 2, days: 14 }, hour + 1)).flat();
    expect((await batchesIn(hourly)).batches).toEqual([]);
  });

  test("calls at any time, few and many", async () => {
    let claims = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed);
      const calls = Array.from({ length: 60 }, () => ({ afterMs: Math.floor(random() * 80 * DAY_MS), input: 1000, output: 100 }));
      claims += (await batchesIn(calls)).batches.length;
    }
    expect(claims).toBe(0);
  }, 120_000);
});
