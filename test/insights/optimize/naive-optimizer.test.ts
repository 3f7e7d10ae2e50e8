/** What the program says of a book's savings, beside what the naive second implementation says. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildRecommendations, periodOf } from "../../../src/insights/index.ts";
import { type Ledger, openLedger } from "../../../src/ledger/index.ts";
import { priceBook } from "../../../src/pricing/index.ts";
import { type DrawnBook, drawnRecords } from "./drawn-book.ts";
import { faultsOf, NaiveOptimizer } from "./naive-optimizer.ts";

const NOW_MS = Date.UTC(2026, 4, 15);
const period = periodOf("2026-03-20", "2026-05-14", "UTC");
const span = { startMs: period.startMs, endMs: period.endMs };

const book = fc.record<DrawnBook>({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  days: fc.integer({ min: 1, max: 40 }),
  works: fc.integer({ min: 0, max: 12 }),
  callsOfWork: fc.integer({ min: 1, max: 120 }),
  paidPercent: fc.constantFrom(100, 100, 80, 130),
});

async function opened(drawn: DrawnBook): Promise<Ledger> {
  const ledger = await openLedger("sqlite::memory:");
  const records = drawnRecords(drawn).map((record) => {
    const list = priceBook().recordCostNanoUsd(record);
    if (drawn.paidPercent === 100 || list === undefined) return record;
    return { ...record, reportedCostNanoUsd: Math.round((list * drawn.paidPercent) / 100) };
  });
  // Some were told once before, while they ran: what follows is a correction.
  const early = records
    .filter((_, index) => index % 17 === 3)
    .map((record) => ({ ...record, tokens: { ...record.tokens, output: 0, reasoning: 0, audioOutput: 0 }, replay: { rank: 1 } }));
  for (const batch of [early, records]) {
    const { rejected } = batch.length > 0 ? await ledger.record(batch) : { rejected: [] };
    expect(rejected).toEqual([]);
  }
  return ledger;
}

describe("the recommendations of drawn books", () => {
  it("say of every call what the naive implementation says, to the last nano-USD; shares add up, nothing is promised twice", async () => {
    await fc.assert(
      fc.asyncProperty(book, async (drawn) => {
        const ledger = await opened(drawn);
        try {
          const document = await buildRecommendations(ledger, { period, generatedAtMs: NOW_MS });
          expect(faultsOf(document, await NaiveOptimizer.read(ledger, span))).toEqual([]);
        } finally {
          await ledger.close();
        }
      }),
      { numRuns: 40 },
    );
  });
});
