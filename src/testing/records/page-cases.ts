/** Pages of records that survive what is written meanwhile. */
import { deepStrictEqual as equal, ok, rejects } from "node:assert";
import type { Ledger } from "../../ledger/index.ts";
import type { UsageRecord } from "../../usage/index.ts";
import { allPages, call, HOUR_MS, type LedgerCase, START_MS, storedRecords } from "./record-case.ts";

/** A line of an agent's log, which a later one may correct. */
function line(index: number, output: number, fields: Partial<UsageRecord> = {}): UsageRecord {
  return call(index, { source: "agent", tokens: { input: 100, output }, replay: { rank: 0 }, ...fields });
}

const idsOf = (records: readonly UsageRecord[]): (string | undefined)[] => records.map(({ id }) => id);
const idsTo = (count: number): string[] => Array.from({ length: count }, (_, i) => `call-${i}`);

/** Prices everything anew: all records get corrections. */
async function repriceAll(ledger: Ledger, rate: number): Promise<number> {
  await ledger.prices.put([{ provider: "acme", model: "acme-1", rates: { input: rate, output: rate }, sources: [] }], "test");
  return (await ledger.reprice()).corrected;
}

export const PAGE_CASES: Record<string, LedgerCase> = {
  async "page by page come the same records as in one go, of the same time in the order in which they came"(ledger) {
    await ledger.record(Array.from({ length: 23 }, (_, i) => call(i, { timestampMs: START_MS + Math.floor(i / 5), team: `t${i % 2}` })));
    const whole = await storedRecords(ledger);
    for (const limit of [1, 4, 5, 22, 23, 24]) equal(await allPages(ledger, {}, limit), whole);
    equal((await ledger.page({}, { limit: 23 })).next, undefined);
    equal((await allPages(ledger, { team: "t1" }, 3)).length, 11);
    equal(idsOf(await allPages(ledger, { startMs: START_MS + 1, endMs: START_MS + 2 }, 2)), idsOf(whole.slice(5, 10)));
    equal(await allPages(ledger, { team: "nobody" }, 3), []);
    equal(await allPages(ledger, { requestId: "none" }, 3), []);
  },

  async "the newest come first where that is asked for, and what is written in front of a page changes none behind it"(ledger) {
    await ledger.record(Array.from({ length: 12 }, (_, i) => call(i, { timestampMs: START_MS + Math.floor(i / 5), team: `t${i % 2}` })));
    const whole = (await storedRecords(ledger)).reverse();
    for (const limit of [1, 4, 5, 12, 13]) equal(await allPages(ledger, {}, limit, undefined, "desc"), whole);
    const span = { startMs: START_MS + 1, endMs: START_MS + 2 };
    equal(idsOf(await allPages(ledger, span, 2, undefined, "desc")), idsOf(whole.slice(2, 7)));
    equal((await allPages(ledger, { team: "t1" }, 4, undefined, "desc")).length, 6);
    const written = async (page: number): Promise<unknown> => ledger.record(call(100 + page, { timestampMs: START_MS + HOUR_MS }));
    equal(await allPages(ledger, {}, 2, written, "desc"), whole);
    await rejects(ledger.page({}, { limit: 1, order: "newest" as never }), { code: "INVALID_INPUT" });
  },

  async "records are found by their id, in every source that has it, as they are now"(ledger) {
    await ledger.record([call(1), call(2)]);
    await ledger.append({ records: [line(1, 10)] });
    await ledger.append({ records: [line(1, 20)] });
    const found = await ledger.recordsOfId("call-1");
    equal(found.map(({ source, tokens }) => [source, tokens.output]).sort(), [
      ["agent", 20],
      ["library", 10],
    ]);
    equal(await ledger.recordsOfId("call-9"), []);
  },

  async "the dearest are told by what they cost now, without those whose price is not known"(ledger) {
    const unpriced = { model: "unknown", reportedCostNanoUsd: undefined as never };
    await ledger.append({ records: [line(0, 10, { reportedCostNanoUsd: 70 }), line(1, 10, { reportedCostNanoUsd: 50 })] });
    await ledger.record([call(2, unpriced), call(3, { reportedCostNanoUsd: 60, team: "red" }), call(4, { reportedCostNanoUsd: 0 })]);
    const dearest = async (filter: Parameters<Ledger["dearest"]>[0], limit: number): Promise<unknown[]> =>
      idsOf(await ledger.dearest(filter, limit));
    equal(await dearest({}, 2), ["call-0", "call-3"]);
    equal(await dearest({}, 9), ["call-0", "call-3", "call-1", "call-4"]);
    equal(await dearest({ team: "red" }, 9), ["call-3"]);
    equal(await dearest({ team: "nobody" }, 9), []);
    equal(await dearest({ startMs: START_MS + HOUR_MS, endMs: START_MS + 3 * HOUR_MS }, 9), ["call-1"]);
    // What was the dearest is the cheapest now, belongs to somebody else and to another time.
    await ledger.append({ records: [line(0, 20, { reportedCostNanoUsd: 1, team: "red", timestampMs: START_MS + 9 * HOUR_MS })] });
    equal(await dearest({}, 1), ["call-3"]);
    equal(await dearest({ endMs: START_MS + 4 * HOUR_MS }, 2), ["call-3", "call-1"]);
    equal(await dearest({ team: "red" }, 9), ["call-3", "call-0"]);
    // One that tells no cost any more has the one that is computed, or none.
    await ledger.append({ records: [line(1, 20, { reportedCostNanoUsd: undefined as never })] });
    equal(await dearest({}, 9), ["call-3", "call-0", "call-4"]);
    ok((await repriceAll(ledger, 1_000_000_000)) > 0);
    equal(await dearest({}, 2), ["call-1", "call-3"]);
    equal((await ledger.dearest({}, 9)).length, 4);
    for (const limit of [0, 1.5, 10_001]) await rejects(ledger.dearest({}, limit), { code: "INVALID_INPUT" });
  },

  async "a record that was there at the start comes exactly once, whatever is written between the pages"(ledger) {
    await ledger.append({ records: Array.from({ length: 12 }, (_, i) => line(i, 10)) });
    const records = await allPages(ledger, {}, 2, async (page) => {
      // Before, among and behind what was seen, and all of it another price.
      await ledger.record([
        call(100 + page, { timestampMs: START_MS - page }),
        call(200 + page, { timestampMs: START_MS + page * HOUR_MS }),
      ]);
      // One that was seen and one that was not are moved to the other's side.
      await ledger.append({ records: [line(0, 20 + page, { timestampMs: START_MS + (8 + page) * HOUR_MS })] });
      await ledger.append({ records: [line(11, 20 + page, { timestampMs: START_MS - page })] });
      ok((await repriceAll(ledger, (1 + page) * 1_000_000_000)) > 0);
    });
    const ids = idsOf(records);
    for (const id of idsTo(12)) equal(ids.filter((one) => one === id).length, 1, id);
    equal(new Set(ids).size, ids.length);
  },

  async "what is corrected comes as it is now, and by what it is now"(ledger) {
    await ledger.append({ records: [line(0, 10, { team: "red" }), line(1, 10, { team: "red" }), line(2, 10)] });
    await ledger.append({ records: [line(1, 50, { team: "blue", timestampMs: START_MS + 40 * HOUR_MS })] });
    equal(idsOf(await allPages(ledger, { team: "red" }, 1)), ["call-0"]);
    const [blue, ...others] = await allPages(ledger, { team: "blue" }, 1);
    equal([blue?.id, blue?.tokens.output, others.length], ["call-1", 50, 0]);
    const span = { startMs: START_MS, endMs: START_MS + 3 * HOUR_MS };
    equal(idsOf(await allPages(ledger, span, 1)), ["call-0", "call-2"]);
    const later = { startMs: START_MS + 3 * HOUR_MS, endMs: START_MS + 99 * HOUR_MS };
    equal(idsOf(await allPages(ledger, later, 1)), ["call-1"]);
    await ledger.append({ records: [line(1, 60, { team: "blue", timestampMs: START_MS + 2 * HOUR_MS })] });
    equal(idsOf(await allPages(ledger, span, 1)), ["call-0", "call-1", "call-2"]);
    equal(await allPages(ledger, later, 1), []);
    equal(idsOf(await allPages(ledger, {}, 2)), idsTo(3));
  },

  async "the records of a request are found wherever they come from, and only those that are asked for"(ledger) {
    const of = (requestId: string, attempt: number, fields: Partial<UsageRecord> = {}): UsageRecord =>
      call(attempt, { id: `${requestId}-${attempt}`, requestId, attempt, team: "blue", ...fields });
    await ledger.record([of("r", 1), of("r", 2), of("r", 3, { team: "red" }), of("s", 1), call(9)]);
    await ledger.append({ records: [line(4, 10, { requestId: "log" }), line(5, 10, { requestId: "log" })] });
    await ledger.append({ records: [line(4, 20, { requestId: "log", timestampMs: START_MS + 30 * HOUR_MS })] });
    await repriceAll(ledger, 1_000_000_000);
    const found = async (filter: Parameters<Ledger["page"]>[0]): Promise<unknown[]> => idsOf(await allPages(ledger, filter, 1));
    equal(await found({ requestId: "r" }), ["r-1", "r-2", "r-3"]);
    equal(await found({ requestId: "r", team: "red" }), ["r-3"]);
    equal(await found({ requestId: "s", team: "red" }), []);
    equal(await found({ requestId: "nobody" }), []);
    equal(await found({ requestId: [] }), []);
    equal(await found({ requestId: "log" }), ["call-4", "call-5"]);
    equal(await found({ requestId: "log", startMs: START_MS + 29 * HOUR_MS, endMs: START_MS + 31 * HOUR_MS }), ["call-4"]);
    equal(await found({ requestId: ["s", "log", "nobody"] }), ["s-1", "call-4", "call-5"]);
    equal(await found({ requestId: ["r", "s"], team: "blue" }), ["r-1", "s-1", "r-2"]);
    equal(await found({ requestId: null }), ["call-9"]);
  },

  async "a place of a page is good for as long as one likes, and a place that is none is refused"(ledger) {
    await ledger.record([call(0), call(1)]);
    const { next } = await ledger.page({}, { limit: 1 });
    await ledger.record(call(2));
    for (let times = 0; times < 2; times++)
      equal(idsOf((await ledger.page({}, { ...(next && { after: next }), limit: 9 })).records), ["call-1", "call-2"]);
    const code = { code: "INVALID_INPUT" };
    for (const limit of [0, -1, 1.5, 10_001, Number.NaN]) await rejects(ledger.page({}, { limit }), code);
    for (const after of [{}, { timestampMs: 1 }, { timestampMs: "1", row: 2 }, { timestampMs: 0.5, row: 1 }, 7, null])
      await rejects(ledger.page({}, { limit: 1, after: after as never }), code);
  },
};
