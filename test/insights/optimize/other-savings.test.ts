/** From the book to the document: what is found beside other models and caches, and what is not told. */
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/analysis/statistics/random.ts";
import { periodOf, type RecommendationsDocument } from "../../../src/insights/index.ts";
import { findSavings } from "../../../src/insights/optimize/build-recommendations.ts";
import { openLedger } from "../../../src/ledger/index.ts";
import { parseUsd } from "../../../src/money.ts";
import type { UsageRecord } from "../../../src/usage/index.ts";
import { callsOf, DAY_MS, HOUR_MS, MINUTE_MS, START_MS, type TestCall } from "./watched-book.ts";

const OURS = ["batch-requests", "remove-waste", "shorten-context", "reduce-reasoning", "limit-output", "shift-off-peak", "trim-prompt"];

async function documentOf(calls: readonly TestCall[]): Promise<{ document: RecommendationsDocument; rows: Map<string, UsageRecord[]> }> {
  const records = callsOf([...calls].sort((a, b) => a.afterMs - b.afterMs));
  const ledger = await openLedger("sqlite::memory:");
  try {
    await ledger.record(records);
    const found = await findSavings(ledger, {
      period: periodOf("2026-04-06", "2026-05-31", "UTC"),
      generatedAtMs: START_MS + 56 * DAY_MS,
      keepsRows: true,
    });
    const rows = new Map(
      found.document.recommendations.map(({ id }) => [id, [...(found.rowsOf(id) ?? [])].map((row) => records[row - 1] as UsageRecord)]),
    );
    return { document: found.document, rows };
  } finally {
    await ledger.close();
  }
}

/** A company's eight weeks: people, a nightly job, a client that sends again, a tool whose calls fail. */
function company(seed: number): TestCall[] {
  const random = seededRandom(seed);
  const below = (most: number): number => Math.floor(random() * most);
  return Array.from({ length: 56 }, (_, day) => day).flatMap((day) => {
    const calls: TestCall[] = [];
    for (let index = 0; index < 30; index++) {
      calls.push({
        afterMs: day * DAY_MS + 8 * HOUR_MS + below(9 * HOUR_MS),
        input: 500 + below(4000),
        output: 50 + below(600),
        project: "people",
      });
    }
    for (let index = 0; index < 10; index++) {
      const afterMs = day * DAY_MS + 3 * HOUR_MS + index * 4000 + below(2000);
      calls.push({ afterMs, input: 8000 + below(4000), output: 300 + below(300), project: "digest" });
    }
    for (let index = 0; index < 3; index++) {
      const afterMs = day * DAY_MS + 12 * HOUR_MS + below(3 * HOUR_MS);
      const session = { input: 5003 + below(900), output: 171, project: "widget", sessionId: `w${day}-${index}` };
      calls.push({ ...session, afterMs }, { ...session, afterMs: afterMs + 30_000, attempt: 2, output: 160 });
      calls.push({ afterMs: afterMs + MINUTE_MS, input: 2000 + below(500), output: 10, project: "tool", status: "failed_billed" });
    }
    return calls;
  });
}

describe("recommendations beside other models and caches", () => {
  test("each has its rows, and they cost what its evidence says", async () => {
    const { document, rows } = await documentOf(company(1));
    const ours = document.recommendations.filter(({ kind }) => OURS.includes(kind));
    expect(ours.map(({ kind, from }) => `${kind} ${from}`).sort()).toEqual([
      "batch-requests anthropic/claude-sonnet-4-5",
      "remove-waste attempts at what was answered",
      "remove-waste failures that were billed",
    ]);
    for (const { id, evidence, requests, saving, assumptions, confidence } of ours) {
      const own = rows.get(id) as UsageRecord[];
      expect(own).toHaveLength(requests);
      expect(evidence.requests).toBe(requests);
      // Sonnet 4.5: $3 and $15 per million tokens.
      const cost = own.reduce((sum, { tokens: { input = 0, output = 0 } }) => sum + input * 3000 + output * 15_000, 0);
      expect(parseUsd(evidence.cost_usd)).toBe(BigInt(cost));
      expect(parseUsd(saving.low_usd)).toBeGreaterThan(0n);
      expect(parseUsd(saving.low_usd)).toBeLessThanOrEqual(parseUsd(saving.expected_usd));
      expect(parseUsd(saving.expected_usd)).toBeLessThanOrEqual(parseUsd(saving.high_usd));
      expect(assumptions.length).toBeGreaterThan(0);
      expect(confidence).toBeGreaterThan(0);
      expect(confidence).toBeLessThan(1);
    }
    const batch = ours.find(({ kind }) => kind === "batch-requests");
    expect(rows.get(batch?.id as string)?.every(({ project }) => project === "digest")).toBe(true);
    expect(batch?.saving.percent).toBe(50);
    expect(batch?.scopes).toEqual([{ project: "digest" }]);
  }, 120_000);

  test("without the job, the client and the tool there is nothing to tell", async () => {
    const { document } = await documentOf(company(2).filter(({ project }) => project === "people"));
    expect(document.recommendations.filter(({ kind }) => OURS.includes(kind))).toEqual([]);
    expect(document.observations).toEqual([]);
  }, 120_000);

  test("forty-nine failures are an anecdote", async () => {
    const failing = Array.from({ length: 49 }, (_, index) => ({ afterMs: index * HOUR_MS, input: 50_000, output: 10, status: "error" }));
    expect((await documentOf(failing)).document.recommendations).toEqual([]);
    const one: TestCall = { afterMs: 60 * HOUR_MS, input: 50_000, output: 10, status: "error" };
    const { document } = await documentOf([...failing, one]);
    expect(document.recommendations.filter(({ kind }) => kind === "remove-waste").map(({ saving: { percent } }) => percent)).toEqual([100]);
  }, 120_000);
});
