/** Who is told, and how often. */
import { deepStrictEqual as equal } from "node:assert";
import type { Ledger } from "../../ledger/index.ts";
import { type BudgetCase, budget, call, DAY_MS, HOUR_MS, record, soft, status, tokensCall, USD } from "./budget-case.ts";

const thresholds = async (ledger: Ledger): Promise<string[]> =>
  (await ledger.alerts.list()).map(({ budgetName, kind, threshold }) => `${budgetName} ${kind} ${threshold}`).sort();

export const ALERT_CASES: Record<string, BudgetCase> = {
  async "each threshold that spending reaches is told exactly once"({ ledger }) {
    await ledger.budgets.put(soft("all", { alerts: [50, 80, 100] }));
    await (await ledger.reserve(call("a", "0.499999999"))).settle();
    equal(await thresholds(ledger), []);
    await (await ledger.reserve(call("b", "0.000000001"))).settle();
    equal(await thresholds(ledger), ["all threshold 50"]);
    await (await ledger.reserve(call("c", "0.01"))).settle();
    await (await ledger.reserve(call("d", "2"))).settle();
    equal(await thresholds(ledger), ["all threshold 100", "all threshold 50", "all threshold 80"]);
    const told = (await status(ledger, "all")).alerts.map(({ threshold, triggeredMs }) => [threshold, triggeredMs !== undefined]);
    equal(told, [
      [50, true],
      [80, true],
      [100, true],
    ]);
  },

  async "what is only reserved reaches no threshold, and thresholds enforce nothing"({ ledger }) {
    await ledger.budgets.put(budget("all", { alerts: [10] }));
    const reservation = await ledger.reserve(call("a", "0.9"));
    equal(await thresholds(ledger), []);
    await reservation.settle({ costUsd: "0.2" });
    equal(await thresholds(ledger), ["all threshold 10"]);
    await ledger.reserve(call("b", "0.8"));
  },

  async "many calls at once tell a threshold once"({ ledger }) {
    await ledger.budgets.put(budget("all", { alerts: [50, 100] }));
    const open = await Promise.all(Array.from({ length: 20 }, (_, index) => ledger.reserve(call(`r-${index}`, "0.05"))));
    await Promise.all(open.map((reservation) => reservation.settle()));
    equal(await thresholds(ledger), ["all threshold 100", "all threshold 50"]);
  },

  async "records that come by another way reach thresholds, tokens too"({ ledger }) {
    const { reservedMs } = await ledger.reserve(tokensCall("now", 1));
    await ledger.budgets.put([soft("money", { alerts: [50] }), soft("tokens", { maxTokens: 100, alerts: [90] })]);
    await ledger.record(record("one", reservedMs, USD / 2n));
    equal(await thresholds(ledger), ["money threshold 50", "tokens threshold 90"]);
  },

  async "each value of a budget is told of by itself"({ ledger }) {
    await ledger.budgets.put(budget("user", { scope: { user: "*" }, alerts: [50] }));
    for (const user of ["ann", "bob", "ann"])
      await (await ledger.reserve(call(`${user}-${await count(ledger)}`, "0.5", { scope: { user } }))).settle();
    equal(await thresholds(ledger), ["user threshold 50", "user threshold 50"]);
  },

  async "a hard budget whose calls cost more than was reserved is told of as overage, once"({ ledger }) {
    await ledger.budgets.put(budget("all"));
    const [a, b] = [await ledger.reserve(call("a", "0.5")), await ledger.reserve(call("b", "0.5"))];
    await a.settle({ costUsd: "1.000000001" });
    await b.settle({ costUsd: "1" });
    equal(await thresholds(ledger), ["all overage 100"]);
  },

  async "an alert is acknowledged once, and stays in the list"({ ledger }) {
    await ledger.budgets.put([budget("all", { alerts: [50] }), budget("other", { alerts: [60] })]);
    await (await ledger.reserve(call("a", "0.6"))).settle();
    const [first] = await ledger.alerts.list({ budget: "all" });
    equal([await ledger.alerts.acknowledge([first?.id ?? -1]), await ledger.alerts.acknowledge([first?.id ?? -1])], [1, 0]);
    equal(
      (await ledger.alerts.list({ open: true })).map(({ budgetName }) => budgetName),
      ["other"],
    );
    equal((await ledger.alerts.list()).length, 2);
  },
};

/** These need a clock that can be moved. */
export const REARMED_CASES: Record<string, BudgetCase> = {
  async "the next window tells its thresholds again"({ ledger, clock }) {
    await ledger.budgets.put([budget("daily", { period: "daily", alerts: [50] }), budget("hour", { windowMs: HOUR_MS, alerts: [50] })]);
    for (const day of [1, 2, 3]) {
      await (await ledger.reserve(call(`a-${day}`, "0.6"))).settle();
      await (await ledger.reserve(call(`b-${day}`, "0.4"))).settle();
      equal(await thresholds(ledger), [...Array<string>(day).fill("daily threshold 50"), ...Array<string>(day).fill("hour threshold 50")]);
      clock.advance(DAY_MS);
    }
  },
};

async function count(ledger: Ledger): Promise<number> {
  return (await ledger.aggregate({ timeZone: "UTC", groupBy: [] })).totals.requests;
}
