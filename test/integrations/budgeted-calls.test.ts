import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BudgetPool } from "../../src/budget/index.ts";
import { DatabaseError, InvalidInput } from "../../src/errors.ts";
import { BudgetedCalls, type CallToMake } from "../../src/integrations/budgeted-calls.ts";
import type { CallHold, CallLedger } from "../../src/integrations/call-ledger.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const CALL: CallToMake = {
  provider: "openai",
  model: "gpt-4o",
  estimate: (kind) => ({ inputTokens: 10, outputTokens: 100, costUsd: kind === "bound" ? 0.5 : 0.1 }),
};

interface Book {
  ledger: CallLedger;
  /** What it was told, in order. */
  told: string[];
  /** So often it can't be written. */
  failures: number;
}

function book(): Book {
  const told: string[] = [];
  const tell = async (what: string): Promise<void> => {
    if (made.failures-- > 0) throw new DatabaseError("The disk is full.");
    told.push(what);
  };
  const hold: CallHold = {
    isNew: true,
    extend: async ({ ttlMs }) => void told.push(`extended by ${ttlMs}`),
    track: async (name) => void told.push(`tracked as ${name}`),
    settle: (actual) => tell(`settled at ${actual?.costUsd}`),
    release: () => tell("released"),
  };
  const made: Book = {
    told,
    failures: 0,
    ledger: {
      reserve: async ({ requestId, estimate, dispatched }) => {
        told.push(`${requestId}: ${estimate.costUsd}, ${dispatched ? "on its way" : "here"}`);
        return hold;
      },
      tracked: async () => hold,
      budgets: { counting: async () => [] },
      prices: { list: async () => [] },
    },
  };
  return made;
}

test("with a pool alone a call is let in at once, and ends once", () => {
  const pool = new BudgetPool({ maxCostUsd: 1 });
  const calls = new BudgetedCalls({ pool });
  const open = calls.begin(CALL);
  if (open instanceof Promise) throw new Error("It was not let in at once.");
  expect(open.kind).toBe("bound");
  expect(pool.totals().reserved.costUsd).toBe(0.5);
  expect(open.settle({ inputTokens: 10, outputTokens: 20, costUsd: 0.2 })).toBeUndefined();
  expect(open.settle({ inputTokens: 10, outputTokens: 20, costUsd: 0.2 })).toBeUndefined();
  expect(open.release()).toBeUndefined();
  expect(open.fail("late")).toBeUndefined();
  expect(pool.totals()).toMatchObject({ calls: 1, costUsd: 0.2, outputTokens: 20, reserved: { calls: 0 } });
});

test("a call that was not answered is charged as it was held for", () => {
  const pool = new BudgetPool({ maxCostUsd: 1 });
  void (new BudgetedCalls({ pool }).begin(CALL) as { fail(why: string): void }).fail("the connection broke");
  expect(pool.totals()).toMatchObject({ calls: 1, costUsd: 0.5, inputTokens: 10, outputTokens: 100 });
});

test("requests are named by the program, where it wants to", async () => {
  const { ledger, told } = book();
  let number = 0;
  const open = await new BudgetedCalls({ ledger, requestId: () => `call ${++number}` }).begin(CALL);
  expect(open.requestId).toBe("call 1");
  expect(told).toEqual(["call 1: 0.1, on its way"]);
});

test("a request whose name was used before is not made: nothing is held for it", async () => {
  const { ledger } = book();
  const pool = new BudgetPool({ maxCostUsd: 1 });
  const taken: CallLedger = { ...ledger, reserve: async (call) => ({ ...(await ledger.reserve(call)), isNew: false }) };
  await expect(new BudgetedCalls({ ledger: taken, pool, requestId: () => "a" }).begin(CALL)).rejects.toThrow(
    'requestId: "a" names a request that was made before; give each a name of its own.',
  );
  expect(pool.totals().reserved.calls).toBe(0);
});

test("what the book can't take is told again, and the caller does not wait for it", async () => {
  const made = book();
  const open = await new BudgetedCalls({ ledger: made.ledger, requestId: () => "a" }).begin(CALL);
  made.failures = 3;
  await open.settle({ costUsd: 0.01 });
  expect(made.told).toEqual(["a: 0.1, on its way"]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(made.told).toEqual(["a: 0.1, on its way", "settled at 0.01"]);
});

test("a call that the book can never take is a warning, not an error of the program", async () => {
  const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  const made = book();
  const open = await new BudgetedCalls({ ledger: made.ledger, requestId: () => "a" }).begin(CALL);
  made.failures = 1000;
  await open.settle({ costUsd: 0.01 });
  await vi.advanceTimersByTimeAsync(600_000);
  expect(warned.mock.calls.map(([message]) => message)).toEqual([
    "The call a could not be settled and will be charged as estimated: The disk is full.",
  ]);
  warned.mockRestore();
});

test("the hold of a call that lasts is kept alive until it ends", async () => {
  const { ledger, told } = book();
  const open = await new BudgetedCalls({ ledger, requestId: () => "a" }).begin(CALL);
  await vi.advanceTimersByTimeAsync(130_000);
  expect(told).toEqual(["a: 0.1, on its way", "extended by 300000", "extended by 300000"]);
  await open.release();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(told.slice(3)).toEqual(["released"]);
});

test("guarantee G14: work that goes on at its provider is held for until it is found again", async () => {
  const { ledger, told } = book();
  const pool = new BudgetPool({ maxCostUsd: 1 });
  const calls = new BudgetedCalls({ ledger, pool, requestId: () => "a" });
  const open = await calls.begin(CALL);
  await calls.keep(open, "resp_1", 90_000_000);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(pool.totals().reserved.calls).toBe(1);
  expect(await calls.pendingAt("openai", "resp_1")).toBe(open);
  await open.settle({ inputTokens: 1, outputTokens: 1, costUsd: 0.01 });
  expect(told).toEqual(["a: 0.5, on its way", "tracked as openai:resp_1", "extended by 90000000", "settled at 0.01"]);
  // Another process has begun it, and so its book knows it.
  expect(await calls.pendingAt("openai", "resp_2")).toMatchObject({ requestId: "resp_2" });
  expect(await new BudgetedCalls({ pool }).pendingAt("openai", "resp_1")).toBeUndefined();
});

test("a book and prices of one's own don't go together", () => {
  const { ledger } = book();
  expect(() => new BudgetedCalls({ ledger, prices: [] })).toThrow(InvalidInput);
  expect(() => new BudgetedCalls({ ledger, prices: [] })).toThrow(
    "prices: a ledger has prices of its own; put these into it with ledger.prices.put, and leave prices out.",
  );
});
