import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Dimension, type Ledger, openLedger, type StoredRecord, type UsageFilter } from "../../src/ledger/index.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { emptyBookUrl, hasPostgres } from "./postgres-server.ts";

const DIMENSIONS: Dimension[] = [
  "hour",
  "day",
  "month",
  "org",
  "team",
  "user",
  "project",
  "key",
  "provider",
  "model",
  "source",
  "session",
  "tag",
];

const name = fc.option(fc.constantFrom("a", "b", 'c"\\{,}', "NULL", "\u0000\u0001", "é😀"), { nil: undefined });
const figure = fc.option(fc.oneof(fc.nat(1000), fc.constant(0)), { nil: undefined });
const instant = fc.oneof(
  fc.constantFrom(
    0,
    3_599_999,
    Date.UTC(2026, 4, 31, 23, 59, 59, 999),
    Date.UTC(2026, 5, 1),
    Date.UTC(2099, 11, 31),
    Date.UTC(2100, 0, 1),
    253_402_300_799_999,
  ),
  fc.integer({ min: Date.UTC(2026, 4, 1), max: Date.UTC(2026, 6, 1) }),
);

const record = fc
  .record({
    id: fc.option(fc.constantFrom("1", "2", "3", "4", "0b0b0b0b-0b0b-4b0b-8b0b-0b0b0b0b0b0b", "id\u0000"), { nil: undefined }),
    requestId: fc.option(fc.constantFrom("r1", "r2", "r\u0000"), { nil: undefined }),
    attempt: fc.option(fc.constantFrom(1, 2), { nil: undefined }),
    timestampMs: instant,
    provider: fc.constantFrom("p", "openai"),
    model: fc.constantFrom("m", "gpt-5", "gpt-5-2025-08-07"),
    input: fc.nat(2000),
    output: fc.nat(3),
    reasoning: figure,
    webSearches: figure,
    latencyMs: figure,
    reportedCostNanoUsd: fc.option(fc.oneof(fc.nat(1e9), fc.constant(Number.MAX_SAFE_INTEGER)), { nil: undefined }),
    org: name,
    team: name,
    teamId: fc.option(fc.constantFrom("t1", "a"), { nil: undefined }),
    user: name,
    project: name,
    key: name,
    sessionId: name,
    tags: fc.option(fc.uniqueArray(fc.constantFrom("x", "y", '"z"\u0000')), { nil: undefined }),
    metadata: fc.option(fc.constantFrom({ a: "1" }, { a: "\u0000", b: "\\" }), { nil: undefined }),
    source: fc.constantFrom("library", "agent", "other-agent"),
    rank: fc.option(fc.nat(2), { nil: undefined }),
  })
  // Where the stores may differ, and do, is left out: which of several names an id gets in one batch in which records replace stored
  // ones, and whether a record clashes with one that came to its request id by replacing a log's line in the same batch.
  .map(({ input, output, reasoning, webSearches, rank, team, ...rest }) => {
    const isLineOrMeetsOne = rank !== undefined || rest.id === "1" || rest.id === "2";
    return clean({
      ...rest,
      ...(rank !== undefined && { id: rest.id === "1" ? "1" : "2", replay: { rank } }),
      requestId: isLineOrMeetsOne ? undefined : rest.requestId,
      team: rest.teamId ? `team ${rest.teamId}` : team,
      tokens: clean({ input, output, reasoning, webSearches }),
    });
  });

const batches = fc.array(fc.array(record as unknown as fc.Arbitrary<UsageRecord>, { minLength: 1, maxLength: 6 }), {
  minLength: 1,
  maxLength: 8,
});

const query = fc.record({
  groupBy: fc.uniqueArray(fc.constantFrom(...DIMENSIONS), { maxLength: 3 }),
  timeZone: fc.constantFrom("UTC", "Asia/Kathmandu"),
  span: fc.constantFrom<{ startMs?: number; endMs?: number }>(
    { startMs: Date.UTC(2026, 4, 10, 3, 20), endMs: Date.UTC(2026, 5, 12, 7, 45) },
    { startMs: Date.UTC(2026, 4, 1), endMs: Date.UTC(2026, 5, 1) },
  ),
  filter: fc.record(
    {
      org: fc.constantFrom("a", null),
      team: fc.constantFrom("a", "t1", null, ["a", "b"]),
      model: fc.constantFrom("m", "gpt-5", "zzz"),
      provider: fc.constantFrom("openai"),
      tag: fc.constantFrom("x", null),
      source: fc.constantFrom("agent", "library"),
      session: fc.constantFrom("\u0000\u0001", null),
      requestId: fc.constantFrom("r1", "r\u0000", null, ["r1", "r2"], "nobody's"),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<UsageFilter>,
});

describe.skipIf(!hasPostgres)("the same book in SQLite and in PostgreSQL (skipped where there is no PostgreSQL)", () => {
  it("answers the same outcomes, sums and records, whatever is recorded, corrected, repriced and asked", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(batches, fc.array(query, { minLength: 3, maxLength: 3 }), async (given, queries) => {
        const sqlite = await openLedger("sqlite::memory:");
        const postgres = await openLedger(await emptyBookUrl());
        const both = async <T>(ask: (ledger: Ledger) => Promise<T>): Promise<void> =>
          expect(await ask(postgres)).toEqual(await ask(sqlite));
        for (const [index, records] of given.entries()) {
          await both((ledger) => ledger.preview(records));
          const state = { size: index, modifiedMs: index + 0.25, offset: index, tailHash: "t\u0000", ...(index % 2 ? { state: "s" } : {}) };
          await both((ledger) => ledger.append({ records, file: { source: "agent", path: `/log-${index % 3}\u0001`, state } }));
        }
        await both((ledger) => ledger.importFiles("agent"));
        await both((ledger) => allOf(ledger, {}));
        const prices = [{ provider: "p", model: "m", rates: { input: 3_000_000_000, output: 15_000_000_000 }, sources: [] }];
        await both((ledger) => ledger.prices.put(prices, "test"));
        await both((ledger) => ledger.reprice({ dryRun: true }));
        await both((ledger) => ledger.reprice());
        await both((ledger) => ledger.prices.list());
        await both((ledger) => ledger.span());
        for (const { groupBy, timeZone, span, filter } of queries) {
          // All time in local hours would be two million segments.
          const asked = groupBy.some((dimension) => ["hour", "day", "month"].includes(dimension)) ? span : {};
          await both((ledger) => ledger.aggregate({ groupBy, timeZone, filter, ...asked }));
          await both((ledger) => allOf(ledger, { ...filter, ...span }));
        }
        await both(async (ledger) => (await ledger.verify()).differences);
        await sqlite.close();
        await postgres.close();
      }),
      { numRuns: 20 },
    );
  });
});

/** All records but for their row numbers, which no store promises; of equal times, SQLite's order is that of coming, and so is PostgreSQL's. */
async function allOf(ledger: Ledger, filter: UsageFilter & { startMs?: number; endMs?: number }): Promise<Omit<StoredRecord, "rowId">[]> {
  const records: Omit<StoredRecord, "rowId">[] = [];
  for await (const { rowId: _rowId, ...stored } of ledger.query(filter)) records.push(stored);
  return records;
}

function clean(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
