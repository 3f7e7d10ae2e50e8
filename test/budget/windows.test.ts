import { describe, expect, test } from "vitest";
import { BudgetWindows, type WindowDefinition } from "../../src/budget/index.ts";
import { InvalidInput, WindowBreached } from "../../src/errors.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { chances } from "./sequences.ts";

const MODES = ["bucketed", "exact"] as const;
const MINUTE = 60_000;

function breachOf(work: () => unknown): WindowBreached {
  try {
    work();
  } catch (error) {
    if (error instanceof WindowBreached) return error;
    throw error;
  }
  throw new Error("It was not refused.");
}

/** The second, naive implementation: a list of all events, summed up anew each time. */
class NaiveLog {
  readonly events: { atMs: number; tokens: number; nanoUsd: number }[] = [];

  within(nowMs: number, windowMs: number): { tokens: number; nanoUsd: number; calls: number } {
    const sums = { tokens: 0, nanoUsd: 0, calls: 0 };
    for (const { atMs, tokens, nanoUsd } of this.events) {
      if (atMs > nowMs || atMs + windowMs <= nowMs) continue;
      sums.tokens += tokens;
      sums.nanoUsd += nanoUsd;
      sums.calls += 1;
    }
    return sums;
  }
}

describe.each(MODES)("windows, %s", (mode) => {
  test("acceptance B1, B11: the window that would be breached is named, with its axis and numbers", () => {
    const clock = new FakeClock();
    const windows = new BudgetWindows(
      [
        { name: "per_minute", durationMs: MINUTE, maxTokens: 50_000, maxCostUsd: 1 },
        { name: "per_hour", durationMs: 60 * MINUTE, maxCostUsd: 10 },
        { name: "per_day", durationMs: 1440 * MINUTE, maxCostUsd: 100 },
      ],
      { mode, clock },
    );
    for (let call = 0; call < 50; call++) {
      windows.record({ tokens: 1000, costUsd: 0.02 });
      clock.advance(1000);
    }
    const error = breachOf(() => windows.record({ tokens: 1, costUsd: 0 }));
    expect(error).toMatchObject({ windowName: "per_minute", axis: "tokens", cap: "total_tokens", limit: 50_000, attempted: 50_001 });
    expect(error.message).toBe('window "per_minute" on axis tokens would breach: attempted 50001 > cap 50000');
    expect(error.retryAfterMs).toBe(10_000);
    const both = breachOf(() => windows.record({ tokens: 1, costUsd: "0.000000001" }));
    expect(both.breaches.map(({ budget, cap }) => `${budget} ${cap}`)).toEqual(["per_minute total_tokens", "per_minute cost_usd"]);
  });

  test("acceptance B2: each axis is optional; a window without caps counts", () => {
    const clock = new FakeClock();
    const windows = new BudgetWindows(
      [
        { name: "counts", durationMs: MINUTE },
        { name: "tokens", durationMs: 2 * MINUTE, maxTokens: 100 },
        { name: "money", durationMs: 3 * MINUTE, maxCostUsd: "0.3" },
      ],
      { mode, clock },
    );
    windows.record({ tokens: 60, costUsd: 0.1 });
    windows.record({ costUsd: 0.2 });
    const counted = { tokensUsed: 60, costUsd: 0.3, costNanoUsd: 300_000_000, calls: 2 };
    expect(windows.snapshot()).toEqual([
      { name: "counts", durationMs: MINUTE, ...counted },
      { name: "tokens", durationMs: 2 * MINUTE, ...counted, maxTokens: 100 },
      { name: "money", durationMs: 3 * MINUTE, ...counted, maxCostUsd: 0.3 },
    ]);
    expect(breachOf(() => windows.record({ costUsd: 0.1 }))).toMatchObject({ windowName: "money", axis: "cost", attempted: 0.4 });
  });

  test("acceptance B3: a call that one window refuses is counted in none", () => {
    const windows = new BudgetWindows(
      [
        { name: "minute", durationMs: MINUTE, maxCostUsd: 1 },
        { name: "hour", durationMs: 60 * MINUTE, maxCostUsd: 0.1 },
      ],
      { mode, clock: new FakeClock() },
    );
    for (let call = 0; call < 6; call++) expect(breachOf(() => windows.record({ costUsd: 0.5 })).windowName).toBe("hour");
    expect(windows.snapshot().map(({ costUsd, calls }) => [costUsd, calls])).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test("acceptance B4: windows slide", () => {
    const clock = new FakeClock();
    const windows = new BudgetWindows([{ name: "minute", durationMs: MINUTE, maxCostUsd: 0.1 }], { mode, clock });
    expect(windows.tryRecord({ costUsd: 0.05 }).ok).toBe(true);
    clock.advance(30_000);
    expect(windows.tryRecord({ costUsd: 0.06 }).ok).toBe(false);
    clock.advance(31_000);
    expect(windows.tryRecord({ costUsd: 0.05 }).ok).toBe(true);
    clock.advance(30_000);
    expect(windows.tryRecord({ costUsd: 0.06 }).ok).toBe(false);
  });

  test("acceptance B5: an event exactly as old as the window has left it, one a millisecond younger has not", () => {
    const clock = new FakeClock();
    const windows = new BudgetWindows([{ name: "minute", durationMs: MINUTE, maxTokens: 1 }], { mode, clock });
    clock.advance(12_345);
    windows.record({ tokens: 1 });
    clock.advance(MINUTE - 1);
    expect(windows.tryRecord({ tokens: 1 }).ok).toBe(false);
    clock.advance(1);
    expect(windows.tryRecord({ tokens: 1 }).ok).toBe(true);
  });

  test("acceptance B6: a refusal says when it will fit, or that it never will", () => {
    const clock = new FakeClock();
    const windows = new BudgetWindows([{ name: "minute", durationMs: MINUTE, maxTokens: 10 }], { mode, clock });
    windows.record({ tokens: 10 });
    clock.advance(20_000);
    expect(breachOf(() => windows.record({ tokens: 1 })).retryAfterMs).toBe(40_000);
    expect(breachOf(() => windows.record({ tokens: 11 })).retryAfterMs).toBeUndefined();
    expect(windows.tryRecord({ tokens: 11 })).toMatchObject({ ok: false, breach: { budget: "minute", attempted: 21 } });
    clock.advance(40_000);
    windows.record({ tokens: 1 });
  });

  test("acceptance B9: running sums do not drift: 864,000 live calls of $0.001 are $864", () => {
    const clock = new FakeClock();
    const windows = new BudgetWindows([{ name: "day", durationMs: 864_000, maxCostUsd: 900 }], { mode, clock, buckets: 100 });
    for (let call = 0; call < 2_664_000; call++) {
      clock.advance(1);
      windows.record({ tokens: 3, costUsd: 0.001 });
    }
    const [day] = windows.snapshot();
    const late = mode === "exact" ? 0 : 8640;
    expect(day?.calls).toBeGreaterThanOrEqual(864_000);
    expect(day?.calls).toBeLessThanOrEqual(864_000 + late);
    expect(day).toMatchObject({ costNanoUsd: (day?.calls ?? 0) * 1_000_000, tokensUsed: (day?.calls ?? 0) * 3 });
    if (mode === "exact") expect(day).toMatchObject({ costUsd: 864, calls: 864_000 });
  }, 60_000);

  test("acceptance B10, guarantee G22: putting the wall clock back or forward frees nothing", () => {
    const clock = new FakeClock(1_780_000_000_000);
    const windows = new BudgetWindows([{ name: "minute", durationMs: MINUTE, maxTokens: 10 }], { mode, clock });
    windows.record({ tokens: 10 });
    for (const step of [-3_600_000, 86_400_000, -86_400_000]) {
      clock.set(clock.now() + step);
      clock.advance(1000);
      expect(windows.tryRecord({ tokens: 1 }).ok).toBe(false);
    }
    clock.advance(57_000);
    expect(windows.tryRecord({ tokens: 10 }).ok).toBe(true);
  });

  test("guarantee G22: a steady clock that is not steady frees nothing, either", () => {
    let nowMs = 100_000;
    const windows = new BudgetWindows([{ name: "minute", durationMs: MINUTE, maxTokens: 10 }], {
      mode,
      clock: { now: () => nowMs, monotonic: () => nowMs },
    });
    windows.record({ tokens: 5 });
    nowMs = 0;
    windows.record({ tokens: 5 });
    expect(windows.tryRecord({ tokens: 1 }).ok).toBe(false);
    nowMs = 159_999;
    expect(windows.tryRecord({ tokens: 1 }).ok).toBe(false);
    nowMs = 160_000;
    expect(windows.tryRecord({ tokens: 10 }).ok).toBe(true);
  });

  test("a reservation counts in the instant in which it was made, and so does what it came to", () => {
    const clock = new FakeClock();
    const windows = new BudgetWindows([{ name: "minute", durationMs: MINUTE, maxTokens: 100 }], { mode, clock });
    const reservation = windows.reserve({ tokens: 80 });
    clock.advance(30_000);
    expect(windows.tryRecord({ tokens: 21 }).ok).toBe(false);
    reservation.settle({ tokens: 50 });
    windows.record({ tokens: 50 });
    clock.advance(30_000);
    expect(windows.snapshot()[0]).toMatchObject({ tokensUsed: 50, calls: 1 });
    const late = windows.reserve({ tokens: 10 });
    clock.advance(2 * MINUTE);
    expect(windows.snapshot()[0]).toMatchObject({ tokensUsed: 0, calls: 0 });
    late.settle({ tokens: 90 });
    expect(windows.snapshot()[0]).toMatchObject({ tokensUsed: 0, calls: 0 });
    windows.reserve({ tokens: 100 }).release();
    windows.reserve({ tokens: 100 }).settle();
    expect(windows.snapshot()[0]).toMatchObject({ tokensUsed: 100, calls: 1 });
  });

  test("an expired reservation is released, and its late use still counts", () => {
    const clock = new FakeClock();
    const windows = new BudgetWindows([{ name: "minute", durationMs: MINUTE, maxTokens: 100 }], { mode, clock });
    const reservation = windows.reserve({ tokens: 100 }, { ttlMs: 1000, requestId: "a" });
    clock.advance(999);
    expect(windows.tryRecord({ tokens: 1 }).ok).toBe(false);
    clock.advance(1);
    windows.record({ tokens: 10 });
    reservation.settle({ tokens: 95 });
    expect(windows.snapshot()[0]).toMatchObject({ tokensUsed: 105, calls: 2 });
    windows.record({ tokens: 5, requestId: "a" });
    expect(windows.snapshot()[0]?.calls).toBe(2);
  });

  test("the same request is counted once", () => {
    const windows = new BudgetWindows([{ name: "minute", durationMs: MINUTE, maxTokens: 100 }], { mode, clock: new FakeClock() });
    for (let time = 0; time < 3; time++) windows.record({ tokens: 60, requestId: "a" });
    const reservation = windows.reserve({ tokens: 40 }, { requestId: "b" });
    windows.record({ tokens: 30, requestId: "b" });
    expect(windows.snapshot()[0]).toMatchObject({ tokensUsed: 90, calls: 2 });
    expect(() => reservation.settle()).toThrow(expect.objectContaining({ code: "ALREADY_SETTLED" }));
  });

  test("the same sums, decisions and waits as a list of all events", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const { below, oneOf } = chances(seed);
      const clock = new FakeClock();
      const durationMs = oneOf([10, 60, 600, 997]);
      const maxTokens = 20 + below(100);
      const buckets = oneOf([1, 7, 10, 60]);
      const windows = new BudgetWindows([{ name: "w", durationMs, maxTokens }], { mode, buckets, clock });
      const late = mode === "exact" ? 0 : durationMs / buckets;
      const log = new NaiveLog();
      for (let step = 0; step < 60; step++) {
        clock.advance(oneOf([0, 1, below(durationMs / 5), below(durationMs), durationMs, below(3 * durationMs)]));
        const tokens = below(40);
        const answer = windows.tryRecord({ tokens });
        const nowMs = clock.monotonic();
        const counted = log.within(nowMs, durationMs).tokens;
        if (answer.ok) {
          expect(counted + tokens).toBeLessThanOrEqual(maxTokens);
          log.events.push({ atMs: nowMs, tokens, nanoUsd: 0 });
        } else {
          expect(log.within(nowMs, durationMs + late).tokens + tokens).toBeGreaterThan(maxTokens);
          const { retryAfterMs } = answer.breach;
          expect(retryAfterMs === undefined).toBe(tokens > maxTokens);
          if (retryAfterMs !== undefined) {
            expect(log.within(nowMs + retryAfterMs, durationMs).tokens + tokens).toBeLessThanOrEqual(maxTokens);
            expect(log.within(nowMs + retryAfterMs - 1, durationMs + late).tokens + tokens).toBeGreaterThan(maxTokens);
          }
        }
        const [window] = windows.snapshot();
        expect(window?.tokensUsed).toBeGreaterThanOrEqual(log.within(nowMs, durationMs).tokens);
        expect(window?.tokensUsed).toBeLessThanOrEqual(log.within(nowMs, durationMs + late).tokens);
        if (mode === "exact") expect(window).toMatchObject(sumsAs(log.within(nowMs, durationMs)));
      }
    }
  }, 60_000);
});

function sumsAs({ tokens, nanoUsd, calls }: { tokens: number; nanoUsd: number; calls: number }): object {
  return { tokensUsed: tokens, costNanoUsd: nanoUsd, calls };
}

describe("windows by parts", () => {
  test.each([10, 60])(
    "guarantee G1: with %d parts, never more than the cap in any stretch as long as the window: 20,000 sequences",
    (buckets) => {
      for (let seed = 1; seed <= 20_000; seed++) {
        const { below, oneOf } = chances(seed);
        const clock = new FakeClock();
        const durationMs = oneOf([60, 100, 1000, 3333]);
        const maxTokens = 50 + below(50);
        const windows = new BudgetWindows([{ name: "w", durationMs, maxTokens }], { buckets, clock });
        const log = new NaiveLog();
        const open: { reservation: ReturnType<BudgetWindows["reserve"]>; event: NaiveLog["events"][number] }[] = [];
        clock.advance(below(durationMs));
        for (let step = 0; step < 30; step++) {
          clock.advance(oneOf([0, 1, below(durationMs / buckets), below(durationMs / 4), durationMs]));
          const tokens = 1 + below(25);
          const event = { atMs: clock.monotonic(), tokens, nanoUsd: 0 };
          const action = below(4);
          if (action < 2) {
            if (windows.tryRecord({ tokens }).ok) log.events.push(event);
          } else if (action === 2) {
            try {
              open.push({ reservation: windows.reserve({ tokens }), event });
              log.events.push(event);
            } catch (error) {
              if (!(error instanceof WindowBreached)) throw error;
            }
          } else {
            const ending = open.splice(below(open.length), 1)[0];
            if (ending === undefined) continue;
            ending.event.tokens = below(ending.event.tokens + 1);
            if (ending.event.tokens === 0) ending.reservation.release();
            else ending.reservation.settle({ tokens: ending.event.tokens });
          }
          const within = log.within(clock.monotonic(), durationMs).tokens;
          if (within > maxTokens) throw new Error(`seed ${seed}: ${within} tokens in the window, the cap is ${maxTokens}`);
        }
        // Stretches that begin between events hold no more than those that end with one.
        for (const { atMs } of log.events) {
          const within = log.within(atMs, durationMs).tokens;
          if (within > maxTokens) throw new Error(`seed ${seed}: ${within} tokens in a stretch, the cap is ${maxTokens}`);
        }
      }
    },
    60_000,
  );

  test("acceptance B7: memory depends on the parts, not on the traffic; exact mode keeps every call", () => {
    const day: WindowDefinition[] = [
      { name: "minute", durationMs: MINUTE },
      { name: "hour", durationMs: 60 * MINUTE },
      { name: "day", durationMs: 1440 * MINUTE },
    ];
    const bytesAfter = (mode: "bucketed" | "exact"): number => {
      const clock = new FakeClock();
      const windows = new BudgetWindows(day, { mode, clock });
      for (let call = 0; call < 2 * 864_000; call++) {
        clock.advance(100);
        windows.record({ tokens: 10, costUsd: 0.001 });
      }
      return bufferBytes(windows);
    };
    expect(bytesAfter("bucketed")).toBeLessThan(40_000);
    expect(bytesAfter("exact")).toBeLessThan(30_000_000);
  }, 60_000);

  test("acceptance B8: the first call after an idle day lets go of all parts", () => {
    const clock = new FakeClock();
    const windows = new BudgetWindows([{ name: "day", durationMs: 1440 * MINUTE, maxTokens: 100_000 }], { mode: "exact", clock });
    for (let call = 0; call < 100_000; call++) windows.record({ tokens: 1 });
    expect(windows.tryRecord({ tokens: 1 }).ok).toBe(false);
    clock.advance(1440 * MINUTE);
    windows.record({ tokens: 100_000 });
    expect(windows.snapshot()[0]).toMatchObject({ tokensUsed: 100_000, calls: 1 });
  });

  test("acceptance A8: what is no window, no count and no amount is refused before anything changes", () => {
    const good = { name: "w", durationMs: 1000 };
    for (const windows of [[], undefined, "w", [null], [{ name: "w" }], [{ ...good, name: "" }], [good, good], [{ ...good, maxToken: 5 }]])
      expect(() => new BudgetWindows(windows as WindowDefinition[])).toThrow(InvalidInput);
    for (const durationMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "1000"] as number[])
      expect(() => new BudgetWindows([{ ...good, durationMs }])).toThrow(InvalidInput);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 2 ** 53])
      expect(() => new BudgetWindows([{ ...good, maxTokens: value }])).toThrow(InvalidInput);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -0.01, 9_007_200])
      expect(() => new BudgetWindows([{ ...good, maxCostUsd: value }])).toThrow(InvalidInput);
    for (const options of [{ mode: "exakt" }, { buckets: 0 }, { buckets: 1.5 }, { parts: 5 }])
      expect(() => new BudgetWindows([good], options as { buckets: number })).toThrow(InvalidInput);
    const windows = new BudgetWindows([good], { clock: new FakeClock() });
    const held = windows.reserve({ tokens: 1 });
    const before = windows.snapshot();
    for (const tokens of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 2 ** 53])
      for (const work of [() => windows.record({ tokens }), () => windows.reserve({ tokens }), () => held.settle({ tokens })])
        expect(work).toThrow(InvalidInput);
    for (const usage of [null, undefined, { inputTokens: 5 }] as never[]) expect(() => windows.record(usage)).toThrow(InvalidInput);
    expect(windows.snapshot()).toEqual(before);
  });
});

/** Of all typed arrays within, however deep. */
function bufferBytes(value: unknown, seen: WeakSet<object> = new WeakSet()): number {
  if (typeof value !== "object" || value === null || seen.has(value)) return 0;
  seen.add(value);
  if (ArrayBuffer.isView(value)) return value.buffer.byteLength;
  return Object.values(value).reduce<number>((sum, inner) => sum + bufferBytes(inner, seen), 0);
}
