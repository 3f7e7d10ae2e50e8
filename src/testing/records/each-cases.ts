/** Records that each get an answer of their own. */
import { deepStrictEqual as equal, match, ok } from "node:assert";
import type { UsageRecord } from "../../usage/index.ts";
import { call, type LedgerCase, START_MS, storedRecords } from "./record-case.ts";

export const EACH_CASES: Record<string, LedgerCase> = {
  async "each record of a list is told what became of it, in the list's order"(ledger) {
    await ledger.record(call(1));
    const { id: _id, ...anonymous } = call(5);
    const outcomes = await ledger.recordEach([
      call(0),
      call(1),
      call(1, { model: "acme-2" }),
      { ...call(2), tokens: { input: -1 } },
      null as unknown as UsageRecord,
      call(3),
      call(3),
      call(3, { model: "acme-2" }),
      anonymous,
    ]);
    equal(
      outcomes.map(({ status, id }) => [status, status === "invalid" ? undefined : id]),
      [
        ["new", "call-0"],
        ["duplicate", "call-1"],
        ["conflict", "call-1"],
        ["invalid", undefined],
        ["invalid", undefined],
        ["new", "call-3"],
        ["duplicate", "call-3"],
        ["conflict", "call-3"],
        ["new", outcomes[8]?.id],
      ],
    );
    match(outcomes[8]?.id ?? "", /^[0-9a-f-]{36}$/);
    equal(
      outcomes.map(({ reason }) => reason !== undefined),
      [false, false, true, true, true, false, false, true, false],
    );
    equal(outcomes[2]?.reason, 'id "call-1" is already in the book with another model');
    equal((await storedRecords(ledger)).length, 4);
  },

  async "a list that is sent again adds nothing, and is told so record by record"(ledger) {
    const records = Array.from({ length: 1000 }, (_, i) => call(i, { timestampMs: START_MS + i }));
    const statuses = async (): Promise<string[]> => [...new Set((await ledger.recordEach(records)).map(({ status }) => status))];
    equal(await statuses(), ["new"]);
    equal(await statuses(), ["duplicate"]);
    equal((await ledger.recordEach([])).length, 0);
    equal((await ledger.aggregate({ timeZone: "UTC", groupBy: [] })).totals.requests, 1000);
  },

  async "a conflict within the book is told to all of the list that are the same record"(ledger) {
    await ledger.record(call(1));
    const other = call(1, { key: "another" });
    equal(
      (await ledger.recordEach([other, { ...other }])).map(({ status }) => status),
      ["conflict", "conflict"],
    );
  },

  async "ids of one tenant neither stand in the way of another's nor tell of them, and are found by their request id"(ledger) {
    const mine = (fields: Partial<UsageRecord> = {}): UsageRecord => call(1, { source: "api", requestId: "r", ...fields });
    const status = async (record: UsageRecord, idSpace?: string): Promise<unknown> =>
      (await ledger.recordEach([record], idSpace === undefined ? {} : { idSpace }))[0]?.status;
    equal(await status(mine({ team: "red" }), "red"), "new");
    equal(await status(mine({ team: "blue" }), "blue"), "new");
    equal(await status(mine({ team: "green" })), "new");
    equal(await status(mine({ team: "red" }), "red"), "duplicate");
    equal(await status(mine({ team: "red", model: "acme-2" }), "red"), "conflict");
    equal(await status(mine({ id: "other", team: "blue" }), "blue"), "duplicate");
    const found = [];
    for await (const { team } of ledger.query({ requestId: "r" })) found.push(team);
    equal(found.sort(), ["blue", "green", "red"]);
    equal((await ledger.page({ requestId: "r", team: "blue" }, { limit: 5 })).records.length, 1);
    const stored = await storedRecords(ledger);
    ok(!JSON.stringify(stored).includes("idSpace"));
    equal(new Set(stored.map(({ id }) => id)), new Set(["call-1"]));
  },

  async "a tenant's record keeps its space of ids through a correction"(ledger) {
    const { reportedCostNanoUsd: _cost, ...unpriced } = call(1, { source: "api" });
    await ledger.recordEach([unpriced], { idSpace: "red" });
    await ledger.prices.put([{ provider: "acme", model: "acme-1", rates: { input: 1, output: 1 }, sources: [] }], "test");
    equal((await ledger.reprice()).corrected, 1);
    equal((await ledger.recordEach([unpriced], { idSpace: "red" }))[0]?.status, "duplicate");
    equal((await ledger.recordEach([unpriced]))[0]?.status, "new");
  },
};
