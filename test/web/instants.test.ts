import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addDays, daysBetween, distanceText, instantText, localDayOf, localDayText, timeText } from "../../web/src/format/instants.ts";

const day = fc
  .date({ min: new Date("2000-01-01T00:00:00Z"), max: new Date("2099-12-31T00:00:00Z"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

describe("times on the pages", () => {
  test("stand in the server's zone, whatever the browser's is", () => {
    const instant = "2026-03-29T00:30:00.000Z";
    expect(instantText(instant, "Europe/Berlin")).toBe("29 Mar 2026, 01:30:00");
    expect(timeText("2026-03-29T01:30:00.000Z", "Europe/Berlin")).toBe("03:30:00");
    expect(localDayOf(Date.parse("2026-05-01T23:30:00Z"), "Europe/Berlin")).toBe("2026-05-02");
    expect(localDayOf(Date.parse("2026-05-01T23:30:00Z"), "America/New_York")).toBe("2026-05-01");
    expect(localDayText("2026-05-12", true)).toBe("Tue, 12 May 2026");
  });

  test("days are counted by the calendar: forth and back is the same day, and lengths add up", () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -4_000, max: 4_000 }), (start, days) => {
        expect(addDays(addDays(start, days), -days)).toBe(start);
        if (days >= 0) expect(daysBetween(start, addDays(start, days))).toBe(days + 1);
      }),
    );
  });

  test.each([
    [-1, "now"],
    [-61_000, "1 minute ago"],
    [-7_300_000, "2 hours ago"],
    [200_000_000, "in 2 days"],
  ])("%d ms from now is %s", (ms, text) => {
    const nowMs = Date.parse("2026-05-01T00:00:00Z");
    expect(distanceText(nowMs + ms, nowMs)).toBe(text);
  });
});
