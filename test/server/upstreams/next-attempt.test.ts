import { describe, expect, test } from "vitest";
import { type FailedAttempt, nextAttempt } from "../../../src/server/upstreams/next-attempt.ts";
import { FakeClock } from "../../../src/testing/index.ts";

function next(failed: Partial<FailedAttempt>, retries = 0): ReturnType<typeof nextAttempt> {
  return nextAttempt({ attempt: 1, upstream: { retries }, hasOther: false, clock: new FakeClock(0), chance: () => 0.5, ...failed });
}
const broken = { kind: "reset", wasSent: true, message: "" } as const;
const unreachable = { kind: "unreachable", wasSent: false, message: "" } as const;

describe("acceptance G19 and H9: what follows a failed attempt", () => {
  test("without retries and others, nothing", () => {
    for (const status of [400, 401, 404, 429, 500, 529]) expect(next({ status })).toEqual({ kind: "give_up" });
    expect(next({ failure: broken })).toEqual({ kind: "give_up" });
  });

  test.each([408, 425, 429, 500, 502, 503, 504, 529])("%i: again after a growing wait, as often as configured", (status) => {
    expect(next({ status }, 2)).toEqual({ kind: "retry", delayMs: 250 });
    expect(next({ status, attempt: 2 }, 2)).toEqual({ kind: "retry", delayMs: 500 });
    expect(next({ status, attempt: 3 }, 2)).toEqual({ kind: "give_up" });
    expect(next({ status, attempt: 3, hasOther: true }, 2)).toEqual({ kind: "other" });
  });

  test.each([400, 404, 409, 413, 422])("%i is the caller's: nobody else is asked", (status) => {
    expect(next({ status, hasOther: true }, 2)).toEqual({ kind: "give_up" });
  });

  test("a key that is refused, or a redirection, is followed by another provider, never by the same", () => {
    for (const status of [401, 402, 403, 407, 301, 302, 307, 308]) {
      expect(next({ status, hasOther: true }, 2)).toEqual({ kind: "other" });
      expect(next({ status }, 2)).toEqual({ kind: "give_up" });
    }
  });

  test("retry-after is honoured, or the client is told instead", () => {
    expect(next({ status: 503, retryAfter: "7" }, 1)).toEqual({ kind: "retry", delayMs: 7_000 });
    expect(next({ status: 503, retryAfter: "Thu, 01 Jan 1970 00:00:09 GMT" }, 1)).toEqual({ kind: "retry", delayMs: 9_000 });
    expect(next({ status: 503, retryAfter: "31" }, 1)).toEqual({ kind: "give_up" });
    expect(next({ status: 503, retryAfter: "1000000000" }, 1)).toEqual({ kind: "give_up" });
    expect(next({ status: 503, retryAfter: "-5" }, 1)).toEqual({ kind: "retry", delayMs: 250 });
  });

  test("where another provider is there, nobody waits for one that is too busy or far away", () => {
    expect(next({ status: 429, hasOther: true }, 2)).toEqual({ kind: "other" });
    expect(next({ status: 503, retryAfter: "9", hasOther: true }, 2)).toEqual({ kind: "other" });
    expect(next({ status: 503, retryAfter: "2", hasOther: true }, 2)).toEqual({ kind: "retry", delayMs: 2_000 });
  });

  test("no connection, or one that broke: again or elsewhere; no answer in all its time, or given up: neither", () => {
    for (const failure of [broken, unreachable]) {
      expect(next({ failure }, 1)).toEqual({ kind: "retry", delayMs: 250 });
      expect(next({ failure, hasOther: true })).toEqual({ kind: "other" });
    }
    for (const kind of ["head_timeout", "aborted"] as const) {
      expect(next({ failure: { kind, wasSent: true, message: "" }, hasOther: true }, 3)).toEqual({ kind: "give_up" });
    }
  });
});
