import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BreakerChange, type CallMark, CircuitBreaker } from "../../../src/server/upstreams/circuit-breaker.ts";
import { RollingCounts } from "../../../src/server/upstreams/rolling-counts.ts";
import { FakeClock } from "../../../src/testing/index.ts";

function breakerWithClock(): { breaker: CircuitBreaker; clock: FakeClock; changes: BreakerChange[] } {
  const clock = new FakeClock(0);
  const changes: BreakerChange[] = [];
  return { clock, changes, breaker: new CircuitBreaker(clock, (change) => changes.push(change)) };
}

describe("acceptance G19: an ailing provider is left alone until it is well again", () => {
  test("three failures in a row: it is down", () => {
    const { breaker, changes } = breakerWithClock();
    for (let call = 0; call < 2; call++) breaker.failed(breaker.begin(), "no connection");
    expect(breaker.state).toBe("closed");
    breaker.failed(breaker.begin(), "no connection");
    expect(breaker.state).toBe("open");
    expect(changes).toEqual([{ state: "open", reason: "3 calls in a row failed: no connection", waitMs: 5_000 }]);
  });

  test("more than one failure in twenty calls, and not one in twenty", () => {
    const { breaker } = breakerWithClock();
    const run = (ok: boolean): void => (ok ? breaker.succeeded(breaker.begin()) : breaker.failed(breaker.begin(), "it answers 500"));
    for (let call = 0; call < 40; call++) run(call % 20 !== 19);
    expect(breaker.state).toBe("closed");
    run(false);
    expect(breaker.state).toBe("open");
  });

  test("replies that begin after more than five seconds", () => {
    const { breaker, clock, changes } = breakerWithClock();
    const reply = (latencyMs: number): void => {
      const mark = breaker.begin();
      clock.advance(latencyMs);
      breaker.succeeded(mark);
    };
    for (let call = 0; call < 8; call++) reply(5_000);
    expect(breaker.state).toBe("closed");
    reply(5_100);
    expect(breaker.state).toBe("open");
    expect(changes[0]?.reason).toBe("replies take 5.0 s");
  });

  test("429: for as long as it asks", () => {
    const { breaker, clock } = breakerWithClock();
    breaker.askedToWait(breaker.begin(), "it answers 429", 30_000);
    clock.advance(29_999);
    expect(breaker.state).toBe("open");
    clock.advance(1);
    expect(breaker.state).toBe("half_open");
    breaker.askedToWait(breaker.begin(), "it answers 429", 1e12);
    clock.advance(600_000);
    expect(breaker.state).toBe("half_open");
  });

  test("after a wait a single call tries; its success brings all back, its failure doubles the wait, up to a minute", () => {
    const { breaker, clock, changes } = breakerWithClock();
    for (let call = 0; call < 3; call++) breaker.failed(breaker.begin(), "down");
    for (const waitMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      clock.advance(waitMs - 1);
      expect(breaker.state).toBe("open");
      clock.advance(1);
      expect(breaker.state).toBe("half_open");
      const probe = breaker.begin();
      expect(breaker.state).toBe("open");
      breaker.failed(probe, "down");
    }
    clock.advance(60_000);
    breaker.succeeded(breaker.begin());
    expect(breaker.state).toBe("closed");
    expect(changes.at(-1)?.state).toBe("closed");
    for (let call = 0; call < 3; call++) breaker.failed(breaker.begin(), "down");
    expect(changes.at(-1)?.waitMs).toBe(5_000);
  });

  test("a call that tries and tells nothing leaves its place to the next", () => {
    const { breaker, clock } = breakerWithClock();
    for (let call = 0; call < 3; call++) breaker.failed(breaker.begin(), "down");
    clock.advance(5_000);
    const probe = breaker.begin();
    expect(breaker.state).toBe("open");
    breaker.abandoned(probe);
    expect(breaker.state).toBe("half_open");
  });

  test("calls from before the change don't change it back", () => {
    const { breaker, clock } = breakerWithClock();
    const early = [breaker.begin(), breaker.begin(), breaker.begin(), breaker.begin()] as CallMark[];
    for (let call = 0; call < 3; call++) breaker.failed(breaker.begin(), "down");
    for (const mark of early.slice(0, 2)) breaker.succeeded(mark);
    expect(breaker.state).toBe("open");
    clock.advance(5_000);
    breaker.succeeded(breaker.begin());
    for (const mark of early) breaker.failed(mark, "down");
    expect(breaker.state).toBe("closed");
  });

  test("what was a minute ago counts no more", () => {
    const { breaker, clock } = breakerWithClock();
    for (let call = 0; call < 100; call++) {
      breaker.succeeded(breaker.begin());
      if (call % 50 === 0) breaker.failed(breaker.begin(), "chance");
    }
    expect(breaker.state).toBe("closed");
    clock.advance(65_000);
    for (let call = 0; call < 2; call++) breaker.failed(breaker.begin(), "again");
    expect(breaker.state).toBe("closed");
  });
});

test("rolling counts are those of a list of all calls, to a slice", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 20_000 }), failures: fc.integer({ min: 0, max: 1 }) }), { maxLength: 60 }),
      (calls) => {
        const counts = new RollingCounts(60_000);
        const all: { atMs: number; failures: number }[] = [];
        let nowMs = 0;
        for (const { afterMs, failures } of calls) {
          nowMs += afterMs;
          counts.add(nowMs, { calls: 1, failures });
          all.push({ atMs: nowMs, failures });
          const firstMs = (Math.floor(nowMs / 5_000) - 11) * 5_000;
          const seen = all.filter(({ atMs }) => atMs >= firstMs);
          expect(counts.total(nowMs)).toMatchObject({ calls: seen.length, failures: seen.filter((call) => call.failures > 0).length });
        }
      },
    ),
  );
});
