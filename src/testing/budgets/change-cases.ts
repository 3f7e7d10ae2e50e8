/** A budget that is looked at and changed in one step. */
import { deepStrictEqual as equal, rejects } from "node:assert";
import type { Ledger } from "../../ledger/index.ts";
import { type BudgetCase, budget, call, dump, money, refused, status, USD } from "./budget-case.ts";

const BY = { origin: "api", actor: "key:abcdefgh" };

async function amounts(ledger: Ledger): Promise<[string, bigint | undefined, string][]> {
  return (await ledger.budgets.list()).map(({ definition, origin }) => [definition.name, definition.amountNanoUsd, origin]);
}

export const CHANGE_CASES: Record<string, BudgetCase> = {
  async "a change makes, changes, leaves and removes a budget by what it finds"({ ledger: { budgets }, ledger }) {
    const made = await budgets.change("all", (before) => (before === undefined ? budget("all") : undefined), BY);
    equal([made.before, made.after?.definition.amountNanoUsd, made.after?.origin], [undefined, USD, "api"]);
    const again = await budgets.change("all", (before) => (before === undefined ? budget("all", { amountNanoUsd: 9n }) : undefined), BY);
    equal([again.before, again.after], [made.after, made.after]);
    const raised = await budgets.change("all", (before) => before && { ...before.definition, amountNanoUsd: 2n * USD }, BY);
    equal([raised.before?.definition.amountNanoUsd, raised.after?.definition.amountNanoUsd], [USD, 2n * USD]);
    equal(await amounts(ledger), [["all", 2n * USD, "api"]]);
    const removed = await budgets.change("all", () => null, BY);
    equal([removed.before?.definition.name, removed.after], ["all", undefined]);
    equal(await budgets.change("all", () => null, BY), {});
    equal(await budgets.change("all", () => undefined, BY), {});
    equal(await amounts(ledger), []);
  },

  async "what a changed budget has spent and holds stays, and a new one counts what its window has"({ ledger }) {
    await ledger.budgets.put(budget("all"));
    await (await ledger.reserve(call("a", "0.25"))).settle();
    await ledger.reserve(call("b", "0.5"));
    await ledger.budgets.change("all", (before) => before && { ...before.definition, amountNanoUsd: 4n * USD }, BY);
    equal(await money(ledger, "all"), [USD / 4n, USD / 2n]);
    await ledger.budgets.change("late", () => budget("late"), BY);
    equal((await status(ledger, "late")).spentNanoUsd, USD / 4n);
    await ledger.budgets.change("all", () => null, BY);
    await ledger.settle("b");
    equal(await money(ledger, "late"), [(USD * 3n) / 4n, 0n]);
  },

  async "a decision that throws changes nothing, and what it threw is what is thrown"({ ledger }) {
    await ledger.budgets.put(budget("all"));
    const before = await dump(ledger);
    const refusal = Object.assign(new RangeError("not by me"), { code: "ETAG" });
    const failing = (thrown: unknown) => (): never => {
      throw thrown;
    };
    await rejects(ledger.budgets.change("all", failing(refusal), BY), (error) => error === refusal);
    await refused(
      ledger.budgets.change("all", () => budget("other"), BY),
      "INVALID_INPUT",
    );
    await refused(
      ledger.budgets.change("all", () => ({ ...budget("all"), amountNanoUsd: -1n }), BY),
      "INVALID_INPUT",
    );
    equal(await dump(ledger), before);
    equal((await ledger.audit.list()).length, 1);
  },

  async "of many changes at once none is lost"({ ledger }) {
    await ledger.budgets.put(budget("all", { maxTokens: 1 }));
    const raise = (): Promise<unknown> =>
      ledger.budgets.change("all", (before) => before && { ...before.definition, maxTokens: (before.definition.maxTokens ?? 0) + 1 }, BY);
    await Promise.all(Array.from({ length: 30 }, raise));
    equal((await ledger.budgets.list())[0]?.definition.maxTokens, 31);
  },

  async "of those who would each make the same new budget one does"({ ledger }) {
    const make = async (amountNanoUsd: bigint): Promise<boolean> => {
      const { before } = await ledger.budgets.change("all", (found) => (found ? undefined : budget("all", { amountNanoUsd })), BY);
      return before === undefined;
    };
    const made = await Promise.all(Array.from({ length: 10 }, (_, i) => make(BigInt(i + 1) * USD)));
    equal(made.filter((isMaker) => isMaker).length, 1);
    equal(await amounts(ledger), [["all", BigInt(made.indexOf(true) + 1) * USD, "api"]]);
  },
};
