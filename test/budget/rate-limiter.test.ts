import { inspect } from "node:util";
import { serialize } from "node:v8";
import { describe, expect, test } from "vitest";
import { RateLimiter, type RateLimiterLimits } from "../../src/budget/index.ts";
import { InvalidInput, RateLimitExceeded } from "../../src/errors.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { chances } from "./sequences.ts";

function passing(limiter: RateLimiter, key: string, most = 10_000): number {
  for (let passed = 0; passed < most; passed++) if (!limiter.tryCheck(key).ok) return passed;
  return most;
}

describe("a rate limiter", () => {
  test("acceptance G13: 1,000 a minute pass at once, then one every 60 ms; keys have limits of their own", () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter(
      { requestsPerMinute: 1000, byKey: { engineering: { requestsPerMinute: 2000 }, research: { requestsPerMinute: 3000 } } },
      { clock },
    );
    expect(["sales", "engineering", "research", "sales"].map((key) => passing(limiter, key))).toEqual([1000, 2000, 3000, 0]);
    let error: unknown;
    try {
      limiter.check("sales");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RateLimitExceeded);
    expect(error).toMatchObject({
      code: "RATE_LIMIT_EXCEEDED",
      retryAfterMs: 60,
      message: '"sales" may use 1000 requests per minute; try again after 60 ms.',
    });
    clock.advance(59);
    expect(limiter.tryCheck("sales")).toEqual({ ok: false, limit: "requests_per_minute", perMinute: 1000, retryAfterMs: 1 });
    clock.advance(1);
    expect(passing(limiter, "sales")).toBe(1);
    let later = 0;
    for (let elapsedMs = 0; elapsedMs < 60_000; elapsedMs += 10) {
      clock.advance(10);
      if (limiter.tryCheck("sales").ok) later += 1;
    }
    expect(later).toBe(1000);
  });

  test("acceptance G13: tokens have a limit beside the requests; both let it pass, or it counts in neither", () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ requestsPerMinute: 10, tokensPerMinute: 6000 }, { clock });
    limiter.check("a", { tokens: 5000 });
    expect(limiter.tryCheck("a", { tokens: 1500 })).toEqual({ ok: false, limit: "tokens_per_minute", perMinute: 6000, retryAfterMs: 5000 });
    expect(limiter.tryCheck("a", { tokens: 6001 })).toEqual({ ok: false, limit: "tokens_per_minute", perMinute: 6000 });
    limiter.check("a", { tokens: 1000 });
    expect(passing(limiter, "a")).toBe(8);
    clock.advance(5000);
    expect(limiter.tryCheck("a", { tokens: 501 })).toMatchObject({ limit: "requests_per_minute", retryAfterMs: 1000 });
    clock.advance(1000);
    expect(limiter.tryCheck("a", { tokens: 600 }).ok).toBe(true);
  });

  test("a call that is given back is as if it had not been, whatever time has passed", () => {
    const [clock, limits] = [new FakeClock(), { requestsPerMinute: 60, tokensPerMinute: 6000 }];
    const [limiter, untouched] = [new RateLimiter(limits, { clock }), new RateLimiter(limits, { clock })];
    for (const wait of [0, 500, 10_000, 61_000]) {
      for (const both of [limiter, untouched]) both.check("a", { tokens: 3000 });
      limiter.check("a", { tokens: 900 });
      clock.advance(wait);
      limiter.giveBack("a", { tokens: 900 });
      for (const tokens of [1, 3001, 2999, 6000]) expect(limiter.tryCheck("a", { tokens })).toEqual(untouched.tryCheck("a", { tokens }));
      clock.advance(60_000);
    }
  });

  test("guarantee G1b: a refused call changes nothing", () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ requestsPerMinute: 2, tokensPerMinute: 10 }, { clock });
    limiter.check("a", { tokens: 8 });
    const state = (): string => inspect(limiter, { depth: 9 });
    const before = state();
    expect(limiter.tryCheck("a", { tokens: 3 }).ok).toBe(false);
    expect(state()).toBe(before);
    limiter.check("a", { tokens: 2 });
    const full = state();
    for (const tokens of [0, 1, 11]) expect(limiter.tryCheck("a", { tokens }).ok).toBe(false);
    expect(state()).toBe(full);
    expect(full).not.toBe(before);
  });

  test("the same decisions as a list of all calls, and no key is forgotten too early: 300 sequences", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const { below, oneOf } = chances(seed);
      const clock = new FakeClock();
      const perMinute = oneOf([1, 7, 20]);
      const limiter = new RateLimiter({ requestsPerMinute: perMinute }, { clock });
      const passedAt = new Map<string, number[]>();
      for (let step = 0; step < 60; step++) {
        clock.advance(oneOf([0, 1, 600, below(10_000), below(130_000)]));
        const key = oneOf(["a", "b"]);
        for (let burst = below(1 + perMinute); burst >= 0; burst--) {
          const calls = passedAt.get(key) ?? [];
          const nowMs = clock.monotonic();
          // Every stretch up to now, with this call, holds a minute's limit at most, and what came back meanwhile.
          const fits = calls.every((atMs, index) => (calls.length - index + 1 - perMinute) * 60_000 <= (nowMs - atMs) * perMinute);
          const answer = limiter.tryCheck(key);
          if (answer.ok !== fits) throw new Error(`seed ${seed}, step ${step}: ${answer.ok}, by the list ${fits}`);
          if (answer.ok) passedAt.set(key, [...calls, nowMs]);
        }
      }
    }
  }, 60_000);

  test("guarantee G15: keys that are idle are forgotten", () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ requestsPerMinute: 5 }, { clock });
    for (let key = 0; key < 200_000; key++) {
      limiter.check(`key ${key}`);
      clock.advance(10);
    }
    expect(serialize({ ...limiter, clock: undefined }).byteLength).toBeLessThan(2_000_000);
  });

  test("guarantee G22: putting the wall clock forward lets nothing more pass, putting it back nothing less", () => {
    const clock = new FakeClock(1_780_000_000_000);
    const limiter = new RateLimiter({ requestsPerMinute: 5 }, { clock });
    expect(passing(limiter, "a")).toBe(5);
    clock.set(clock.now() + 86_400_000);
    expect(passing(limiter, "a")).toBe(0);
    clock.set(0);
    clock.advance(12_000);
    expect(passing(limiter, "a")).toBe(1);
  });

  test("limits of zero, no limits, and overrides of one of two", () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ tokensPerMinute: 5, byKey: { blocked: { requestsPerMinute: 0 }, ["__proto__"]: {} } }, { clock });
    expect(limiter.tryCheck("blocked")).toEqual({ ok: false, limit: "requests_per_minute", perMinute: 0 });
    expect(passing(limiter, "anyone", 50)).toBe(50);
    expect(limiter.tryCheck("__proto__", { tokens: 6 }).ok).toBe(false);
    expect(passing(new RateLimiter({}, { clock }), "anyone", 50)).toBe(50);
    expect(() => limiter.check("blocked")).toThrow('"blocked" may use 0 requests per minute; more than that never passes at once.');
  });

  test("acceptance A8: what is no limit and no count is refused", () => {
    for (const value of [Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY, 2 ** 53, "5"] as number[]) {
      expect(() => new RateLimiter({ requestsPerMinute: value })).toThrow(InvalidInput);
      expect(() => new RateLimiter({ byKey: { a: { tokensPerMinute: value } } })).toThrow(InvalidInput);
      expect(() => new RateLimiter({}).check("a", { tokens: value })).toThrow(InvalidInput);
    }
    for (const limits of [null, { perMinute: 5 }, { byKey: { a: { rpm: 5 } } }, { byKey: { a: 5 } }])
      expect(() => new RateLimiter(limits as RateLimiterLimits)).toThrow(InvalidInput);
    for (const key of [undefined, 5] as never[]) expect(() => new RateLimiter({}).check(key)).toThrow(InvalidInput);
  });
});
