/**
 * What every store of the book must do, as named cases that run under any test runner, or under none.
 */
import { deepStrictEqual as equal } from "node:assert";
import type { Ledger } from "../ledger/index.ts";
import type { UsageRecord } from "../usage/index.ts";
import { type ConformanceCase, ledgerCases } from "./conformance-case.ts";
import { EACH_CASES } from "./records/each-cases.ts";
import { PAGE_CASES } from "./records/page-cases.ts";
import { call, type LedgerCase, START_MS, storedRecords } from "./records/record-case.ts";

/**
 * The cases for ledgers that `open` makes; each case opens an empty one and closes it.
 *
 * @example
 * ```ts
 * import { openLedger } from "tokenledger/ledger";
 * import { ledgerConformance } from "tokenledger/testing";
 * for (const { run } of ledgerConformance(() => openLedger("sqlite::memory:"))) await run();
 * ```
 */
export function ledgerConformance(open: () => Promise<Ledger>): ConformanceCase[] {
  return ledgerCases(open, { ...CASES, ...EACH_CASES, ...PAGE_CASES });
}

const CASES: Record<string, LedgerCase> = {
  async "a record comes back as it went in"(ledger) {
    const record = call(1, {
      requestedModel: "acme-latest",
      tokens: {
        input: 900,
        output: 80,
        cacheRead: 300,
        cacheWrite5m: 200,
        cacheWrite1h: 100,
        reasoning: 40,
        audioInput: 5,
        audioOutput: 6,
        webSearches: 2,
      },
      latencyMs: 1234,
      org: "acme, inc.",
      team: "engineering",
      user: "Zoë 😀",
      project: 'a "quoted" name',
      key: "key-1",
      userId: "0b0b0b0b-0b0b-4b0b-8b0b-0b0b0b0b0b0b",
      requestId: "9f1c8a52-2b0e-4e53-9a64-0d6a2a1f7c11",
      attempt: 2,
      sessionId: "session-1",
      tags: ["b", "a"],
      usageSource: "reported",
      status: "ok",
      serviceTier: "batch",
      speed: "fast",
      inferenceGeo: "us",
      metadata: { branch: "main" },
    });
    equal(await ledger.record(record), { new: 1, duplicate: 0, rejected: [] });
    const [stored] = await storedRecords(ledger);
    equal({ ...stored, ...record }, stored);
  },

  async "the same record again is a duplicate, in one batch and in another"(ledger) {
    equal(await ledger.record([call(1), call(1), call(2)]), { new: 2, duplicate: 1, rejected: [] });
    equal(await ledger.record([call(2), call(1)]), { new: 0, duplicate: 2, rejected: [] });
    equal((await ledger.aggregate({ timeZone: "UTC", groupBy: [] })).totals.requests, 2);
  },

  async "the same id with other content is refused, names the field and counts nowhere"(ledger) {
    await ledger.record(call(1));
    const { rejected, ...counts } = await ledger.record([call(1, { tokens: { input: 7, output: 10 } }), call(2)]);
    equal(counts, { new: 1, duplicate: 0 });
    equal(rejected, [{ index: 0, reason: 'id "call-1" is already in the book with another input_tokens' }]);
    equal((await ledger.aggregate({ timeZone: "UTC", groupBy: [] })).totals.inputTokens, 101 + 102);
  },

  async "a request id is unique together with its attempt"(ledger) {
    await ledger.record(call(1, { requestId: "r" }));
    equal((await ledger.record(call(1, { id: "another", requestId: "r" }))).duplicate, 1);
    equal((await ledger.record(call(1, { id: "third", requestId: "r", attempt: 2 }))).new, 1);
    // Without an attempt it is the first one, also beside one that says so in the same batch.
    const told = await ledger.record([call(1, { id: "a", requestId: "s" }), call(2, { id: "b", requestId: "s", attempt: 1 })]);
    equal([told.new, told.rejected.map(({ index }) => index)], [1, [1]]);
    equal((await ledger.record(call(5, { id: "fourth", requestId: "r" }))).rejected.length, 1);
  },

  async "a record without an id is known by its content"(ledger) {
    const { id: _id, ...anonymous } = call(1);
    equal((await ledger.record([anonymous, { ...anonymous }, { ...anonymous, timestampMs: 5 }])).new, 2);
    equal((await ledger.record(anonymous)).duplicate, 1);
  },

  async "of a repeated log line the lowest rank wins, then the largest output, whatever the order"(ledger) {
    const line = (rank: number, output: number, sessionId: string): UsageRecord =>
      call(1, { source: "agent", sessionId, tokens: { input: 100, output }, replay: { rank } });
    for (const record of [line(1, 90, "aside"), line(0, 5, "main"), line(1, 99, "aside"), line(0, 50, "main"), line(0, 20, "main")]) {
      await ledger.append({ records: [record] });
    }
    const [stored, ...others] = await storedRecords(ledger);
    equal([stored?.sessionId, stored?.tokens.output, others.length], ["main", 50, 0]);
    const { rows, totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: ["session"] });
    equal(
      rows.map(({ keys, outputTokens }) => [keys[0], outputTokens]),
      [["main", 50]],
    );
    equal([totals.requests, totals.outputTokens], [1, 50]);
  },

  async "of a repeated log line with equal output the larger input wins: a running total may grow in input alone"(ledger) {
    const total = (input: number): UsageRecord => call(1, { source: "agent", tokens: { input, output: 10 }, replay: { rank: 0 } });
    for (const [input, corrected] of [
      [100, 0],
      [300, 1],
      [200, 0],
    ] as const)
      equal((await ledger.append({ records: [total(input)] })).corrected, corrected);
    equal((await ledger.append({ records: [total(400), total(500)] })).corrected, 1);
    equal((await ledger.aggregate({ timeZone: "UTC", groupBy: [] })).totals.inputTokens, 500);
  },

  async "a log line's record that comes back as a final one, unchanged, is a duplicate"(ledger) {
    const line = call(1, { source: "agent", replay: { rank: 1 } });
    const { replay: _replay, ...final } = line;
    await ledger.append({ records: [line] });
    equal(await ledger.append({ records: [final] }), { new: 0, duplicate: 1, corrected: 0, rejected: [] });
  },

  async "a preview answers as append would, and stores nothing"(ledger) {
    const line = (index: number, output: number): UsageRecord =>
      call(index, { source: "agent", tokens: { input: 100, output }, replay: { rank: 0 } });
    await ledger.append({ records: [call(1), call(2, { requestId: "r" }), line(3, 5), line(4, 5)] });
    const records = [
      call(1),
      call(1, { key: "another" }),
      call(2, { id: "another", requestId: "r" }),
      line(3, 9),
      line(4, 1),
      call(5),
      call(5),
      call(6, { tokens: { input: -1 } }),
    ];
    const before = await ledger.aggregate({ timeZone: "UTC", groupBy: ["source"] });
    const preview = await ledger.preview(records);
    equal(await ledger.aggregate({ timeZone: "UTC", groupBy: ["source"] }), before);
    equal([preview.new, preview.duplicate, preview.corrected], [1, 4, 1]);
    equal(await ledger.append({ records }), preview);
  },

  async "a bad record is refused with its place and reason, and nothing else is lost"(ledger) {
    const bad: unknown[] = [
      { ...call(9), tokens: { input: -1 } },
      { ...call(9), tokens: { input: 1.5 } },
      { ...call(9), tokens: { input: Number.NaN } },
      { ...call(9), tokens: { input: 2 ** 53 } },
      { ...call(9), tokens: { input: 10, cacheRead: 11 } },
      { ...call(9), timestampMs: -1 },
      { ...call(9), timestampMs: Number.NaN },
      { ...call(9), provider: "" },
      { ...call(9), model: undefined },
      null,
    ];
    const { rejected, ...counts } = await ledger.record([call(1), ...(bad as UsageRecord[]), call(2)]);
    equal(counts, { new: 2, duplicate: 0 });
    equal(
      rejected.map(({ index }) => index),
      bad.map((_, i) => i + 1),
    );
  },

  async "what has no price is unpriced, never zero, and can be priced later"(ledger) {
    const { reportedCostNanoUsd: _cost, ...unpriced } = call(1);
    await ledger.record(unpriced);
    const before = await ledger.aggregate({ timeZone: "UTC", groupBy: [] });
    equal([before.totals.unpricedRequests, before.totals.costNanoUsd], [1, 0n]);
    equal((await storedRecords(ledger))[0] && ((await storedRecords(ledger))[0] as { costNanoUsd?: unknown }).costNanoUsd, null);
    await ledger.prices.put(
      [{ provider: "acme", model: "acme-1", rates: { input: 1_000_000_000, output: 2_000_000_000 }, sources: [] }],
      "test",
    );
    equal((await ledger.reprice({ dryRun: true })).pricedNow, 1);
    equal((await ledger.reprice()).differenceNanoUsd, 121_000n);
    equal((await ledger.reprice()).corrected, 0);
    const after = await ledger.aggregate({ timeZone: "UTC", groupBy: [] });
    equal([after.totals.unpricedRequests, after.totals.costNanoUsd, after.totals.requests], [0, 121_000n, 1]);
  },

  async "sums of money stay exact beyond 2^53"(ledger) {
    const cost = Number.MAX_SAFE_INTEGER;
    await ledger.record([1, 2, 3].map((index) => call(index, { reportedCostNanoUsd: cost, timestampMs: START_MS })));
    equal((await ledger.aggregate({ timeZone: "UTC", groupBy: ["day"] })).rows[0]?.costNanoUsd, 3n * BigInt(cost));
    equal((await ledger.aggregate({ timeZone: "UTC", groupBy: ["key"] })).rows[0]?.costNanoUsd, 3n * BigInt(cost));
  },

  async "a file's state is kept with its records"(ledger) {
    const state = { size: 10, modifiedMs: 1.5, offset: 8, tailHash: "abc", state: "7" };
    await ledger.append({ records: [call(1)], file: { source: "agent", path: "/logs/a.jsonl", state } });
    equal(await ledger.importFiles("agent"), new Map([["/logs/a.jsonl", state]]));
    equal(await ledger.importFiles("other"), new Map());
  },

  async "a record with two tags stands in two rows and counts once in the totals"(ledger) {
    await ledger.record([call(1, { tags: ["a", "b"] }), call(2, { tags: ["b"] }), call(3)]);
    const { rows, totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: ["tag"] });
    equal(
      rows.map(({ keys, requests }) => [keys[0], requests]),
      [
        ["a", 1],
        ["b", 2],
        [null, 1],
      ],
    );
    equal(totals.requests, 3);
  },
};
