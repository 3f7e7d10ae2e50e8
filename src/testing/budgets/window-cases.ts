/** In which window a call counts, as time passes and as clocks are put. */
import { deepStrictEqual as equal } from "node:assert";
import type { BudgetPeriod } from "../../budget/index.ts";
import { type BudgetCase, budget, call, DAY_MS, HOUR_MS, MINUTE_MS, money, NOON_MS, refused, status, USD } from "./budget-case.ts";

export const WINDOW_CASES: Record<string, BudgetCase> = {
  async "a calendar budget begins anew with its period, in its own time zone"({ ledger, clock }) {
    const begins: [BudgetPeriod, string, number][] = [
      ["daily", "UTC", Date.UTC(2026, 4, 2)],
      ["daily", "America/New_York", Date.UTC(2026, 4, 2, 4)],
      ["daily", "Asia/Kathmandu", Date.UTC(2026, 4, 1, 18, 15)],
      ["weekly", "UTC", Date.UTC(2026, 4, 4)],
      ["monthly", "UTC", Date.UTC(2026, 5, 1)],
      ["quarterly", "UTC", Date.UTC(2026, 6, 1)],
      ["yearly", "UTC", Date.UTC(2027, 0, 1)],
    ];
    for (const [period, timeZone] of begins) await ledger.budgets.put(budget(`${period} ${timeZone}`, { period, timeZone }));
    await ledger.budgets.put(budget("lifetime", { period: "lifetime" }));
    await (await ledger.reserve(call("r", "1"))).settle();
    for (const [period, timeZone, endMs] of begins.toSorted(([, , a], [, , b]) => a - b)) {
      const name = `${period} ${timeZone}`;
      equal((await status(ledger, name)).window.endMs, endMs, name);
      clock.set(endMs - 1);
      equal(await money(ledger, name), [USD, 0n], name);
      clock.set(endMs);
      equal(await money(ledger, name), [0n, 0n], name);
    }
    equal(await money(ledger, "lifetime"), [USD, 0n]);
  },

  async "acceptance B12: a day of 23 hours and one of 25 end at local midnight"({ ledger, clock }) {
    await ledger.budgets.put(budget("daily", { period: "daily", timeZone: "America/New_York" }));
    for (const [date, hours] of [
      ["2026-03-08T05:00:00Z", 23],
      ["2026-11-01T04:00:00Z", 25],
    ] as const) {
      const startMs = Date.parse(date);
      clock.set(startMs);
      await (await ledger.reserve(call(date, "1"))).settle();
      clock.set(startMs + hours * HOUR_MS - 1);
      await refused(ledger.reserve(call(`${date} late`, "1")));
      clock.set(startMs + hours * HOUR_MS);
      await ledger.release(await ledger.reserve(call(`${date} next`, "1")));
    }
  },

  async "a call over midnight counts in the window in which it was reserved"({ ledger, clock }) {
    await ledger.budgets.put(budget("daily", { period: "daily" }));
    clock.set(Date.UTC(2026, 4, 2) - 1);
    const reservation = await ledger.reserve(call("r", "0.9"));
    clock.advance(1);
    equal(await money(ledger, "daily"), [0n, 0n]);
    await ledger.reserve(call("next", "0.9"));
    await reservation.settle({ costUsd: "0.8" });
    equal(await money(ledger, "daily"), [0n, (USD * 9n) / 10n]);
    const [before] = await ledger.budgets.status({ atMs: reservation.reservedMs });
    equal([before?.spentNanoUsd, before?.reservedNanoUsd], [(USD * 8n) / 10n, 0n]);
  },

  async "a sliding window counts what is younger than it, and lets go what is older by one part"({ ledger, clock }) {
    await ledger.budgets.put(budget("hour", { windowMs: HOUR_MS }));
    await (await ledger.reserve(call("a", "0.6"))).settle();
    clock.advance(30 * MINUTE_MS);
    await (await ledger.reserve(call("b", "0.4"))).settle();
    clock.advance(30 * MINUTE_MS - 1);
    await refused(ledger.reserve(call("c", "0.1")));
    clock.advance(MINUTE_MS + 1);
    equal(await money(ledger, "hour"), [(USD * 4n) / 10n, 0n]);
    await ledger.reserve(call("c", "0.6"));
    await refused(ledger.reserve(call("d", "0.1")));
  },

  async "a reservation of a sliding window is settled into the part in which it was made"({ ledger, clock }) {
    await ledger.budgets.put(budget("hour", { windowMs: HOUR_MS }));
    const reservation = await ledger.reserve(call("a", "0.6", { ttlMs: DAY_MS }));
    clock.advance(50 * MINUTE_MS);
    await reservation.settle({ costUsd: "0.5" });
    clock.advance(12 * MINUTE_MS);
    equal(await money(ledger, "hour"), [0n, 0n]);
  },

  async "guarantee G22: a clock that is put back or forward frees no sliding window and ends no reservation"({ ledger, clock }) {
    await ledger.budgets.put(budget("hour", { windowMs: HOUR_MS }));
    await (await ledger.reserve(call("spent", "0.5"))).settle();
    await ledger.reserve(call("held", "0.5", { ttlMs: 10 * MINUTE_MS }));
    for (const step of [-HOUR_MS, 24 * HOUR_MS, -25 * HOUR_MS, 2 * HOUR_MS]) {
      clock.set(clock.now() + step);
      await refused(ledger.reserve(call(`after ${step}`, "0.1")));
      equal(await ledger.sweep(), { charged: 0, released: 0 });
    }
    clock.set(NOON_MS);
    clock.advance(10 * MINUTE_MS);
    equal(await ledger.sweep(), { charged: 0, released: 1 });
    clock.advance(52 * MINUTE_MS);
    await ledger.reserve(call("free", "1"));
  },

  async "earlier windows can be asked for"({ ledger, clock }) {
    await ledger.budgets.put(budget("daily", { period: "daily" }));
    await (await ledger.reserve(call("a", "0.3"))).settle();
    clock.advance(DAY_MS);
    await (await ledger.reserve(call("b", "0.2"))).settle();
    const spent = async (atMs: number) => (await ledger.budgets.status({ atMs }))[0]?.spentNanoUsd;
    equal([await spent(NOON_MS - DAY_MS), await spent(NOON_MS), await spent(NOON_MS + DAY_MS)], [0n, (USD * 3n) / 10n, USD / 5n]);
  },

  async "an override ends at its instant"({ ledger, clock }) {
    await ledger.budgets.put(budget("all", { override: { amountNanoUsd: 3n * USD, untilMs: NOON_MS + HOUR_MS } }));
    await (await ledger.reserve(call("a", "1.5"))).settle();
    clock.advance(HOUR_MS - 1);
    await (await ledger.reserve(call("b", "0.5"))).release();
    clock.advance(1);
    await refused(ledger.reserve(call("b", "0.5")));
  },
};
