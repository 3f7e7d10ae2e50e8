import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dayOf, localDayStart, offsetSpans, parseDay, resolveTimeZone } from "../../src/usage/index.ts";
import { STRANGE_ZONES } from "./strange-zones.ts";

const DAY_MS = 86_400_000;
const zone = fc.constantFrom(...STRANGE_ZONES);
const instant = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2030, 0, 1) });

/** The second, naive implementation: ask the runtime's own formatter. */
function naiveDay(instantMs: number, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(instantMs);
}

describe("local days", () => {
  test("an instant's day is the one its zone's calendar shows", () => {
    fc.assert(fc.property(instant, zone, (at, timeZone) => dayOf(at, timeZone) === naiveDay(at, timeZone)));
  });

  test("a day begins at its first instant: the one before belongs to an earlier day", () => {
    fc.assert(
      fc.property(fc.integer({ min: 18_300, max: 21_900 }), zone, (dayNumber, timeZone) => {
        const dayMs = dayNumber * DAY_MS;
        const start = localDayStart(dayMs, timeZone);
        const name = new Date(dayMs).toISOString().slice(0, 10);
        expect(dayOf(start, timeZone)).toBe(name);
        expect(dayOf(start - 1, timeZone) < name).toBe(true);
      }),
    );
  });

  test("every instant lies in exactly one day", () => {
    fc.assert(
      fc.property(instant, zone, (at, timeZone) => {
        const dayMs = parseDay(dayOf(at, timeZone));
        expect(localDayStart(dayMs, timeZone)).toBeLessThanOrEqual(at);
        expect(localDayStart(dayMs + DAY_MS, timeZone)).toBeGreaterThan(at);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["2026-04-24", "Africa/Cairo", "2026-04-23T22:00:00.000Z"],
    ["2026-03-08", "America/Havana", "2026-03-08T05:00:00.000Z"],
    ["2026-09-06", "America/Santiago", "2026-09-06T04:00:00.000Z"],
    ["2026-03-29", "Asia/Beirut", "2026-03-28T22:00:00.000Z"],
    ["2026-03-29", "Atlantic/Azores", "2026-03-29T01:00:00.000Z"],
  ])("%s in %s has no midnight and begins at the clock change", (day, timeZone, expected) => {
    expect(new Date(localDayStart(parseDay(day), timeZone)).toISOString()).toBe(expected);
  });

  test("a day that clocks change on has 23 or 25 hours", () => {
    const hours = (day: string) =>
      (localDayStart(parseDay(day) + DAY_MS, "America/New_York") - localDayStart(parseDay(day), "America/New_York")) / 3_600_000;
    expect([hours("2026-03-08"), hours("2026-11-01"), hours("2026-06-01")]).toEqual([23, 25, 24]);
  });

  test("offset spans follow each other without a gap and agree with the zone at both ends", () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: 1, max: 900 }), zone, (startMs, days, timeZone) => {
        const endMs = startMs + days * DAY_MS;
        const spans = offsetSpans(startMs, endMs, timeZone);
        expect(spans[0]?.startMs).toBe(startMs);
        expect(spans.at(-1)?.endMs).toBe(endMs);
        for (const [index, span] of spans.entries()) {
          if (index > 0) expect(span.startMs).toBe(spans[index - 1]?.endMs);
          for (const at of [span.startMs, span.endMs - 1]) {
            expect(new Date(at + span.offsetMs).toISOString().slice(0, 10)).toBe(naiveDay(at, timeZone));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test.each(["2026-13-01", "2026-02-30", "31/01/2026", "0000-01-01", "-1", "now", ""])(
    "%j is not a day, and the message says what is",
    (text) => {
      expect(() => parseDay(text, "--start")).toThrow(/^--start .*YYYY-MM-DD/);
    },
  );

  test("guarantee G33: a zone keeps the name that was given, whichever name the runtime prefers", () => {
    for (const name of ["Asia/Kathmandu", "Asia/Katmandu", "Europe/Kyiv", "Europe/Kiev"]) expect(resolveTimeZone(name)).toBe(name);
    expect(resolveTimeZone("europe/berlin")).toBe("Europe/Berlin");
    expect(resolveTimeZone("Etc/UTC")).toBe("UTC");
  });

  test.each(["Mars/Phobos", "+25:00", ""])("%j is not a time zone", (name) => {
    expect(() => resolveTimeZone(name)).toThrow(/IANA/);
  });
});
