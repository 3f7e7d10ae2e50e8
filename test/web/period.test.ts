import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lastPeriod, namedPeriod } from "../../src/insights/period.ts";
import { anchorOf, daysBefore, daysMoved, daysOfPeriod, isDay, PERIODS, type PeriodName } from "../../web/src/question/period.ts";

const known = { anchor: "2026-05-12", first: "2025-11-03" };

describe("the periods of the pages", () => {
  test.each([
    ["today", "2026-05-12", "2026-05-12"],
    ["yesterday", "2026-05-11", "2026-05-11"],
    ["7d", "2026-05-06", "2026-05-12"],
    ["30d", "2026-04-13", "2026-05-12"],
    ["month", "2026-05-01", "2026-05-12"],
    ["last-month", "2026-04-01", "2026-04-30"],
    ["8w", "2026-03-18", "2026-05-12"],
    ["year", "2026-01-01", "2026-05-12"],
    ["all", "2025-11-03", "2026-05-12"],
  ] as const)("%s begins on %s and ends on %s", (name, start, end) => expect(daysOfPeriod(name, known)).toEqual({ start, end }));

  test("those that the command knows too mean the same days there", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000 }), (days) => {
        const nowMs = Date.parse("2020-01-01T12:00:00Z") + days * 86_400_000;
        const anchor = new Date(nowMs).toISOString().slice(0, 10);
        for (const words of ["7d", "8w", "90d"] as const) {
          const { start, end } = lastPeriod(words, nowMs, "UTC");
          expect(daysOfPeriod(words, { anchor, first: undefined })).toEqual({ start, end });
        }
        const { start } = namedPeriod("month", nowMs, "UTC");
        expect(daysOfPeriod("month", { anchor, first: undefined }).start).toBe(start);
      }),
      { numRuns: 50 },
    );
  });

  test("no period begins after its end, and what comes before is as long and ends where it begins", () => {
    for (const name of Object.keys(PERIODS) as PeriodName[]) {
      const days = daysOfPeriod(name, known);
      expect(days.start <= days.end).toBe(true);
      const before = daysBefore(days);
      expect(Date.parse(days.start) - Date.parse(before.end)).toBe(86_400_000);
      expect(Date.parse(before.end) - Date.parse(before.start)).toBe(Date.parse(days.end) - Date.parse(days.start));
    }
  });

  test("a book that ended long ago is looked at from its end; one that is in use, from today", () => {
    expect(anchorOf("2026-05-12", "2026-05-01")).toBe("2026-05-12");
    expect(anchorOf("2026-05-12", "2025-08-30")).toBe("2025-08-30");
    expect(anchorOf("2026-05-12", undefined)).toBe("2026-05-12");
    expect(anchorOf("2026-05-12", "2027-01-01")).toBe("2026-05-12");
  });

  test.each(["2026-02-30", "2026-13-01", "tomorrow", "", null, "2026-5-1"])("%s in an address is no day", (text) =>
    expect(isDay(text)).toBe(false),
  );

  test.each([
    ["a start before the end", { start: "2026-05-03" }, { start: "2026-05-03", end: "2026-05-09" }],
    ["a start behind the end", { start: "2026-05-20" }, { start: "2026-05-20", end: "2026-05-20" }],
    ["an end before the start", { end: "2026-05-01" }, { start: "2026-05-01", end: "2026-05-01" }],
    ["a day half typed", { end: "2026-05" }, undefined],
  ])("%s leaves days in order, or none", (_, moved, expected) =>
    expect(daysMoved({ start: "2026-05-05", end: "2026-05-09" }, moved)).toEqual(expected),
  );
});
