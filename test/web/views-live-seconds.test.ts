import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SecondCounters } from "../../web/src/views/live/second-counters.ts";

const OPENED_MS = 1_782_820_800_000;
const LENGTH = 10;

interface Happened {
  secondsLater: number;
  costNanoUsd: bigint;
}

const happened: fc.Arbitrary<Happened[]> = fc.array(
  fc.record({ secondsLater: fc.integer({ min: 0, max: 40 }), costNanoUsd: fc.bigInt({ min: 0n, max: 10n ** 15n }) }),
  { maxLength: 60 },
);

describe("counters of the last seconds", () => {
  test("each of the last seconds holds what happened in it, to the nano, in whatever order it was told", () => {
    fc.assert(
      fc.property(happened, (events) => {
        const counters = new SecondCounters(LENGTH, OPENED_MS);
        const now = 40;
        // What is told later than its second has left the rings counts nowhere: it must be told while it is within.
        const inTime = [...events].sort((one, other) => one.secondsLater - other.secondsLater);
        for (const { secondsLater, costNanoUsd } of inTime) counters.add(OPENED_MS + secondsLater * 1_000 + 7, { calls: 1, costNanoUsd });
        const { calls, costNanoUsd } = counters.series(OPENED_MS + now * 1_000 + 999);
        expect(calls).toHaveLength(LENGTH);
        for (let place = 0; place < LENGTH; place++) {
          const own = events.filter(({ secondsLater }) => secondsLater === now - LENGTH + 1 + place);
          expect(calls[place]).toBe(own.length);
          expect(costNanoUsd[place]).toBe(own.reduce((sum, one) => sum + one.costNanoUsd, 0n));
        }
      }),
    );
  });

  test("seconds before anybody listened are unknown, never zero", () => {
    const counters = new SecondCounters(LENGTH, OPENED_MS);
    const { calls, refusals, tokens, costNanoUsd } = counters.series(OPENED_MS + 2_000);
    expect(calls).toEqual([null, null, null, null, null, null, null, 0, 0, 0]);
    expect(refusals).toEqual(calls);
    expect(tokens).toEqual(calls);
    expect(costNanoUsd.map((cost) => cost === null)).toEqual(calls.map((value) => value === null));
  });

  test("seconds of which something is missing are unknown, until they have left", () => {
    const counters = new SecondCounters(LENGTH, OPENED_MS);
    counters.add(OPENED_MS, { calls: 3 });
    counters.forget(OPENED_MS + 2_000, OPENED_MS + 4_000);
    expect(counters.series(OPENED_MS + 9_000).calls).toEqual([3, 0, null, null, null, 0, 0, 0, 0, 0]);
    counters.add(OPENED_MS + 12_000, { calls: 1 });
    expect(counters.series(OPENED_MS + 14_000).calls).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
  });

  test("an absence of days costs no more than the length of the rings", () => {
    const counters = new SecondCounters(LENGTH, OPENED_MS);
    counters.forget(OPENED_MS, OPENED_MS + 30 * 86_400_000);
    expect(new Set(counters.series(OPENED_MS + 30 * 86_400_000).calls)).toEqual(new Set([null]));
  });
});
