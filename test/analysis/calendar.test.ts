import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  calendarOf,
  DAY_MS,
  HOUR_MS,
  hourAndDayTypeSlots,
  hourOfWeekSlots,
  MINUTE_MS,
  weekdaySlots,
} from "../../src/analysis/series/calendar.ts";
import { AnalysisInputError } from "../../src/errors.ts";

const names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** Bucket by bucket through Intl, nothing remembered. */
function naive(instantMs: number, timeZone: string): { hour: number; weekday: number } {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone, weekday: "short", hour: "2-digit", hourCycle: "h23" }).formatToParts(
    instantMs,
  );
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? "";
  return { hour: Number(part("hour")), weekday: names.indexOf(part("weekday")) };
}

describe("the calendar of buckets", () => {
  test("without a start, bucket 0 is Monday 00:00", () => {
    const { hour, weekday } = calendarOf(200, { bucketMs: HOUR_MS });
    expect([hour[0], weekday[0], hour[23], weekday[23], hour[24], weekday[24], weekday[167], weekday[168]]).toEqual([
      0, 0, 23, 0, 0, 1, 6, 0,
    ]);
    expect([...calendarOf(8, { bucketMs: DAY_MS }).weekday]).toEqual([0, 1, 2, 3, 4, 5, 6, 0]);
    expect([...weekdaySlots(calendarOf(3, { bucketMs: 12 * HOUR_MS })).slot]).toEqual([0, 0, 1]);
  });

  test("hours are the zone's on both sides of a clock change", () => {
    const start = Date.UTC(2026, 2, 8, 5); // New York: midnight; at 02:00 the clocks go to 03:00.
    const { hour } = calendarOf(24, { bucketMs: HOUR_MS, start, timeZone: "America/New_York" });
    expect([...hour.slice(0, 5)]).toEqual([0, 1, 3, 4, 5]);
    const back = calendarOf(5, { bucketMs: HOUR_MS, start: Date.UTC(2026, 10, 1, 4), timeZone: "America/New_York" });
    expect([...back.hour]).toEqual([0, 1, 1, 2, 3]);
  });

  test("days that begin at local midnight keep their weekday through a year of clock changes", () => {
    for (const [month, timeZone, utcHour] of [
      [0, "Europe/Berlin", -1],
      [6, "Europe/Berlin", -2],
      [6, "America/New_York", 4],
    ] as const) {
      const start = Date.UTC(2026, month, 5 + 1, utcHour);
      const first = naive(start, timeZone).weekday;
      const { weekday } = calendarOf(400, { bucketMs: DAY_MS, start, timeZone });
      expect([...weekday]).toEqual(Array.from({ length: 400 }, (_, i) => (first + i) % 7));
    }
  });

  test("agrees with asking for every bucket, in any zone, with buckets of any length up to hours", () => {
    const zones = [
      "UTC",
      "Europe/Berlin",
      "America/St_Johns",
      "Asia/Kathmandu",
      "Africa/Casablanca",
      "Australia/Lord_Howe",
      "Pacific/Apia",
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(1972, 0, 1) / MINUTE_MS, max: Date.UTC(2035, 0, 1) / MINUTE_MS }),
        fc.constantFrom(5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS),
        fc.integer({ min: 0, max: 700 }),
        (timeZone, startMinute, bucketMs, length) => {
          const start = startMinute * MINUTE_MS;
          const calendar = calendarOf(length, { bucketMs, start, timeZone });
          for (let i = 0; i < length; i += 7) {
            const expected = naive(start + i * bucketMs, timeZone);
            expect({ hour: calendar.hour[i], weekday: calendar.weekday[i] }).toEqual(expected);
          }
        },
      ),
      { numRuns: 60, seed: 5 },
    );
  });

  test("slots: hours of the week, and hours of working days and weekends", () => {
    const calendar = calendarOf(168, { bucketMs: HOUR_MS });
    expect([...hourOfWeekSlots(calendar).slot]).toEqual(Array.from({ length: 168 }, (_, i) => i));
    const { slot, count } = hourAndDayTypeSlots(calendar);
    expect([slot[0], slot[25], slot[5 * 24], slot[167], count]).toEqual([0, 1, 24, 47, 48]);
  });

  test.each([
    [{ bucketMs: 0 }, /bucketMs: 0 is not the length/],
    [{ bucketMs: Number.NaN }, /bucketMs/],
    [{ bucketMs: HOUR_MS, start: Number.POSITIVE_INFINITY }, /start: .*is not an instant/],
    [{ bucketMs: HOUR_MS, start: 9e15 }, /start/],
    [{ bucketMs: HOUR_MS, timeZone: "Mars/Phobos" }, /timeZone: "Mars\/Phobos" is not a time zone/],
  ])("refuses %j", (options, message) => {
    expect(() => calendarOf(3, options)).toThrow(AnalysisInputError);
    expect(() => calendarOf(3, options)).toThrow(message);
  });
});
