import { describe, expect, test } from "vitest";
import { isRetryableStatus, retryAfterMs, retryAfterMsOf, retryDelayMs } from "../../src/providers/retry.ts";

describe("acceptance H9: retries wait longer each time, and only where waiting may help", () => {
  test("without jitter: 1, 2, 4, 8, 8 seconds", () => {
    const delays = [1, 2, 3, 4, 5, 50].map((attempt) => retryDelayMs(attempt, { baseMs: 1000, capMs: 8000, jitter: "none" }));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 8000, 8000]);
  });

  test("with full jitter: anything up to that", () => {
    const delay = (chance: number): number => retryDelayMs(3, { baseMs: 1000, capMs: 8000, jitter: "full", random: () => chance });
    expect([delay(0), delay(0.5), delay(0.9999)]).toEqual([0, 2000, 3999]);
    for (let attempt = 1; attempt < 40; attempt++)
      expect(retryDelayMs(attempt, { baseMs: 1000, capMs: 8000, jitter: "full" })).toBeLessThanOrEqual(8000);
  });

  test("a finer header goes before the coarser one, where it says something", () => {
    expect(retryAfterMsOf({ "retry-after": "2", "retry-after-ms": "1500" }, 0)).toBe(1500);
    expect(retryAfterMsOf({ "retry-after": "2", "retry-after-ms": "soon" }, 0)).toBe(2000);
    expect(retryAfterMsOf({ "retry-after-ms": "1e99" }, 0)).toBeUndefined();
    expect(retryAfterMsOf({}, 0)).toBeUndefined();
  });

  test("429, 408, 425 and what is the server's trouble", () => {
    const retried = Array.from({ length: 500 }, (_, index) => 100 + index).filter(isRetryableStatus);
    expect(retried.filter((status) => status < 500)).toEqual([408, 425, 429]);
    expect([500, 502, 503, 504, 520, 529].every(isRetryableStatus)).toBe(true);
    expect([501, 505].some(isRetryableStatus)).toBe(false);
  });

  const nowMs = Date.parse("2026-05-01T12:00:00Z");
  test.each([
    ["0", 0],
    ["7", 7000],
    ["1.5", 1500],
    ["1000000000", 86_400_000],
    ["Fri, 01 May 2026 12:00:30 GMT", 30_000],
    ["Fri, 01 May 2026 11:00:00 GMT", 0],
    ["-5", undefined],
    ["soon", undefined],
    ["", undefined],
    ["Infinity", undefined],
    ["1e3", undefined],
    ["2026-05-01T12:00:30Z", undefined],
    ["Fri, 99 May 2026 12:00:30 GMT", undefined],
    [undefined, undefined],
  ])("bad input E160: retry-after %s", (value, waitMs) => {
    expect(retryAfterMs(value, nowMs)).toBe(waitMs);
  });
});
