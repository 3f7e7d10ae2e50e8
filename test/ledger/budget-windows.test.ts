import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { windowOf } from "../../src/budget/index.ts";
import { openLedger } from "../../src/ledger/index.ts";
import { connect } from "../../src/ledger/stores/sqlite/driver.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { STRANGE_ZONES } from "../usage/strange-zones.ts";
import { budget, call, NOON_MS, newBookPaths, record, standing, USD } from "./budget-book.ts";

const newPath = newBookPaths();
const HOUR_MS = 3_600_000;

describe("windows of a book's budgets", () => {
  it("acceptance B10: usage outlives the process in mid-window, and a clock that is put back an hour frees nothing", async () => {
    const clock = new FakeClock(NOON_MS);
    const path = newPath();
    const first = await openLedger(path, { clock });
    await first.budgets.put([budget("hour", { windowMs: HOUR_MS }), budget("day", { period: "daily", amountNanoUsd: 3n * USD })]);
    await (await first.reserve(call("r1", "0.9"))).settle();
    await first.close();
    clock.advance(HOUR_MS / 2);
    const second = await openLedger(path, { clock });
    expect(await standing(second, "hour")).toEqual({ spent: 900_000_000n, reserved: 0n });
    clock.set(clock.now() - HOUR_MS);
    await expect(second.reserve(call("r2", "0.2"))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED", breaches: [{ budget: "hour" }] });
    clock.advance(HOUR_MS / 2);
    await expect(second.reserve(call("r3", "0.2"))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    expect((await second.verify()).differences).toEqual([]);
    await second.close();
  });

  it.each([-HOUR_MS, 24 * HOUR_MS, -24 * HOUR_MS])(
    "guarantee G22: a wall clock stepped by %i ms frees no sliding window and ends no reservation",
    async (step) => {
      const clock = new FakeClock(NOON_MS);
      const ledger = await openLedger("sqlite::memory:", { clock });
      await ledger.budgets.put(budget("hour", { windowMs: HOUR_MS }));
      await (await ledger.reserve(call("used", "0.5"))).settle();
      await ledger.reserve(call("held", "0.5", { ttlMs: 60_000 }));
      clock.set(clock.now() + step);
      await expect(ledger.reserve(call("r1", "0.1"))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
      clock.advance(59_999);
      expect(await ledger.sweep()).toEqual({ charged: 0, released: 0 });
      clock.advance(1);
      expect(await ledger.sweep()).toEqual({ charged: 0, released: 1 });
      await (await ledger.reserve(call("r2", "0.5"))).release();
      await expect(ledger.reserve(call("r3", "0.6"))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
      expect((await ledger.verify()).differences).toEqual([]);
      await ledger.close();
    },
  );

  it("guarantee G22: with the wall clock put forward, an edit of the amount frees nothing of a sliding window, either", async () => {
    const clock = new FakeClock(NOON_MS);
    const ledger = await openLedger("sqlite::memory:", { clock });
    await ledger.budgets.put(budget("hour", { windowMs: HOUR_MS }));
    await (await ledger.reserve(call("used", "0.9"))).settle();
    clock.set(clock.now() + 24 * HOUR_MS);
    await ledger.budgets.put(budget("hour", { windowMs: HOUR_MS, amountNanoUsd: 2n * USD }));
    expect(await standing(ledger, "hour")).toEqual({ spent: 900_000_000n, reserved: 0n });
    await expect(ledger.reserve(call("r1", "1.2"))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    expect((await ledger.verify()).differences).toEqual([]);
    clock.advance(HOUR_MS + 60_000);
    expect(await standing(ledger, "hour")).toEqual({ spent: 0n, reserved: 0n });
    await ledger.close();
  });

  it("guarantee G22: a day's budget that becomes a sliding one knows how lately it was used, however the wall clock is put", async () => {
    const midnightMs = NOON_MS - 12 * HOUR_MS;
    const clock = new FakeClock(midnightMs - 5 * HOUR_MS);
    clock.advance(5 * HOUR_MS + 30_000);
    const ledger = await openLedger("sqlite::memory:", { clock });
    await ledger.budgets.put(budget("turning", { period: "daily" }));
    await ledger.record(record("a", clock.now(), 900_000_000n));
    await ledger.budgets.put(budget("turning", { windowMs: HOUR_MS }));
    clock.set(clock.now() + 24 * HOUR_MS);
    expect(await standing(ledger, "turning")).toEqual({ spent: 900_000_000n, reserved: 0n });
    clock.advance(HOUR_MS + 60_000);
    expect(await standing(ledger, "turning")).toEqual({ spent: 0n, reserved: 0n });
    await ledger.close();
  });

  it("a sliding window lets go of what is old, part by part, and says when", async () => {
    const clock = new FakeClock(NOON_MS);
    const ledger = await openLedger("sqlite::memory:", { clock });
    await ledger.budgets.put(budget("minute", { windowMs: 60_000 }));
    await (await ledger.reserve(call("r1", "0.6"))).settle();
    clock.advance(30_000);
    await (await ledger.reserve(call("r2", "0.4"))).settle();
    const refused = await ledger.reserve(call("r3", "0.1")).catch((error) => error);
    expect(refused.retryAfterMs).toBe(31_000);
    clock.advance(30_999);
    await expect(ledger.reserve(call("r4", "0.1"))).rejects.toMatchObject({ retryAfterMs: 1 });
    clock.advance(1);
    await ledger.reserve(call("r5", "0.6"));
    expect(await ledger.reserve(call("r6", "1.1")).catch((error) => error.retryAfterMs)).toBe(undefined);
    await ledger.close();
  });

  it("a sliding window that runs for long keeps few rows, and verifies", async () => {
    const clock = new FakeClock(NOON_MS);
    const path = newPath();
    const ledger = await openLedger(path, { clock });
    await ledger.budgets.put(budget("minute", { windowMs: 60_000, amountNanoUsd: 1000n * USD }));
    for (let i = 0; i < 1000; i++) {
      await ledger.record(record(`a${i}`, clock.now(), 1n));
      clock.advance(1000);
    }
    expect((await ledger.verify()).differences).toEqual([]);
    expect((await ledger.budgets.status())[0]?.requests).toBe(60);
    const connection = connect(path, { readOnly: true });
    expect(Number(connection.prepare("SELECT count(*) AS count FROM budget_counters").get()?.count)).toBeLessThanOrEqual(181);
    connection.close();
    await ledger.close();
  });

  it("guarantee G13: over midnights, days without one and years' ends, every record is in exactly one window, and none is lost", async () => {
    const midnights = ["2026-04-24", "2026-03-08", "2026-09-06", "2026-03-29", "2026-10-25", "2028-02-29", "2027-01-01"].map((day) =>
      Date.parse(`${day}T00:00:00Z`),
    );
    const clock = new FakeClock(Date.parse("2026-01-01T00:00:00Z"));
    const ledger = await openLedger("sqlite::memory:", { clock });
    const budgets = STRANGE_ZONES.map((timeZone) => budget(timeZone, { period: "daily", timeZone, shadow: true }));
    await ledger.budgets.put(budgets);
    const times = midnights.flatMap((midnight) => Array.from({ length: 60 }, (_, i) => midnight - 15 * HOUR_MS + i * (HOUR_MS / 2) + i));
    for (const timeMs of times.sort((a, b) => a - b)) {
      clock.advance(timeMs - clock.now());
      await (await ledger.reserve(call(`r${timeMs}`, 0))).settle({ costUsd: "0.000000001" });
    }
    for (const definition of budgets) {
      let windows = 0n;
      for (const startMs of new Set(times.map((timeMs) => windowOf(timeMs, definition).startMs))) {
        const [status] = (await ledger.budgets.status({ atMs: startMs })).filter(({ name }) => name === definition.name);
        const { startMs: from, endMs } = windowOf(startMs, definition);
        expect(status?.spentNanoUsd).toBe(BigInt(times.filter((timeMs) => timeMs >= from && timeMs < endMs).length));
        windows += status?.spentNanoUsd ?? 0n;
      }
      expect(windows).toBe(BigInt(times.length));
    }
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("guarantee G5: whatever comes in, in whatever order, budgets say what the records say", { timeout: 60_000 }, async () => {
    const step = fc.record({
      kind: fc.constantFrom("reserve", "settle", "release", "import", "replay", "advance", "sweep", "put"),
      which: fc.nat(9),
      cost: fc.nat(400_000_000),
      team: fc.constantFrom("blue", "red", undefined),
      dispatched: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const clock = new FakeClock(NOON_MS);
        const ledger = await openLedger("sqlite::memory:", { clock });
        const wide = { amountNanoUsd: 20n * USD, shadow: true };
        await ledger.budgets.put([budget("life", { ...wide, period: "lifetime" }), budget("team", { scope: { team: "*" } })]);
        for (const [i, { kind, which, cost, team, dispatched }] of steps.entries()) {
          const scope = team === undefined ? {} : { team };
          const costUsd = cost / 1e9;
          const ignore = (): undefined => undefined;
          if (kind === "reserve") await ledger.reserve(call(`r${which}`, costUsd, { scope, dispatched, ttlMs: 50_000 })).catch(ignore);
          if (kind === "settle") await ledger.settle(`r${which}`, { costUsd }).catch(ignore);
          if (kind === "release") await ledger.release(`r${which}`);
          if (kind === "import") await ledger.record(record(`i${which}`, NOON_MS - which * HOUR_MS, BigInt(cost), scope));
          if (kind === "replay") {
            const tokens = { input: 1, output: i };
            await ledger.append({
              records: [record(`p${which}`, NOON_MS, BigInt(cost), { ...scope, source: "agent", replay: { rank: 0 }, tokens })],
            });
          }
          if (kind === "advance") clock.advance(which * 10_000);
          if (kind === "sweep") await ledger.sweep();
          if (kind === "put")
            await ledger.budgets.put(
              budget(`b${which % 2}`, { ...wide, ...(which % 3 === 0 ? { windowMs: HOUR_MS } : { period: "daily" }) }),
            );
        }
        const { totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: [] });
        expect((await standing(ledger, "life")).spent).toBe(totals.costNanoUsd);
        expect((await ledger.verify()).differences).toEqual([]);
        await ledger.close();
      }),
      { numRuns: 60 },
    );
  });
});
