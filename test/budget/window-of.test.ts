import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  alertWindowOf,
  type BudgetWindow,
  bucketMsOf,
  counterSpanOf,
  PERIODS,
  WEEKDAYS,
  type WindowRule,
  windowOf,
} from "../../src/budget/index.ts";
import { STRANGE_ZONES } from "../usage/strange-zones.ts";
import { naiveDay, naiveLabel } from "./naive-windows.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const at = (text: string): number => Date.parse(text);
/** A window as people read it. */
function shown({ startMs, endMs }: BudgetWindow): string[] {
  return [startMs, endMs].map((ms) => new Date(ms).toISOString());
}
const hours = ({ startMs, endMs }: BudgetWindow): number => (endMs - startMs) / HOUR_MS;
const holds = ({ startMs, endMs }: BudgetWindow, ms: number): boolean => startMs <= ms && ms < endMs;

const ZONES = [...STRANGE_ZONES, "Pacific/Kiritimati", "America/St_Johns", "America/Sao_Paulo"];
const period = fc.constantFrom(...PERIODS.filter((each) => each !== "lifetime"));
const rule = fc.record({
  period,
  timeZone: fc.constantFrom(...ZONES),
  weekStart: fc.constantFrom(...WEEKDAYS),
  yearStart: fc.record({ month: fc.integer({ min: 1, max: 12 }), day: fc.integer({ min: 1, max: 28 }) }),
});

/** Instants near which windows change: two to three seconds around local midnights. */
const nearMidnight = fc
  .record({
    day: fc.integer({ min: 18_262, max: 24_100 }),
    hour: fc.integer({ min: -14, max: 14 }),
    minute: fc.constantFrom(0, 15, 30, 45),
    offsetMs: fc.integer({ min: -2000, max: 3000 }),
  })
  .map(({ day, hour, minute, offsetMs }) => day * DAY_MS + hour * HOUR_MS + minute * 60_000 + offsetMs);

describe("calendar windows", () => {
  test("acceptance B12: a daily budget in New York starts anew at local midnight, also on days of 23 and 25 hours", () => {
    const daily = { period: "daily", timeZone: "America/New_York" } as const;
    const spring = windowOf(at("2026-03-08T12:00:00-04:00"), daily);
    expect(shown(spring)).toEqual(["2026-03-08T05:00:00.000Z", "2026-03-09T04:00:00.000Z"]);
    const autumn = windowOf(at("2026-11-01T12:00:00-05:00"), daily);
    expect(shown(autumn)).toEqual(["2026-11-01T04:00:00.000Z", "2026-11-02T05:00:00.000Z"]);
    const summer = windowOf(at("2026-07-14T23:59:59.999-04:00"), daily);
    expect([spring, autumn, summer].map(hours)).toEqual([23, 25, 24]);
    expect(windowOf(at("2026-07-15T00:00:00-04:00"), daily).startMs).toBe(summer.endMs);
  });

  test.each([
    ["Africa/Cairo", "2026-04-24T12:00:00+03:00", "2026-04-23T22:00:00.000Z", 23],
    ["America/Havana", "2026-03-08T12:00:00-04:00", "2026-03-08T05:00:00.000Z", 23],
    ["America/Santiago", "2026-09-06T12:00:00-03:00", "2026-09-06T04:00:00.000Z", 23],
    ["Asia/Beirut", "2026-03-29T12:00:00+03:00", "2026-03-28T22:00:00.000Z", 23],
    ["Atlantic/Azores", "2026-03-29T12:00:00Z", "2026-03-29T01:00:00.000Z", 23],
    ["Australia/Lord_Howe", "2026-04-05T12:00:00+10:30", "2026-04-04T13:00:00.000Z", 24.5],
    ["Australia/Lord_Howe", "2026-10-04T12:00:00+11:00", "2026-10-03T13:30:00.000Z", 23.5],
    ["Asia/Kathmandu", "2026-03-29T12:00:00+05:45", "2026-03-28T18:15:00.000Z", 24],
  ])("guarantee G13: %s, the day of %s begins at its first instant and has %s to its end", (timeZone, noon, start, length) => {
    const day = windowOf(at(noon), { period: "daily", timeZone });
    expect([new Date(day.startMs).toISOString(), hours(day)]).toEqual([start, length]);
  });

  test("guarantee G13: the hour that comes twice counts in one day, both times", () => {
    const daily = { period: "daily", timeZone: "America/New_York" } as const;
    const first = windowOf(at("2026-11-01T01:30:00-04:00"), daily);
    const second = windowOf(at("2026-11-01T01:30:00-05:00"), daily);
    expect(second).toEqual(first);
  });

  test("guarantee G13: where the clock goes back over midnight, the days still follow each other", () => {
    // 00:01 became 23:01 of the day that had ended.
    const daily = { period: "daily", timeZone: "America/St_Johns" } as const;
    const sixth = windowOf(at("2010-11-06T12:00:00Z"), daily);
    const seventh = windowOf(sixth.endMs, daily);
    expect(shown(sixth)).toEqual(["2010-11-06T02:30:00.000Z", "2010-11-07T02:30:00.000Z"]);
    expect(seventh.startMs).toBe(sixth.endMs);
    for (const minutes of [0, 1, 30, 59, 61]) {
      // So that none is answered from memory.
      expect(windowOf(sixth.startMs, daily)).toEqual(sixth);
      expect(windowOf(sixth.endMs + minutes * 60_000, daily)).toEqual(seventh);
    }
  });

  test("guarantee G13: a day that a zone left out has no window, and a week that would begin with it begins a day later", () => {
    const timeZone = "Pacific/Apia";
    const before = windowOf(at("2011-12-29T12:00:00-10:00"), { period: "daily", timeZone });
    const after = windowOf(before.endMs, { period: "daily", timeZone });
    expect([naiveDay(before.startMs, timeZone), naiveDay(after.startMs, timeZone)]).toEqual(["2011-12-29", "2011-12-31"]);
    expect([hours(before), hours(after)]).toEqual([24, 24]);
    const weeks = { period: "weekly", weekStart: "friday", timeZone } as const;
    const short = windowOf(after.startMs, weeks);
    expect([naiveDay(short.startMs, timeZone), hours(short)]).toEqual(["2011-12-31", 6 * 24]);
    expect(windowOf(short.startMs - 1, weeks).endMs).toBe(short.startMs);
  });

  test("guarantee G13: Feb 29 and the year's end", () => {
    const window = (text: string, each: WindowRule["period"]): string[] =>
      shown(windowOf(at(text), { period: each as "daily" })).map((day) => day.slice(0, 10));
    expect(window("2028-02-29T23:59:59.999Z", "daily")).toEqual(["2028-02-29", "2028-03-01"]);
    expect(window("2028-02-10T00:00:00Z", "monthly")).toEqual(["2028-02-01", "2028-03-01"]);
    expect(window("2026-12-31T23:59:59.999Z", "monthly")).toEqual(["2026-12-01", "2027-01-01"]);
    expect(window("2026-12-31T23:59:59.999Z", "quarterly")).toEqual(["2026-10-01", "2027-01-01"]);
    expect(window("2026-12-31T23:59:59.999Z", "weekly")).toEqual(["2026-12-28", "2027-01-04"]);
    expect(window("2027-01-01T00:00:00.000Z", "yearly")).toEqual(["2027-01-01", "2028-01-01"]);
  });

  test("a fiscal year from 1 April has its quarters from there; weeks begin as told", () => {
    const fiscal = { yearStart: { month: 4, day: 1 } } as const;
    const days = (window: BudgetWindow): string[] => shown(window).map((text) => text.slice(0, 10));
    expect(days(windowOf(at("2026-03-31T23:59:59Z"), { period: "yearly", ...fiscal }))).toEqual(["2025-04-01", "2026-04-01"]);
    expect(days(windowOf(at("2026-03-31T23:59:59Z"), { period: "quarterly", ...fiscal }))).toEqual(["2026-01-01", "2026-04-01"]);
    const middle = { period: "quarterly", yearStart: { month: 2, day: 15 } } as const;
    expect(days(windowOf(at("2026-02-14T00:00:00Z"), middle))).toEqual(["2025-11-15", "2026-02-15"]);
    expect(days(windowOf(at("2026-02-15T00:00:00Z"), middle))).toEqual(["2026-02-15", "2026-05-15"]);
    // The year's first day has no say in months.
    expect(days(windowOf(at("2026-02-14T00:00:00Z"), { ...middle, period: "monthly" }))).toEqual(["2026-02-01", "2026-03-01"]);
    expect(days(windowOf(at("2026-05-20T00:00:00Z"), { period: "weekly" }))).toEqual(["2026-05-18", "2026-05-25"]);
    expect(days(windowOf(at("2026-05-20T00:00:00Z"), { period: "weekly", weekStart: "sunday" }))).toEqual(["2026-05-17", "2026-05-24"]);
  });

  test("lifetime is one window, and what holds it can't be changed by a caller", () => {
    const forever = windowOf(at("2026-01-01T00:00:00Z"), { period: "lifetime" });
    expect(forever).toEqual({ startMs: 0, endMs: 253_402_300_800_000 });
    forever.endMs = 1;
    expect(windowOf(0, { period: "lifetime" }).endMs).toBe(253_402_300_800_000);
    const day = windowOf(0, { period: "daily" });
    day.endMs += DAY_MS;
    expect(windowOf(0, { period: "daily" })).toEqual({ startMs: 0, endMs: DAY_MS });
  });

  test("guarantee G13: 5000 instants around midnights, each in exactly one window, which the naive implementation names too", () => {
    fc.assert(
      fc.property(nearMidnight, rule, (instantMs, calendar) => {
        const window = windowOf(instantMs, calendar);
        expect(holds(window, instantMs)).toBe(true);
        expect(windowOf(window.startMs - 1, calendar).endMs).toBe(window.startMs);
        expect(windowOf(window.endMs, calendar).startMs).toBe(window.endMs);
        const label = (ms: number): string => naiveLabel(naiveDay(ms, calendar.timeZone), calendar);
        expect(label(window.startMs)).toBe(label(instantMs));
        expect(label(window.endMs - 1)).toBe(label(instantMs));
        expect(label(window.startMs - 1)).not.toBe(label(instantMs));
        expect(label(window.endMs)).not.toBe(label(instantMs));
        expect(counterSpanOf(instantMs, calendar)).toEqual(window);
        expect(alertWindowOf(instantMs, calendar)).toEqual(window);
      }),
      { numRuns: 5000 },
    );
  });

  test("guarantee G13: what windows hold together is what was spent, in whatever order it is asked", () => {
    fc.assert(
      fc.property(
        fc.array(nearMidnight, { minLength: 1, maxLength: 50 }),
        fc.array(rule, { minLength: 1, maxLength: 3 }),
        (instants, rules) => {
          for (const calendar of rules) {
            const sums = new Map<number, number>();
            for (const ms of instants) {
              const { startMs } = windowOf(ms, calendar);
              sums.set(startMs, (sums.get(startMs) ?? 0) + 1);
            }
            const starts = [...sums.keys()].sort((a, b) => a - b);
            for (const startMs of starts) {
              const window = windowOf(startMs, calendar);
              expect(instants.filter((ms) => holds(window, ms)).length).toBe(sums.get(startMs));
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("a thousand rules in turn have the windows that each has alone", () => {
    const rules = Array.from({ length: 1100 }, (_, index) => ({
      period: "yearly" as const,
      yearStart: { month: (index % 12) + 1, day: (Math.floor(index / 12) % 28) + 1 },
      timeZone: ZONES[index % ZONES.length] as string,
    }));
    const instantMs = at("2026-06-15T12:00:00Z");
    const alone = rules.map((each) => windowOf(instantMs, each));
    expect(rules.map((each) => windowOf(instantMs, each))).toEqual(alone);
    expect(alone.every((window) => holds(window, instantMs))).toBe(true);
  });

  test("instants of the first day and of the year 9999 have windows too", () => {
    for (const instantMs of [0, 253_402_300_799_999]) {
      for (const timeZone of ["Pacific/Kiritimati", "America/New_York"]) {
        for (const each of PERIODS) expect(holds(windowOf(instantMs, { period: each, timeZone }), instantMs)).toBe(true);
      }
    }
  });
});

describe("sliding windows", () => {
  const windowMs = fc.oneof(fc.integer({ min: 1000, max: 200_000 }), fc.integer({ min: 1000, max: 366 * DAY_MS }));
  const instant = fc.integer({ min: 0, max: Date.UTC(2036, 0, 1) });

  test("whatever is younger than the window counts; whatever is a part older than the window does not", () => {
    fc.assert(
      fc.property(windowMs, instant, fc.double({ min: 0, max: 3, noNaN: true }), (length, nowMs, ages) => {
        const eventMs = nowMs - Math.floor(length * ages);
        const part = counterSpanOf(eventMs, { windowMs: length });
        const window = windowOf(nowMs, { windowMs: length });
        const counts = part.startMs >= window.startMs && part.endMs <= window.endMs;
        if (eventMs > nowMs - length) expect(counts).toBe(true);
        if (eventMs < nowMs - 61 * bucketMsOf(length)) expect(counts).toBe(false);
        // Never half of a part.
        expect(counts).toBe(part.startMs < window.endMs && part.endMs > window.startMs);
      }),
      { numRuns: 2000 },
    );
  });

  test("parts are aligned to the epoch, so every process cuts them alike, and sixty cover the window", () => {
    fc.assert(
      fc.property(windowMs, instant, (length, nowMs) => {
        const part = counterSpanOf(nowMs, { windowMs: length });
        expect(holds(part, nowMs)).toBe(true);
        expect([part.startMs % bucketMsOf(length), part.endMs - part.startMs]).toEqual([0, bucketMsOf(length)]);
        expect(60 * bucketMsOf(length)).toBeGreaterThanOrEqual(length);
        expect(60 * (bucketMsOf(length) - 1)).toBeLessThan(length);
        const window = windowOf(nowMs, { windowMs: length });
        expect((window.endMs - window.startMs) / bucketMsOf(length)).toBe(61);
        expect(window.endMs).toBe(part.endMs);
      }),
    );
  });

  test("alerts of a sliding window are armed anew by stretches of its length that follow each other", () => {
    fc.assert(
      fc.property(windowMs, instant, (length, nowMs) => {
        const stretch = alertWindowOf(nowMs, { windowMs: length });
        expect(holds(stretch, nowMs)).toBe(true);
        expect(stretch.endMs - stretch.startMs).toBe(length);
        expect(alertWindowOf(stretch.endMs, { windowMs: length }).startMs).toBe(stretch.endMs);
      }),
    );
  });
});
