import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Dimension, openLedger, type UsageFilter } from "../../src/ledger/index.ts";
import { dayOf, type UsageRecord } from "../../src/usage/index.ts";

const ZONES = ["UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana", "Asia/Kolkata"];
const DIMENSIONS: Dimension[] = [
  "hour",
  "day",
  "week",
  "month",
  "team",
  "user",
  "project",
  "provider",
  "model",
  "source",
  "session",
  "tag",
];
/** Around the days on which New York, Lord Howe and Havana change their clocks. */
const INSTANTS = [Date.UTC(2026, 2, 7, 20), Date.UTC(2026, 3, 4, 10), Date.UTC(2026, 10, 1, 3)];

const name = fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined });
const records = fc.array(
  fc.record({
    timestampMs: fc.tuple(fc.constantFrom(...INSTANTS), fc.integer({ min: 0, max: 48 * 3_600_000 })).map(([start, after]) => start + after),
    provider: fc.constantFrom("p", "q"),
    model: fc.constantFrom("m", "n"),
    tokens: fc.record({ input: fc.nat(1e6), output: fc.nat(1e6) }),
    latencyMs: fc.option(fc.nat(1000), { nil: undefined }),
    reportedCostNanoUsd: fc.option(fc.nat(1e12), { nil: undefined }),
    team: name,
    user: name,
    project: name,
    sessionId: name,
    tags: fc.option(fc.uniqueArray(fc.constantFrom("x", "y", "z")), { nil: undefined }),
    source: fc.constantFrom("library", "agent"),
  }),
  { minLength: 1, maxLength: 40 },
);

const query = fc.record({
  timeZone: fc.constantFrom(...ZONES),
  groupBy: fc.uniqueArray(fc.constantFrom(...DIMENSIONS), { maxLength: 3 }),
  from: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
  length: fc.integer({ min: 0, max: 30 * 24 * 60 }),
  filter: fc.record(
    {
      team: fc.constantFrom("a", null, ["a", "b"]),
      model: fc.constantFrom("m", "zzz"),
      tag: fc.constantFrom("x", null),
      source: fc.constant("agent"),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<UsageFilter>,
});

describe("guarantee G5: every report is the sum of the records", () => {
  it("agrees with a naive sum over records, for any grouping, filter, zone and span", async () => {
    await fc.assert(
      fc.asyncProperty(records, query, async (given, { timeZone, groupBy, from, length, filter }) => {
        const numbered = given.map((record, index) => clean({ ...record, id: `id-${index}` }));
        const ledger = await openLedger("sqlite::memory:");
        await ledger.record(numbered);
        const startMs = from === undefined ? undefined : (numbered[from % numbered.length] as UsageRecord).timestampMs;
        const span = startMs === undefined ? {} : { startMs, endMs: startMs + length * 60_000 };
        const { rows, totals } = await ledger.aggregate({ ...span, timeZone, groupBy, filter });
        const expected = naive(numbered, span, timeZone, groupBy, filter);
        expect(
          new Map(
            rows.map(({ keys, requests, inputTokens, costNanoUsd, unpricedRequests, latencyMsSum, latencyCount }) => [
              JSON.stringify(keys),
              [requests, inputTokens, costNanoUsd, unpricedRequests, latencyMsSum, latencyCount],
            ]),
          ),
        ).toEqual(expected.rows);
        expect(totals.requests).toBe(expected.count);
        await ledger.close();
      }),
      { numRuns: 300 },
    );
  });

  it("guarantee G33: gives rows in one order, whatever the order of the records", async () => {
    await fc.assert(
      fc.asyncProperty(records, async (given) => {
        const numbered = given.map((record, index) => clean({ ...record, id: `id-${index}` }));
        const reports = [];
        for (const list of [numbered, numbered.toReversed()]) {
          const ledger = await openLedger("sqlite::memory:");
          await ledger.record(list);
          reports.push(await ledger.aggregate({ timeZone: "Europe/Berlin", groupBy: ["day", "team", "model"] }));
          await ledger.close();
        }
        expect(reports[0]).toEqual(reports[1]);
      }),
      { numRuns: 50 },
    );
  });
});

function clean(record: object): UsageRecord {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as unknown as UsageRecord;
}

function matches(value: string | undefined, filter: UsageFilter[keyof UsageFilter]): boolean {
  if (filter === undefined) return true;
  if (filter === null) return value === undefined;
  return value !== undefined && [filter].flat().includes(value);
}

function naive(
  all: UsageRecord[],
  span: { startMs?: number; endMs?: number },
  timeZone: string,
  groupBy: readonly Dimension[],
  filter: UsageFilter,
) {
  const rows = new Map<string, unknown[]>();
  let count = 0;
  for (const record of all) {
    if (record.timestampMs < (span.startMs ?? 0) || record.timestampMs >= (span.endMs ?? Number.POSITIVE_INFINITY)) continue;
    if (!matches(record.team, filter.team) || !matches(record.model, filter.model) || !matches(record.source, filter.source)) continue;
    const tags = record.tags?.length ? record.tags : [undefined];
    if (!tags.some((tag) => matches(tag, filter.tag))) continue;
    count++;
    for (const tag of groupBy.includes("tag") ? tags : [undefined]) {
      const key = JSON.stringify(groupBy.map((dimension) => keyOf(record, dimension, timeZone, tag)));
      const sums = (rows.get(key) ?? [0, 0, 0n, 0, 0, 0]) as [number, number, bigint, number, number, number];
      rows.set(key, [
        sums[0] + 1,
        sums[1] + (record.tokens.input ?? 0),
        sums[2] + BigInt(record.reportedCostNanoUsd ?? 0),
        sums[3] + (record.reportedCostNanoUsd === undefined ? 1 : 0),
        sums[4] + (record.latencyMs ?? 0),
        sums[5] + (record.latencyMs === undefined ? 0 : 1),
      ]);
    }
  }
  return { rows, count };
}

function keyOf(record: UsageRecord, dimension: Dimension, timeZone: string, tag: string | undefined): string | null {
  const day = dayOf(record.timestampMs, timeZone);
  switch (dimension) {
    case "day":
      return day;
    case "month":
      return day.slice(0, 7);
    case "week": {
      const date = new Date(`${day}T00:00:00Z`);
      date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
      return date.toISOString().slice(0, 10);
    }
    case "hour":
      return localHour(record.timestampMs, timeZone);
    case "tag":
      return tag ?? null;
    case "session":
      return record.sessionId ?? null;
    default:
      return (record as unknown as Record<string, string | undefined>)[dimension] ?? null;
  }
}

/** By the runtime's own words for the offset, not by our arithmetic. */
function localHour(instantMs: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    timeZoneName: "longOffset",
  }).formatToParts(instantMs);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? "";
  const offset = part("timeZoneName").replace("GMT", "") || "+00:00";
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:00:00${offset}`;
}

it("tells days of a century apart, and refuses at once where wrong clocks have made millions of them", async () => {
  const ledger = await openLedger("sqlite::memory:");
  const call = { provider: "p", model: "m", tokens: { input: 1 }, source: "library" };
  const times = ["1970-01-02T00:00:00Z", "2026-05-01T09:00:00Z", "9999-12-31T23:00:00Z"].map((text) => Date.parse(text));
  await ledger.record(times.map((timestampMs) => ({ ...call, timestampMs })));
  const summed = (groupBy: Dimension[], endMs: number) => ledger.aggregate({ timeZone: "UTC", groupBy, startMs: 0, endMs });
  expect((await summed(["day"], Date.parse("2027-01-01"))).totals.requests).toBe(2);
  expect((await summed(["team"], Number.MAX_SAFE_INTEGER)).totals.requests).toBe(3);
  for (const unit of ["hour", "day"] as const) {
    await expect(summed([unit], Number.MAX_SAFE_INTEGER)).rejects.toThrow(
      `There are too many ${unit}s in the book to tell apart; ask for a shorter time.`,
    );
  }
  await ledger.close();
});
