import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { offsetAt } from "../../../src/zone-offset.ts";
import { bucketAt, bucketEnd, bucketEnds, bucketText, instantOf, timeTicks } from "../../../web/src/charts/time-axis.ts";

const HOUR_MS = 3_600_000;
const ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"];
const zone = fc.constantFrom(...ZONES);
const instant = fc.integer({ min: Date.parse("2000-01-01T00:00:00Z"), max: Date.parse("2036-01-01T00:00:00Z") });
const at = (text: string) => Date.parse(text);

describe("buckets in a time zone", () => {
  it("end after 23 and 25 hours on the days when the clock changes", () => {
    expect(bucketEnd(at("2026-03-28T23:00:00Z"), "day", "Europe/Berlin")).toBe(at("2026-03-29T22:00:00Z"));
    expect(bucketEnd(at("2026-10-24T22:00:00Z"), "day", "Europe/Berlin")).toBe(at("2026-10-25T23:00:00Z"));
    expect(bucketEnd(at("2026-02-28T23:00:00Z"), "month", "Europe/Berlin")).toBe(at("2026-03-31T22:00:00Z"));
    expect(bucketEnd(at("2026-03-22T23:00:00Z"), "week", "Europe/Berlin")).toBe(at("2026-03-29T22:00:00Z"));
  });

  it("end where the next one begins, and after a gap at their own length", () => {
    const times = [at("2026-03-01T00:00:00Z"), at("2026-03-02T00:00:00Z"), at("2026-03-05T00:00:00Z")];
    expect(bucketEnds(times, "day", "UTC")).toEqual([times[1], at("2026-03-03T00:00:00Z"), at("2026-03-06T00:00:00Z")]);
  });

  it("hold their beginning and not their end", () => {
    const [times, ends] = [
      [0, 10, 30],
      [10, 20, 40],
    ];
    expect([-1, 0, 9, 10, 20, 30, 39, 40].map((each) => bucketAt(each, times, ends))).toEqual([-1, 0, 0, 1, -1, 2, 2, -1]);
  });

  it("are told in words, and the hour that comes twice by its offset", () => {
    expect(bucketText(at("2026-03-02T23:00:00Z"), "day", "Europe/Berlin")).toBe("Tue 3 Mar 2026");
    expect(bucketText(at("2026-03-03T13:00:00Z"), "hour", "Europe/Berlin")).toBe("Tue 3 Mar 2026, 14:00");
    expect(bucketText(at("2026-10-25T00:00:00Z"), "hour", "Europe/Berlin")).toBe("Sun 25 Oct 2026, 02:00 (UTC+02:00)");
    expect(bucketText(at("2026-10-25T01:00:00Z"), "hour", "Europe/Berlin")).toBe("Sun 25 Oct 2026, 02:00 (UTC+01:00)");
  });
});

describe("the instant of a clock's reading", () => {
  it("shows that reading again, unless the clock jumps over it", () => {
    fc.assert(
      fc.property(instant, zone, (instantMs, timeZone) => {
        const whole = Math.floor(instantMs / 1000) * 1000;
        const localMs = whole + offsetAt(whole, timeZone);
        const found = instantOf(localMs, timeZone);
        expect(found + offsetAt(found, timeZone)).toBe(localMs);
        expect(found).toBeLessThanOrEqual(whole);
      }),
    );
  });

  it("is the first after the jump where there is none", () => {
    expect(instantOf(Date.UTC(2026, 2, 29, 2, 30), "Europe/Berlin")).toBe(at("2026-03-29T01:00:00Z"));
  });
});

describe("ticks of time", () => {
  it("stand at midnights of the zone over a change of the clock", () => {
    const ticks = timeTicks(at("2026-03-27T23:00:00Z"), at("2026-03-31T22:00:00Z"), "Europe/Berlin", "day", 8);
    expect(ticks.map(({ atMs, label }) => [new Date(atMs).toISOString(), label])).toEqual([
      ["2026-03-27T23:00:00.000Z", "28 Mar"],
      ["2026-03-28T23:00:00.000Z", "29 Mar"],
      ["2026-03-29T22:00:00.000Z", "30 Mar"],
      ["2026-03-30T22:00:00.000Z", "31 Mar"],
    ]);
  });

  it("name the year where it begins", () => {
    const ticks = timeTicks(at("2025-10-01T00:00:00Z"), at("2026-04-01T00:00:00Z"), "UTC", "month", 8);
    expect(ticks.map(({ label }) => label)).toEqual(["Oct 2025", "Nov", "Dec", "2026", "Feb", "Mar"]);
  });

  it("lie within the span, in order, and are few", () => {
    const bucket = fc.constantFrom("hour" as const, "day" as const, "week" as const, "month" as const);
    fc.assert(
      fc.property(
        instant,
        fc.integer({ min: 1, max: 24 * 900 }),
        zone,
        bucket,
        fc.integer({ min: 2, max: 12 }),
        (startMs, hours, timeZone, each, maximum) => {
          const endMs = startMs + hours * HOUR_MS;
          const ticks = timeTicks(startMs, endMs, timeZone, each, maximum);
          expect(ticks.length).toBeLessThanOrEqual(maximum * 1.3 + 3);
          for (const [index, { atMs }] of ticks.entries()) {
            expect(atMs).toBeGreaterThanOrEqual(startMs);
            expect(atMs).toBeLessThan(endMs);
            if (index > 0) expect(atMs).toBeGreaterThan(ticks[index - 1].atMs);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
