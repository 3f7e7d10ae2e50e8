import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { BudgetDefinition } from "../../src/budget/index.ts";
import { openLedger } from "../../src/ledger/index.ts";
import { FakeClock } from "../../src/testing/index.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { report } from "./figures.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-guarantees-"));
afterAll(() => rmSync(folder, { recursive: true }));

const NOON_MS = Date.UTC(2026, 4, 1, 12);
const ALL: BudgetDefinition = {
  name: "all",
  scope: {},
  period: "lifetime",
  amountNanoUsd: 1_000_000n,
  alerts: [],
  enforcement: "block_requests",
  hard: true,
};

describe("what becomes of reservations", () => {
  it("guarantee G4: of 1,000 calls 300 expire at their estimate, 200 of them are corrected once, and no settle counts twice", {
    timeout: 120_000,
  }, async () => {
    const clock = new FakeClock(NOON_MS);
    const ledger = await openLedger(join(folder, "g4.db"), { clock });
    await ledger.budgets.put(ALL);
    const call = (index: number) => ({ requestId: `r-${index}`, provider: "acme", model: "acme-1", estimate: { costUsd: "0.0000001" } });
    const actual = (index: number) => ({ costUsd: `0.0000000${10 + (index % 90)}` });
    const trueNanoUsd = (index: number): bigint => BigInt(10 + (index % 90));
    let expected = 0n;
    for (let index = 0; index < 1000; index++) await ledger.reserve({ ...call(index), ttlMs: 60_000, dispatched: true });
    for (let index = 300; index < 1000; index++) {
      await ledger.settle(`r-${index}`, actual(index));
      expected += trueNanoUsd(index);
    }
    clock.advance(60_000);
    expect(await ledger.sweep()).toEqual({ charged: 300, released: 0 });
    for (let index = 0; index < 200; index++) {
      await ledger.settle(`r-${index}`, actual(index));
      expected += trueNanoUsd(index);
    }
    expected += 100n * 100n;
    for (let index = 100; index < 200; index++) {
      await expect(ledger.settle(`r-${index}`, { costUsd: "0.0000005" })).rejects.toMatchObject({ code: "ALREADY_SETTLED" });
    }
    const { totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: [] });
    const [status] = await ledger.budgets.status();
    expect([totals.requests, totals.costNanoUsd, status?.spentNanoUsd, status?.reservedNanoUsd]).toEqual([1000, expected, expected, 0n]);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("guarantee G21: of 20,000 records 200 poisoned ones of 20 kinds are refused with a reason, and all others are stored", {
    timeout: 120_000,
  }, async () => {
    const ledger = await openLedger(join(folder, "g21.db"));
    await ledger.budgets.put({ ...ALL, amountNanoUsd: 10n });
    const record = (index: number): UsageRecord => ({
      id: `call-${index}`,
      timestampMs: NOON_MS + index,
      provider: "acme",
      model: "acme-1",
      tokens: { input: 10, output: 1 },
      reportedCostNanoUsd: 1,
      source: "library",
    });
    const circle: Record<string, unknown> = {};
    circle.circle = circle;
    const poisons: unknown[] = [
      null,
      17,
      "a record",
      {},
      { tokens: null },
      { tokens: { input: -1 } },
      { tokens: { input: 1.5 } },
      { tokens: { output: Number.NaN } },
      { tokens: { output: 2 ** 53 } },
      { tokens: { input: "12" } },
      { tokens: { input: 5, cacheRead: 6 } },
      { timestampMs: -1 },
      { timestampMs: Number.POSITIVE_INFINITY },
      { timestampMs: "2026-05-01" },
      { provider: "" },
      { model: undefined },
      { team: "half of a character: \ud800" },
      { user: "x".repeat(5000) },
      { reportedCostNanoUsd: -5 },
      { tags: [circle] },
    ];
    expect(poisons).toHaveLength(20);
    const records = Array.from({ length: 20_000 }, (_, index) => {
      if (index % 100 !== 50) return record(index);
      const poison = poisons[Math.floor(index / 100) % poisons.length];
      const isPart = typeof poison === "object" && poison !== null && Object.keys(poison).length > 0;
      return (isPart ? { ...record(index), ...poison } : poison) as UsageRecord;
    });
    const rejected: string[] = [];
    let stored = 0;
    for (let first = 0; first < records.length; first += 1000) {
      const outcome = await ledger.record(records.slice(first, first + 1000));
      stored += outcome.new;
      rejected.push(...outcome.rejected.map(({ reason }) => reason));
    }
    report("G21 poison records", { records: records.length, stored, rejected: rejected.length });
    expect([stored, rejected.length, rejected.every((reason) => reason.length > 10)]).toEqual([19_800, 200, true]);
    expect((await ledger.budgets.status())[0]?.spentNanoUsd).toBe(19_800n);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("guarantee G22: steps of the wall clock under load neither end a reservation, nor free a window, nor break the sums", async () => {
    const clock = new FakeClock(NOON_MS);
    const ledger = await openLedger("sqlite::memory:", { clock });
    const HOUR_MS = 3_600_000;
    const { period: _period, ...unlimited } = ALL;
    await ledger.budgets.put([ALL, { ...unlimited, name: "hour", windowMs: HOUR_MS, amountNanoUsd: 1000n }]);
    await ledger.reserve({ requestId: "held", provider: "acme", model: "acme-1", estimate: { costUsd: "0.0000001" }, ttlMs: HOUR_MS });
    let spent = 0n;
    for (let index = 0; index < 200; index++) {
      clock.advance(1000);
      if (index % 10 === 5) clock.set(clock.now() + ([-HOUR_MS, 24 * HOUR_MS, -24 * HOUR_MS, HOUR_MS][(index / 5) % 4] ?? 0));
      const call = { requestId: `r-${index}`, provider: "acme", model: "acme-1", estimate: { costUsd: "0.00000001" } };
      const reservation = await ledger.reserve(call).catch((error) => {
        expect(error.code).toBe("BUDGET_EXCEEDED");
        return undefined;
      });
      if (reservation === undefined) continue;
      await reservation.settle();
      spent += 10n;
    }
    // 1,000 less the 100 that are held, for less than an hour of steady time: no step of the clock let more pass.
    expect(spent).toBe(900n);
    expect(await ledger.sweep()).toEqual({ charged: 0, released: 0 });
    clock.advance(HOUR_MS);
    expect(await ledger.sweep()).toEqual({ charged: 0, released: 1 });
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });
});
