import { serialize } from "node:v8";
import { describe, expect, test } from "vitest";
import { BudgetPool, BudgetWindows, type Reservation, type ReserveOptions, reserveAll } from "../../src/budget/index.ts";
import { AlreadySettled, BudgetExceeded, InvalidInput } from "../../src/errors.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { chances } from "./sequences.ts";

function refusalOf(work: () => unknown): BudgetExceeded | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof BudgetExceeded) return error;
    throw error;
  }
  return undefined;
}

/** All state there is, as text, but for the time at which somebody last looked, which is no counter. */
function stateOf(value: unknown, seen: Map<object, number> = new Map()): string {
  if (typeof value !== "object" || value === null) return typeof value === "function" ? "function" : String(value);
  const known = seen.get(value);
  if (known !== undefined) return `#${known}`;
  seen.set(value, seen.size);
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer).toString("base64");
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return `{${entries.map(([key, inner]) => (key === "nowMs" ? "" : `${key}:${stateOf(inner, seen)}`)).join()}}`;
}

describe("reserving from several at once", () => {
  test("all or none: pools and windows, and every cap that refuses is named", () => {
    const clock = new FakeClock();
    const team = new BudgetPool({ maxCostUsd: 10 }, { name: "team", clock });
    const user = new BudgetPool({ maxCostUsd: 1, maxTotalTokens: 100 }, { name: "user", clock });
    const windows = new BudgetWindows([{ name: "minute", durationMs: 60_000, maxTokens: 50 }], { clock });
    const reservation = reserveAll([team, user, windows], { inputTokens: 30, outputTokens: 10, costUsd: 0.6 });
    expect([team, user].map((pool) => pool.totals().reserved.costUsd)).toEqual([0.6, 0.6]);
    expect(windows.snapshot()[0]?.tokensUsed).toBe(40);
    const error = refusalOf(() => reserveAll([team, user, windows], { inputTokens: 70, costUsd: 0.5 }));
    expect(error?.breaches.map(({ budget, cap }) => `${budget} ${cap}`)).toEqual([
      "user total_tokens",
      "user cost_usd",
      "minute total_tokens",
    ]);
    expect(error?.retryAfterMs).toBeUndefined();
    expect(team.totals().reserved.costUsd).toBe(0.6);
    reservation.settle({ inputTokens: 20, costUsd: 0.5 });
    expect([team, user].map((pool) => pool.totals().costUsd)).toEqual([0.5, 0.5]);
    expect(user.totals()).toMatchObject({ inputTokens: 20, outputTokens: 10, reserved: { calls: 0 } });
    expect(windows.snapshot()[0]).toMatchObject({ tokensUsed: 30, calls: 1 });
  });

  test("a reservation expires in all of them, by whichever is looked at first", () => {
    const clock = new FakeClock();
    const pools = [new BudgetPool({ maxTotalTokens: 10 }, { clock }), new BudgetPool({ maxTotalTokens: 10 }, { clock: new FakeClock() })];
    const reservation = reserveAll(pools, { inputTokens: 10 }, { ttlMs: 50, requestId: "a" });
    clock.advance(50);
    expect(pools.map((pool) => pool.remaining().totalTokens)).toEqual([10, 10]);
    reservation.settle();
    expect(pools.map((pool) => pool.totals().totalTokens)).toEqual([10, 10]);
  });

  test("the same id gives the same reservation, over the same pools only", () => {
    const [one, two, three] = [new BudgetPool(), new BudgetPool(), new BudgetPool()];
    const options: ReserveOptions = { requestId: "a" };
    const reservation = reserveAll([one, two], { inputTokens: 5 }, options);
    expect(reserveAll([two, one], { inputTokens: 5 }, options)).toBe(reservation);
    expect(() => reserveAll([one, three], { inputTokens: 5 }, options)).toThrow(InvalidInput);
    one.record({ inputTokens: 4, requestId: "a" });
    expect([one, two, three].map((pool) => pool.totals().inputTokens)).toEqual([4, 4, 0]);
    expect(() => reserveAll([two], { inputTokens: 5 }, options)).toThrow(AlreadySettled);
  });

  test("what is no list of different pools is refused", () => {
    const pool = new BudgetPool();
    for (const from of [[], undefined, [pool, pool], [{}], [undefined]])
      expect(() => reserveAll(from as BudgetPool[], { inputTokens: 1 })).toThrow(InvalidInput);
    expect(pool.totals().reserved.calls).toBe(0);
  });

  test("where reservations that expire are in the way, a refusal says when they will have made room", () => {
    const clock = new FakeClock();
    const pool = new BudgetPool({ maxTotalTokens: 100, maxCostUsd: 1 }, { clock });
    for (const ttlMs of [50, 10, 40, 20, 30]) pool.reserve({ inputTokens: 20, costUsd: 0.1 }, { ttlMs });
    expect(refusalOf(() => pool.record({ inputTokens: 20 }))?.retryAfterMs).toBe(10);
    expect(refusalOf(() => pool.record({ inputTokens: 41 }))?.retryAfterMs).toBe(30);
    expect(refusalOf(() => pool.record({ inputTokens: 41, costUsd: 1 }))?.retryAfterMs).toBe(50);
    expect(refusalOf(() => pool.record({ inputTokens: 101 }))?.retryAfterMs).toBeUndefined();
    clock.advance(30);
    expect(pool.tryRecord({ inputTokens: 41 }).ok).toBe(true);
  });
});

describe("the engine under pools and windows", () => {
  test("guarantee G1b: a refused call changes no counter of any pool or window: 20,000 sequences", () => {
    let refusals = 0;
    for (let seed = 1; seed <= 20_000; seed++) {
      const { below, oneOf } = chances(seed);
      const clock = new FakeClock();
      const pools = Array.from(
        { length: 1 + below(3) },
        () => new BudgetPool({ maxInputTokens: 30 + below(60), maxTotalTokens: 60 + below(60), maxCostUsd: 1 }, { clock }),
      );
      const windows = new BudgetWindows(
        Array.from({ length: 1 + below(6) }, (_, index) => ({
          name: `w${index}`,
          durationMs: 10 ** (1 + below(4)),
          maxTokens: 20 + below(60),
        })),
        { clock, mode: oneOf(["bucketed", "exact"]), buckets: 10 },
      );
      const all = [...pools, windows];
      const open: Reservation[] = [];
      for (let step = 0; step < 8; step++) {
        clock.advance(oneOf([0, 1, 10, 100]));
        // What has reached its time leaves when somebody looks, whoever that is.
        for (const pool of pools) pool.totals();
        windows.snapshot();
        const amounts = { inputTokens: below(40), outputTokens: below(20), costUsd: below(50) / 100 };
        const action = below(5);
        const before = stateOf(all);
        const refused = refusalOf(() => {
          if (action === 0) pools[0]?.record(amounts);
          else if (action === 1) windows.record({ tokens: amounts.inputTokens });
          else if (action === 2) open.push(windows.reserve({ tokens: amounts.inputTokens }));
          else open.push(reserveAll(all, amounts, oneOf([{}, { ttlMs: 5 + below(50) }, { requestId: `${step}` }])));
        });
        if (refused !== undefined) {
          refusals += 1;
          if (before !== stateOf(all)) throw new Error(`seed ${seed}, step ${step}: a refusal changed something`);
        } else if (action > 1 && below(2) === 0) {
          open.pop()?.settle(oneOf([undefined, { inputTokens: below(50), tokens: below(50) }]));
        }
      }
    }
    expect(refusals).toBeGreaterThan(20_000);
  }, 120_000);

  test("guarantee G1: used and reserved never pass the caps, and pools count what their reservations came to: 2,000 sequences", () => {
    for (let seed = 1; seed <= 2_000; seed++) {
      const { below, oneOf } = chances(seed);
      const clock = new FakeClock();
      const cap = 50 + below(50);
      const pool = new BudgetPool({ maxTotalTokens: cap }, { clock });
      /** The second, naive implementation: a list of all reservations and calls. */
      let used = 0;
      let lateUse = 0;
      let calls = 0;
      let held: { reservation: Reservation; tokens: number; expiresMs: number; isHeld: boolean }[] = [];
      const reserved = (): number => held.reduce((sum, { tokens, isHeld }) => sum + (isHeld ? tokens : 0), 0);
      for (let step = 0; step < 40; step++) {
        clock.advance(oneOf([0, 0, 1, 5]));
        for (const entry of held) if (entry.expiresMs <= clock.monotonic()) entry.isHeld = false;
        const tokens = 1 + below(30);
        const fits = used + reserved() + tokens <= cap;
        const action = below(8);
        if (action < 2) {
          expect(pool.tryRecord({ inputTokens: tokens }).ok).toBe(fits);
          if (fits) [used, calls] = [used + tokens, calls + 1];
        } else if (action < 5) {
          const ttlMs = oneOf([undefined, 0, 1, 5, 20]);
          let reservation: Reservation | undefined;
          const refused = refusalOf(() => {
            reservation = pool.reserve({ outputTokens: tokens }, ttlMs === undefined ? {} : { ttlMs });
          });
          expect(refused === undefined).toBe(fits);
          const expiresMs = ttlMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonic() + ttlMs;
          if (reservation) held.push({ reservation, tokens, expiresMs, isHeld: expiresMs > clock.monotonic() });
        } else if (action < 7) {
          const [entry] = held.splice(below(held.length), 1);
          if (entry === undefined) continue;
          const actual = below(entry.tokens + 1);
          entry.reservation.settle({ outputTokens: actual });
          [used, calls] = [used + actual, calls + 1];
          if (!entry.isHeld) lateUse += actual;
        } else {
          held[0]?.reservation.release();
          held = held.slice(1);
        }
        const totals = pool.totals();
        const figures = [totals.totalTokens, totals.calls, totals.reserved.totalTokens, totals.overage?.totalTokens].join();
        const expected = [used, calls, reserved(), used > cap ? used - cap : undefined].join();
        if (figures !== expected) throw new Error(`seed ${seed}, step ${step}: ${figures}, by the list ${expected}`);
        // Only late use of expired reservations, which is never lost, can pass the cap: then it is flagged.
        if (used + reserved() > cap + lateUse) throw new Error(`seed ${seed}, step ${step}: the cap is passed`);
      }
    }
  }, 60_000);

  test("guarantee G15: ended reservations are forgotten, long before their time limit", () => {
    const pool = new BudgetPool({}, { clock: new FakeClock() });
    const kept = Array.from({ length: 100 }, () => pool.reserve({ inputTokens: 1 }, { ttlMs: 3_600_000 }));
    for (let call = 0; call < 50_000; call++) pool.reserve({ inputTokens: 1 }, { ttlMs: 3_600_000 }).settle();
    expect(serialize(pool).byteLength).toBeLessThan(100_000);
    for (const reservation of kept) reservation.settle();
    expect(pool.totals()).toMatchObject({ inputTokens: 50_100, calls: 50_100, reserved: { calls: 0 } });
  });
});
