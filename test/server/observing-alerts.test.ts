import { expect, test } from "vitest";
import { type AlertFilter, openLedger, type StoredAlert } from "../../src/ledger/index.ts";
import { AlertFollower } from "../../src/server/observing/alert-follower.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { budgetOf } from "./running-gateway.ts";

/** A book whose alerts are these ids, and a follower of it. */
function following(ids: number[]) {
  const clock = new FakeClock(0);
  const told: number[] = [];
  const asked: AlertFilter[] = [];
  let isBroken = false;
  const alerts = {
    async list(filter: AlertFilter = {}): Promise<StoredAlert[]> {
      asked.push(filter);
      if (isBroken) throw new Error("the book is away");
      return ids
        .filter((id) => id > (filter.afterId ?? 0))
        .sort((a, b) => a - b)
        .map((id) => ({ ...ALERT, id }));
    },
  };
  const follower = new AlertFollower({ alerts, budgets: { list: async () => [] } } as never, clock, ({ id }) => told.push(id));
  const poll = async (): Promise<void> => {
    clock.advance(1_000);
    follower.poll();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, told, asked, follower, poll, breaks: (is: boolean) => (isBroken = is) };
}

const ALERT: StoredAlert = {
  ...{ id: 0, budgetId: 1, budgetName: "all", value: "", window: { startMs: 0, endMs: 1 }, kind: "threshold", threshold: 50 },
  ...{ spentNanoUsd: 1n, spentTokens: 0n, triggeredMs: 0 },
};

test("alerts from before anybody listened are not told; those after are, each once, in order", async () => {
  const ids = [1, 2, 3];
  const { told, poll } = following(ids);
  await poll();
  ids.push(4, 5);
  await poll();
  await poll();
  ids.push(6);
  await poll();
  expect(told).toEqual([4, 5, 6]);
});

test("one whose transaction ended after that of a later one is told, too, and only once", async () => {
  const ids = [1, 2, 4];
  const { told, poll } = following(ids);
  await poll();
  ids.push(5);
  await poll();
  ids.push(3);
  await poll();
  await poll();
  expect(told).toEqual([5, 3]);
});

test("the book is asked once a second, for what may be new, however many listen; one that is away is asked again", async () => {
  const ids = Array.from({ length: 5_000 }, (_, index) => index + 1);
  const { asked, told, follower, poll, breaks } = following(ids);
  await poll();
  for (let listener = 0; listener < 200; listener++) follower.poll();
  expect(asked).toHaveLength(1);
  breaks(true);
  await poll();
  breaks(false);
  ids.push(5_001);
  await poll();
  expect(told).toEqual([5_001]);
  expect(asked.slice(1)).toEqual([{ afterId: 4_900 }, { afterId: 4_900 }]);
});

test("a book tells which alerts were raised after one", async () => {
  const ledger = await openLedger("sqlite::memory:", { config: { budgets: [budgetOf({ alerts: [10, 50, 90] })] } });
  await ledger.record({
    ...{ timestampMs: Date.now(), provider: "openai", model: "gpt-4o", source: "library", reportedCostNanoUsd: 950_000_000 },
    tokens: { input: 1, output: 1 },
  });
  const all = await ledger.alerts.list();
  expect(all).toHaveLength(3);
  const [first, ...rest] = all;
  expect(await ledger.alerts.list({ afterId: first?.id as number })).toEqual(rest);
  expect(await ledger.alerts.list({ afterId: rest.at(-1)?.id as number, open: true, budget: "all" })).toEqual([]);
  await ledger.close();
});
