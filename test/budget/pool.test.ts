import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BudgetPool, type Caps, type Totals } from "../../src/budget/index.ts";
import { AlreadySettled, BudgetExceeded, InvalidInput, RateLimitExceeded } from "../../src/errors.ts";
import { parseUsd } from "../../src/money.ts";
import { FakeClock } from "../../src/testing/index.ts";

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

function refusedBy(work: () => unknown): BudgetExceeded {
  const error = thrown(work);
  if (error instanceof BudgetExceeded) return error;
  throw new Error("It was not refused.", { cause: error });
}

describe("a pool", () => {
  test("acceptance A1: counts what fits and refuses what does not, with its numbers", () => {
    const pool = new BudgetPool({ maxInputTokens: 10_000, maxOutputTokens: 5_000, maxCostUsd: 1 });
    const first = { inputTokens: 1000, outputTokens: 500, totalTokens: 1500, costUsd: 0.05, costNanoUsd: 50_000_000, calls: 1 };
    expect(pool.record({ inputTokens: 1000, outputTokens: 500, costUsd: 0.05 })).toMatchObject(first);
    const error = refusedBy(() => pool.record({ inputTokens: 20_000, outputTokens: 0, costUsd: 0 }));
    expect(error).toMatchObject({
      code: "BUDGET_EXCEEDED",
      cap: "input_tokens",
      limit: 10_000,
      attempted: 21_000,
      retryAfterMs: undefined,
    });
    expect(error.message).toBe("cap input_tokens would be exceeded: attempted 21000 > limit 10000.");
    expect(pool.totals()).toMatchObject(first);
    expect(pool.tryRecord({ inputTokens: 20_000 })).toEqual({
      ok: false,
      breach: { cap: "input_tokens", limit: 10_000, attempted: 21_000, refuses: true },
      breaches: [{ cap: "input_tokens", limit: 10_000, attempted: 21_000, refuses: true }],
    });
  });

  test("acceptance A2: what fits exactly passes, one token more does not", () => {
    const pool = new BudgetPool({ maxInputTokens: 1000 });
    pool.record({ inputTokens: 800 });
    pool.record({ inputTokens: 200 });
    expect(refusedBy(() => pool.record({ inputTokens: 1 })).attempted).toBe(1001);
  });

  test("acceptance A3: output tokens and both together have caps of their own", () => {
    expect(refusedBy(() => new BudgetPool({ maxOutputTokens: 500 }).record({ outputTokens: 600 })).cap).toBe("output_tokens");
    const pool = new BudgetPool({ maxTotalTokens: 1000 });
    pool.record({ inputTokens: 700, outputTokens: 200 });
    const error = refusedBy(() => pool.record({ inputTokens: 50, outputTokens: 100 }));
    expect(error).toMatchObject({ cap: "total_tokens", attempted: 1050 });
  });

  test("acceptance A4: the caps are named in a fixed order, all of them", () => {
    const pool = new BudgetPool({ maxInputTokens: 1, maxCostUsd: 0.01 });
    const error = refusedBy(() => pool.record({ inputTokens: 5, outputTokens: 0, costUsd: 1 }));
    expect(error.cap).toBe("input_tokens");
    expect(error.breaches.map(({ cap }) => cap)).toEqual(["input_tokens", "cost_usd"]);
    const all = new BudgetPool({ maxInputTokens: 1, maxOutputTokens: 1, maxTotalTokens: 1, maxCostUsd: 1 }, { name: "run" });
    const breaches = refusedBy(() => all.record({ inputTokens: 2, outputTokens: 2, costUsd: 2 })).breaches;
    expect(breaches.map(({ cap }) => cap)).toEqual(["input_tokens", "output_tokens", "total_tokens", "cost_usd"]);
    expect(new Set(breaches.map(({ budget }) => budget))).toEqual(new Set(["run"]));
  });

  test("acceptance A5: without caps it only counts", () => {
    const pool = new BudgetPool();
    for (let call = 0; call < 2; call++) pool.record({ inputTokens: 1_000_000, outputTokens: 500_000, costUsd: 100 });
    expect(pool.totals()).toMatchObject({ inputTokens: 2_000_000, outputTokens: 1_000_000, costUsd: 200, calls: 2 });
    expect(pool.remaining()).toEqual({});
  });

  test("acceptance A6: reset takes the totals back to zero and leaves the caps", () => {
    const caps: Caps = { maxInputTokens: 10, maxCostUsd: 1 };
    const pool = new BudgetPool(caps);
    const empty = pool.totals();
    pool.record({ inputTokens: 10, costUsd: 1 });
    pool.reserve({ outputTokens: 5 });
    pool.reset();
    expect(pool.totals()).toEqual(empty);
    expect(empty).toMatchObject({ inputTokens: 0, outputTokens: 0, totalTokens: 0, costUsd: 0, costNanoUsd: 0, calls: 0 });
    expect(pool.caps).toEqual(caps);
    expect(pool.remaining()).toEqual({ inputTokens: 10, costUsd: 1, costNanoUsd: 1_000_000_000 });
  });

  test.each([
    [3, 0.1, 0.3],
    [3, 0.2, 0.6],
    [10, 0.07, 0.7],
    [20, 0.05, 1],
    [100, 0.01, 1],
    [1000, 0.001, 1],
    [10, 0.1, 1.0],
    [1_000_000, 0.000003, 3],
    [10_000_000, 0.000001, 10],
  ])("acceptance A7: %d calls of $%d make exactly $%d, and then the smallest is refused", (calls, costUsd, maxCostUsd) => {
    const pool = new BudgetPool({ maxCostUsd });
    for (let call = 0; call < calls; call++) pool.record({ costUsd });
    expect(pool.totals()).toMatchObject({ costUsd: maxCostUsd, costNanoUsd: Number(parseUsd(maxCostUsd)), calls });
    expect(refusedBy(() => pool.record({ costUsd: 1e-9 })).cap).toBe("cost_usd");
  });

  const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 1.5, 2 ** 53, "12", null, 10n] as number[];
  const badMoney = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0.01,
    -1e-12,
    9_007_200,
    1e22,
    "0.0000000001",
    "x",
    null,
  ];

  test("acceptance A8: what is no count and no amount is refused before anything changes", () => {
    const pool = new BudgetPool({ maxTotalTokens: 100, maxCostUsd: 1 });
    pool.record({ inputTokens: 1, costUsd: 0.1 });
    const held = pool.reserve({ inputTokens: 2 });
    const before = pool.totals();
    for (const value of bad) {
      for (const usage of [{ inputTokens: value }, { outputTokens: value }]) {
        for (const work of [() => pool.record(usage), () => pool.tryRecord(usage), () => pool.reserve(usage), () => held.settle(usage)])
          expect(thrown(work)).toMatchObject({ code: "INVALID_INPUT" });
      }
    }
    for (const value of badMoney) {
      const usage = { costUsd: value as number };
      for (const work of [() => pool.record(usage), () => pool.tryRecord(usage), () => pool.reserve(usage), () => held.settle(usage)])
        expect(thrown(work)).toMatchObject({ code: "INVALID_INPUT" });
    }
    for (const usage of [undefined, null, 5, { input_tokens: 5 }, { tokens: 5 }] as never[])
      for (const work of [() => pool.record(usage), () => pool.reserve(usage)]) expect(thrown(work)).toBeInstanceOf(InvalidInput);
    for (const ttlMs of [Number.NaN, -1, Number.POSITIVE_INFINITY, "5"] as number[])
      expect(thrown(() => pool.reserve({ inputTokens: 1 }, { ttlMs }))).toBeInstanceOf(InvalidInput);
    for (const requestId of ["", 5, null, "x".repeat(513)] as string[])
      for (const work of [() => pool.reserve({ inputTokens: 1 }, { requestId }), () => pool.record({ inputTokens: 1, requestId })])
        expect(thrown(work)).toBeInstanceOf(InvalidInput);
    expect(pool.totals()).toEqual(before);
  });

  test("acceptance A8: the same for caps", () => {
    for (const value of bad)
      for (const caps of [{ maxInputTokens: value }, { maxOutputTokens: value }, { maxTotalTokens: value }])
        expect(thrown(() => new BudgetPool(caps))).toMatchObject({ code: "INVALID_INPUT" });
    for (const value of badMoney) expect(thrown(() => new BudgetPool({ maxCostUsd: value as number }))).toBeInstanceOf(InvalidInput);
    expect(thrown(() => new BudgetPool({ maxTotalToken: 5 } as Caps))).toMatchObject({
      message: 'caps: "maxTotalToken" is not known; did you mean maxTotalTokens?',
    });
    expect(new BudgetPool({ maxCostUsd: "9007199" }).remaining().costUsd).toBe(9_007_199);
  });

  test("acceptance A9: of 200 tasks that run at once, as many get through as fit", async () => {
    const pool = new BudgetPool({ maxTotalTokens: 1000 });
    const task = async (index: number): Promise<boolean> => {
      for (let pause = 0; pause < index % 7; pause++) await Promise.resolve();
      const { ok } = pool.tryRecord({ inputTokens: 10 });
      await Promise.resolve();
      return ok;
    };
    const passed = await Promise.all(Array.from({ length: 200 }, (_, index) => task(index)));
    expect(passed.filter(Boolean)).toHaveLength(100);
    expect(pool.totals().totalTokens).toBe(1000);
  });

  test("acceptance A10: what is reserved is missing until it is settled or released", () => {
    const pool = new BudgetPool({ maxTotalTokens: 1000, maxCostUsd: 1 });
    const reservation = pool.reserve({ inputTokens: 500, costUsd: 0.5 });
    expect(pool.remaining()).toMatchObject({ totalTokens: 500, costUsd: 0.5 });
    expect(pool.totals()).toMatchObject({ calls: 0, totalTokens: 0, reserved: { inputTokens: 500, costUsd: 0.5, calls: 1 } });
    reservation.settle({ inputTokens: 420, costUsd: 0.35 });
    expect(pool.totals()).toMatchObject({ totalTokens: 420, costUsd: 0.35, calls: 1, reserved: { inputTokens: 0, calls: 0 } });
    expect(pool.remaining().totalTokens).toBe(580);
    expect(thrown(() => reservation.settle())).toMatchObject({ code: "ALREADY_SETTLED", message: "The reservation is settled already." });
    reservation.release();
    expect(pool.totals().totalTokens).toBe(420);

    const other = new BudgetPool({ maxTotalTokens: 1000 });
    {
      using _held = other.reserve({ outputTokens: 300 });
      expect(other.remaining().totalTokens).toBe(700);
    }
    expect(other.remaining().totalTokens).toBe(1000);
    const released = other.reserve({ inputTokens: 5 });
    released.release();
    released.release();
    expect(other.remaining().totalTokens).toBe(1000);
    expect(thrown(() => released.settle())).toBeInstanceOf(AlreadySettled);
    other.reserve({ inputTokens: 7, outputTokens: 2 }).settle();
    expect(other.totals()).toMatchObject({ inputTokens: 7, outputTokens: 2 });
    other.reserve({ inputTokens: 7, outputTokens: 2 }).settle({ inputTokens: 1 });
    expect(other.totals()).toMatchObject({ inputTokens: 8, outputTokens: 4 });
  });

  test("acceptance A11: what is held is not there for others", () => {
    const pool = new BudgetPool({ maxTotalTokens: 100 });
    pool.record({ inputTokens: 40 });
    const held = pool.reserve({ inputTokens: 40 });
    expect(pool.remaining().totalTokens).toBe(20);
    expect(refusedBy(() => pool.record({ inputTokens: 30 })).attempted).toBe(110);
    held.release();
    expect(pool.remaining().totalTokens).toBe(60);
  });

  test("acceptance A12: a call that came to more than was reserved is counted in full, and flagged", () => {
    const pool = new BudgetPool({ maxTotalTokens: 100, maxCostUsd: 5 });
    pool.record({ inputTokens: 80 });
    const held = pool.reserve({ inputTokens: 10 });
    expect(pool.totals()).not.toHaveProperty("overage");
    held.settle({ inputTokens: 30 });
    expect(pool.totals()).toMatchObject({ totalTokens: 110, overage: { totalTokens: 10 } });
    expect(pool.remaining().totalTokens).toBe(0);
    expect(refusedBy(() => pool.reserve({ inputTokens: 1 })).attempted).toBe(111);
    expect(pool.record({ costUsd: 1 })).toMatchObject({ costUsd: 1, overage: { totalTokens: 10 } });
    pool.reset();
    expect(pool.totals()).not.toHaveProperty("overage");
  });

  test("acceptance A13: a hundred calls at once reserve before they leave: never more are billed than the cap", async () => {
    const pool = new BudgetPool({ maxCostUsd: 1 });
    let billed = 0;
    const call = async (index: number): Promise<void> => {
      for (let pause = 0; pause < index % 5; pause++) await Promise.resolve();
      let reservation: ReturnType<BudgetPool["reserve"]>;
      try {
        reservation = pool.reserve({ costUsd: 0.05 });
      } catch (error) {
        if (error instanceof BudgetExceeded) return;
        throw error;
      }
      const costUsd = 0.03 + (index % 3) * 0.01;
      for (let answering = 0; answering < 3 + (index % 4); answering++) await Promise.resolve();
      billed += Math.round(costUsd * 1e9);
      reservation.settle({ costUsd });
    };
    await Promise.all(Array.from({ length: 100 }, (_, index) => call(index)));
    expect(pool.totals()).toMatchObject({ costNanoUsd: billed, reserved: { calls: 0 } });
    expect(billed).toBeLessThanOrEqual(1e9);
    expect(pool.totals().calls).toBeGreaterThanOrEqual(20);
  });

  test("acceptance A14: after a reset, an old reservation gives nothing back, and its use counts", () => {
    const pool = new BudgetPool({ maxTotalTokens: 100 });
    const settled = pool.reserve({ inputTokens: 40 });
    pool.reset();
    settled.settle();
    expect(pool.totals().totalTokens).toBe(40);
    expect(pool.remaining().totalTokens).toBe(60);
    pool.reset();
    const released = pool.reserve({ inputTokens: 40 });
    pool.reset();
    released.release();
    expect(pool.totals()).toMatchObject({ totalTokens: 0, reserved: { totalTokens: 0, calls: 0 } });
    expect(pool.remaining().totalTokens).toBe(100);
  });

  test("acceptance A15: a reservation with a time limit gives back when it is reached, not before", () => {
    const clock = new FakeClock();
    const pool = new BudgetPool({ maxTotalTokens: 100 }, { clock });
    const held = pool.reserve({ inputTokens: 100 }, { ttlMs: 1000 });
    clock.advance(999);
    expect(refusedBy(() => pool.record({ inputTokens: 1 })).retryAfterMs).toBe(1);
    clock.advance(1);
    pool.record({ inputTokens: 30 });
    expect(pool.totals()).toMatchObject({ totalTokens: 30, reserved: { totalTokens: 0 } });
    held.settle({ inputTokens: 60 });
    expect(pool.totals()).toMatchObject({ totalTokens: 90, calls: 2 });
    expect(thrown(() => held.settle())).toBeInstanceOf(AlreadySettled);
  });

  test("acceptance A16: the same request is counted once", () => {
    const pool = new BudgetPool({ maxTotalTokens: 100 });
    pool.record({ inputTokens: 10, requestId: "a" });
    expect(pool.record({ inputTokens: 10, requestId: "a" })).toMatchObject({ inputTokens: 10, calls: 1 });
    expect(pool.tryRecord({ inputTokens: 10, requestId: "a" })).toMatchObject({ ok: true, totals: { calls: 1 } });
    expect(thrown(() => pool.reserve({ inputTokens: 10 }, { requestId: "a" }))).toBeInstanceOf(AlreadySettled);

    const reservation = pool.reserve({ inputTokens: 20 }, { requestId: "b" });
    expect(pool.reserve({ inputTokens: 20 }, { requestId: "b" })).toBe(reservation);
    expect(thrown(() => pool.reserve({ inputTokens: 21 }, { requestId: "b" }))).toMatchObject({
      code: "INVALID_INPUT",
      message: 'requestId: "b" is reserved already, with another value of inputTokens.',
    });
    expect(pool.record({ inputTokens: 15, requestId: "b" })).toMatchObject({ inputTokens: 25, calls: 2, reserved: { calls: 0 } });
    expect(thrown(() => reservation.settle())).toBeInstanceOf(AlreadySettled);

    pool.reserve({ inputTokens: 5 }, { requestId: "c" }).release();
    pool.reserve({ inputTokens: 5 }, { requestId: "c" }).settle();
    expect(pool.totals()).toMatchObject({ inputTokens: 30, calls: 3 });
    expect(refusedBy(() => pool.record({ inputTokens: 100, requestId: "d" })).cap).toBe("total_tokens");
    expect(pool.record({ inputTokens: 1, requestId: "d" }).calls).toBe(4);
  });

  test("acceptance A16: a request that was reserved again after it expired is counted once, too", () => {
    const clock = new FakeClock();
    const pool = new BudgetPool({ maxTotalTokens: 100 }, { clock });
    const first = pool.reserve({ inputTokens: 10 }, { ttlMs: 5, requestId: "a" });
    clock.advance(5);
    const second = pool.reserve({ inputTokens: 10 }, { requestId: "a" });
    first.settle({ inputTokens: 7 });
    expect(pool.totals()).toMatchObject({ inputTokens: 7, calls: 1, reserved: { calls: 0 } });
    expect(thrown(() => second.settle())).toBeInstanceOf(AlreadySettled);
    const third = pool.reserve({ inputTokens: 10 }, { ttlMs: 5, requestId: "b" });
    clock.advance(5);
    pool.record({ inputTokens: 1, requestId: "b" });
    expect(thrown(() => third.settle())).toBeInstanceOf(AlreadySettled);
    expect(pool.totals()).toMatchObject({ inputTokens: 8, calls: 2 });
  });

  test("acceptance A16: so is one that was reserved again after a reset", () => {
    const pool = new BudgetPool();
    const before = pool.reserve({ inputTokens: 10 }, { requestId: "a" });
    pool.reset();
    const after = pool.reserve({ inputTokens: 20 }, { requestId: "a" });
    before.settle();
    expect(pool.totals()).toMatchObject({ inputTokens: 10, calls: 1, reserved: { calls: 0 } });
    expect(thrown(() => after.settle())).toBeInstanceOf(AlreadySettled);
    pool.reserve({ inputTokens: 5 }, { requestId: "b" });
    pool.reset();
    pool.record({ inputTokens: 1, requestId: "b" });
    expect(pool.totals()).toMatchObject({ inputTokens: 1, calls: 1 });
  });

  test("ids are remembered for long, not for ever, and those of open reservations as long as they are open", () => {
    const pool = new BudgetPool();
    const open = pool.reserve({ inputTokens: 1 }, { requestId: "open" });
    for (let call = 0; call < 9_999; call++) pool.record({ inputTokens: 1, requestId: `call ${call}` });
    expect(pool.record({ inputTokens: 1, requestId: "call 0" }).calls).toBe(9_999);
    for (let call = 0; call < 50_000; call++) pool.record({ inputTokens: 1, requestId: `later call ${call}` });
    expect(pool.record({ inputTokens: 1, requestId: "call 0" }).calls).toBe(60_000);
    expect(pool.reserve({ inputTokens: 1 }, { requestId: "open" })).toBe(open);
  });

  test("a picture of the totals does not change with the pool", () => {
    const pool = new BudgetPool();
    const pictures: Totals[] = [pool.totals(), pool.record({ inputTokens: 1 })];
    pool.reserve({ inputTokens: 5 });
    expect(pictures.map(({ calls, reserved }) => [calls, reserved.calls])).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });

  test.each(["maxInputTokens", "maxOutputTokens", "maxTotalTokens", "maxCostUsd"] as const)(
    "guarantee G1d: the last unit of %s is spendable, and no unit more",
    (cap) => {
      const axis = { maxInputTokens: "inputTokens", maxOutputTokens: "outputTokens", maxTotalTokens: "inputTokens", maxCostUsd: "costUsd" }[
        cap
      ];
      const unit = cap === "maxCostUsd" ? "0.000000001" : 1;
      const most = cap === "maxCostUsd" ? "3.3" : 33;
      for (const [spent, rest] of cap === "maxCostUsd"
        ? [
            ["1.1", "2.2"],
            ["3.299999999", "0.000000001"],
            ["0", "3.3"],
          ]
        : [
            [11, 22],
            [32, 1],
            [0, 33],
          ]) {
        for (const first of ["record", "reserve"] as const) {
          const pool = new BudgetPool({ [cap]: most });
          pool[first]({ [axis]: spent });
          pool.reserve({ [axis]: rest }).settle();
          expect(refusedBy(() => pool.record({ [axis]: unit })).limit).toBe(Number(most));
          expect(refusedBy(() => pool.reserve({ [axis]: unit })).limit).toBe(Number(most));
          pool.record({});
        }
      }
    },
  );

  test("guarantee G8: sums beyond what a number counts exactly are refused, never rounded", () => {
    const pool = new BudgetPool();
    pool.record({ inputTokens: 2 ** 53 - 2, costUsd: 9_007_199 });
    pool.record({ outputTokens: 1, costUsd: "0.254740991" });
    expect(pool.tryRecord({ outputTokens: 1 })).toMatchObject({ ok: false, breach: { cap: "total_tokens", limit: 2 ** 53 - 1 } });
    expect(pool.tryRecord({ costUsd: 1e-9 })).toMatchObject({ ok: false, breach: { limitNanoUsd: 2 ** 53 - 1 } });
    const held = pool.reserve({});
    expect(thrown(() => held.settle({ costUsd: 1 }))).toBeInstanceOf(InvalidInput);
    held.settle();
    expect(pool.totals()).toMatchObject({ totalTokens: 2 ** 53 - 1, costNanoUsd: 2 ** 53 - 1, calls: 3 });
  });

  test("guarantee G8: a million random amounts sum up as exact integers do, and read as parseUsd reads them", () => {
    const pool = new BudgetPool();
    let exact = 0n;
    let state = 1;
    for (let call = 0; call < 1_000_000; call++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      const costUsd = state / 2 ** 32 / 10 ** (call % 8);
      pool.record({ costUsd });
      if (call % 16 === 0) expect(BigInt(new BudgetPool({ maxCostUsd: costUsd }).remaining().costNanoUsd ?? -1)).toBe(parseUsd(costUsd));
      exact += parseUsd(costUsd);
    }
    expect(BigInt(pool.totals().costNanoUsd)).toBe(exact);
  }, 120_000);

  test("guarantee G8: money near a half nano-USD is rounded as parseUsd rounds it", () => {
    const nearHalf = fc
      .tuple(fc.integer({ min: 0, max: 2 ** 51 }), fc.integer({ min: -3, max: 3 }))
      .map(([nano, steps]) => (nano + 0.5) / 1e9 + steps * Number.EPSILON * (nano / 1e9));
    fc.assert(
      fc.property(fc.oneof(nearHalf, fc.double({ min: 0, max: 9_007_199, noNaN: true })), (costUsd) => {
        expect(BigInt(new BudgetPool().record({ costUsd }).costNanoUsd)).toBe(parseUsd(costUsd));
      }),
      { numRuns: 20_000 },
    );
  }, 120_000);

  test("guarantee G22: putting the wall clock forward or back neither extends nor ends a reservation", () => {
    const clock = new FakeClock(1_780_000_000_000);
    const pool = new BudgetPool({ maxTotalTokens: 10 }, { clock });
    pool.reserve({ inputTokens: 10 }, { ttlMs: 60_000 });
    for (const step of [-3_600_000, 86_400_000, -86_400_000]) {
      clock.set(clock.now() + step);
      expect(pool.totals().reserved.calls).toBe(1);
    }
    clock.advance(59_999);
    clock.set(0);
    expect(pool.totals().reserved.calls).toBe(1);
    clock.advance(1);
    expect(pool.totals().reserved.calls).toBe(0);
  });

  test("every cap that would be passed is named and no other, after over-runs too", () => {
    const few = fc.integer({ min: 0, max: 3 });
    const call = fc.tuple(few, few, few);
    fc.assert(
      fc.property(fc.tuple(few, few, few, few), call, call, ([input, output, total, cost], [i, o, c], [nextI, nextO, nextC]) => {
        const pool = new BudgetPool({ maxInputTokens: input, maxOutputTokens: output, maxTotalTokens: total, maxCostUsd: cost });
        // Settled above what was reserved: the way in which caps are passed.
        pool.reserve({}).settle({ inputTokens: i, outputTokens: o, costUsd: c });
        const passed = [
          nextI > 0 && i + nextI > input && ["input_tokens", input, i + nextI],
          nextO > 0 && o + nextO > output && ["output_tokens", output, o + nextO],
          nextI + nextO > 0 && i + o + nextI + nextO > total && ["total_tokens", total, i + o + nextI + nextO],
          nextC > 0 && c + nextC > cost && ["cost_usd", cost, c + nextC],
        ].filter((breach) => breach !== false);
        const answer = pool.tryRecord({ inputTokens: nextI, outputTokens: nextO, costUsd: nextC });
        expect(answer.ok ? [] : answer.breaches.map(({ cap, limit, attempted }) => [cap, limit, attempted])).toEqual(passed);
      }),
      { numRuns: 5_000 },
    );
  });

  test("a refusal is no rate limit: programs tell them apart by their codes", () => {
    expect(new RateLimitExceeded("x", 1).code).not.toBe(
      refusedBy(() => new BudgetPool({ maxInputTokens: 0 }).record({ inputTokens: 1 })).code,
    );
  });
});
