import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Ledger,
  openLedger,
  type RecordOrder,
  type RecordPlace,
  type StoredRecord,
  type TimeSpan,
  type UsageFilter,
} from "../../src/ledger/index.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { emptyBookUrl, hasPostgres } from "./postgres-server.ts";

const START_MS = Date.UTC(2026, 4, 1);

const name = fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined });
/** Few instants, so that many records share one. */
const instant = fc.integer({ min: 0, max: 6 }).map((hour) => START_MS + hour * 3_600_000);

/** A line of an agent's log: a later one of the same id corrects it, in any of its facts. */
const line = fc
  .record({
    id: fc.integer({ min: 1, max: 9 }).map(String),
    timestampMs: instant,
    team: name,
    key: name,
    output: fc.nat(30),
    requestId: fc.option(fc.constantFrom("r", "s"), { nil: undefined }),
    // One is priced, the other has a cost only where its log tells one.
    model: fc.constantFrom("acme-1", "unknown-1"),
    reportedCostNanoUsd: fc.option(fc.nat(9), { nil: undefined }),
  })
  .map(({ output, ...fields }) => {
    const shared = { provider: "acme", source: "agent", replay: { rank: 0 } };
    return { ...fields, ...shared, tokens: { output } } as UsageRecord;
  });
const lines = fc.array(line, { maxLength: 25 });

const pages = fc.record({ limit: fc.integer({ min: 1, max: 4 }), order: fc.constantFrom<RecordOrder>("asc", "desc") });

const question: fc.Arbitrary<UsageFilter & TimeSpan> = fc.record(
  {
    team: fc.oneof(fc.constantFrom<string | null>("a", "b", "nobody", null), fc.constant(["a", "b"])),
    key: fc.constantFrom("a", "c"),
    requestId: fc.constantFrom("r", null),
    startMs: instant,
    endMs: instant,
  },
  { requiredKeys: [] },
);

async function asked(ledger: Ledger, filter: UsageFilter & TimeSpan): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const record of ledger.query(filter)) records.push(record);
  return records;
}

/** @param between what is added after each page */
async function paged(
  ledger: Ledger,
  filter: UsageFilter & TimeSpan,
  { limit, order = "asc" }: { limit: number; order?: RecordOrder },
  between: readonly UsageRecord[][] = [],
): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  let next: RecordPlace | undefined;
  for (let page = 0; ; page++) {
    const found = await ledger.page(filter, { ...(next && { after: next }), limit, order });
    expect(found.records.length).toBeLessThanOrEqual(limit);
    records.push(...found.records);
    next = found.next;
    if (next === undefined) return records;
    const more = between[page];
    if (more) await ledger.append({ records: more });
  }
}

async function repriced(ledger: Ledger, rate: number): Promise<void> {
  await ledger.prices.put([{ provider: "acme", model: "acme-1", rates: { output: rate * 1_000_000 }, sources: [] }], "test");
  await ledger.reprice();
}

const byCost = (a: StoredRecord, b: StoredRecord): number => (b.costNanoUsd as number) - (a.costNanoUsd as number);
const byRow = (a: StoredRecord, b: StoredRecord): number => a.rowId - b.rowId;

const STORES: [name: string, open: () => Promise<Ledger>, numRuns: number][] = [
  ["in memory", () => openLedger("sqlite::memory:"), 300],
  ...(hasPostgres
    ? [["in PostgreSQL", async () => openLedger(await emptyBookUrl()), 12] satisfies [string, () => Promise<Ledger>, number]]
    : []),
];

describe.each(STORES)("pages of records %s", (_, open, numRuns) => {
  it("hold together what the same question finds in one go, whatever was corrected before", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(lines, { maxLength: 4 }),
        question,
        fc.integer({ min: 1, max: 7 }),
        fc.nat(2),
        async (batches, filter, limit, rate) => {
          const ledger = await open();
          try {
            for (const [index, records] of batches.entries()) {
              await ledger.append({ records });
              // Twice as dear after the first batch, so that some costs are corrected, and others were priced so from the start.
              if (index === 0 && rate > 0) await repriced(ledger, rate);
            }
            const oldestFirst = await paged(ledger, filter, { limit });
            const found = (await asked(ledger, filter)).sort(byRow);
            expect([...oldestFirst].sort(byRow)).toEqual(found);
            expect((await paged(ledger, filter, { limit, order: "desc" })).reverse()).toEqual(oldestFirst);
            const dearest = found.filter(({ costNanoUsd }) => costNanoUsd !== null).sort(byCost);
            const told = await ledger.dearest(filter, limit);
            expect(told.map(({ costNanoUsd }) => costNanoUsd)).toEqual(dearest.slice(0, limit).map(({ costNanoUsd }) => costNanoUsd));
            expect([...told].sort(byRow)).toEqual(found.filter(({ rowId }) => told.some((record) => record.rowId === rowId)));
          } finally {
            await ledger.close();
          }
        },
      ),
      { numRuns },
    );
  });

  it("show each record that was there at the start exactly once, and no record twice, whatever is written between them", {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(lines, fc.array(lines, { maxLength: 8 }), pages, async (before, between, { limit, order }) => {
        const ledger = await open();
        try {
          await ledger.append({ records: before });
          const rows = (await asked(ledger, {})).map(({ rowId }) => rowId);
          const seen = (await paged(ledger, {}, { limit, order }, between)).map(({ rowId }) => rowId);
          expect(seen.filter((row) => rows.includes(row)).sort()).toEqual(rows.sort());
          expect(new Set(seen).size).toBe(seen.length);
        } finally {
          await ledger.close();
        }
      }),
      { numRuns },
    );
  });
});

describe("a page of a large book", () => {
  it("is a walk from its place on: deep in the book it costs what it costs at its begin", { timeout: 120_000 }, async () => {
    const ledger = await openLedger("sqlite::memory:");
    const records = 200_000;
    for (let first = 0; first < records; first += 10_000) {
      await ledger.record(
        Array.from({ length: 10_000 }, (_, i) => ({
          id: `call-${first + i}`,
          timestampMs: START_MS + first + i,
          provider: "acme",
          model: "acme-1",
          tokens: { input: 1 },
          source: "library",
        })),
      );
    }
    const leastMs = async (at: number): Promise<number> => {
      let least = Number.POSITIVE_INFINITY;
      for (let time = 0; time < 15; time++) {
        const startedMs = performance.now();
        const page = await ledger.page({}, { after: { timestampMs: START_MS + at, row: 0 }, limit: 20 });
        least = Math.min(least, performance.now() - startedMs);
        expect(page.records[0]?.id).toBe(`call-${at}`);
      }
      return least;
    };
    const [early, late] = [await leastMs(10), await leastMs(records - 100)];
    expect(late).toBeLessThan(5 * early + 5);
    // Who looks for what is not there has walked the book, and others had their turns meanwhile.
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    expect((await ledger.page({ key: "nobody" }, { limit: 10 })).records).toEqual([]);
    await ledger.record({ id: "rare", key: "rare", timestampMs: 1, provider: "acme", model: "acme-1", tokens: {}, source: "library" });
    await ledger.page({ key: "rare" }, { limit: 10 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
    await ledger.close();
  });
});
