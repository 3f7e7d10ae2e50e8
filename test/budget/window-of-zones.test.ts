import { describe, expect, test } from "vitest";
import { type BudgetWindow, type WindowRule, windowOf } from "../../src/budget/index.ts";
import { STRANGE_ZONES } from "../usage/strange-zones.ts";
import { naiveDay, naiveLabel, naiveTransitions } from "./naive-windows.ts";

const ZONES = Intl.supportedValuesOf("timeZone");
const DAY_MS = 86_400_000;
const FIRST = Date.UTC(2020, 0, 1);
const LAST = Date.UTC(2036, 0, 1);
const FISCAL = { month: 4, day: 1 };

/**
 * Walks the rule's windows from one instant to another. Each is told by the naive implementation too, at its first instant, the one
 * before, and its last: what lies between could only differ where a clock is set, and there the walks of days look.
 */
function walk(rule: WindowRule & { timeZone: string }, fromMs: number, toMs: number): number {
  const label = (at: number): string => naiveLabel(naiveDay(at, rule.timeZone), rule);
  const wrong = (what: string, window: BudgetWindow): never => {
    throw new Error(
      `${what}: ${JSON.stringify(rule)} ${new Date(window.startMs).toISOString()} to ${new Date(window.endMs).toISOString()}`,
    );
  };
  let window = windowOf(fromMs, rule);
  if (fromMs < window.startMs || fromMs >= window.endMs) wrong("the window does not hold its instant", window);
  let walked = 0;
  for (; window.startMs < toMs; walked++) {
    const first = label(window.startMs);
    if (label(window.startMs - 1) === first) wrong("the window begins too late", window);
    if (label(window.endMs - 1) !== first) wrong("the window ends in another", window);
    const last = windowOf(window.endMs - 1, rule);
    if (last.startMs !== window.startMs || last.endMs !== window.endMs) wrong("its last instant has another window", window);
    const next = windowOf(window.endMs, rule);
    if (next.startMs !== window.endMs || next.endMs <= next.startMs) wrong("the next window does not begin where it ends", window);
    window = next;
  }
  return walked;
}

describe("guarantee G13: in every zone, every instant lies in exactly one window", () => {
  test.each([
    ["monthly", undefined],
    ["quarterly", undefined],
    ["yearly", undefined],
    ["quarterly", FISCAL],
    ["yearly", FISCAL],
  ] as const)("%s windows, year start %j: all zones, 2020 to 2035", { timeout: 120_000 }, (period, yearStart) => {
    const expected = { monthly: 192, quarterly: 64, yearly: 16 }[period];
    for (const timeZone of ZONES) {
      const walked = walk({ period, timeZone, ...(yearStart && { yearStart }) }, FIRST, LAST);
      expect(walked).toBeGreaterThanOrEqual(expected);
      expect(walked).toBeLessThanOrEqual(expected + 2);
    }
  });

  test("days and weeks around every clock change of all zones, 2020 to 2035", { timeout: 120_000 }, () => {
    let changes = 0;
    for (const timeZone of ZONES) {
      for (const atMs of naiveTransitions(timeZone, FIRST, LAST)) {
        changes++;
        walk({ period: "daily", timeZone }, atMs - DAY_MS, atMs + DAY_MS);
        walk({ period: "weekly", timeZone, weekStart: "sunday" }, atMs - 7 * DAY_MS, atMs);
      }
    }
    // Half of all zones set their clocks twice a year.
    expect(changes).toBeGreaterThan(3000);
  });

  test("weeks from Monday: every zone whose clock changes differ, 2020 to 2035", { timeout: 120_000 }, () => {
    const alike = new Map(ZONES.map((zone) => [naiveTransitions(zone, FIRST, LAST).join(), zone]));
    expect(alike.size).toBeGreaterThan(30);
    for (const timeZone of alike.values()) expect(walk({ period: "weekly", timeZone }, FIRST, LAST)).toBeGreaterThanOrEqual(835);
  });

  test("every single day, 2020 to 2035, in zones with odd days", { timeout: 120_000 }, () => {
    for (const timeZone of STRANGE_ZONES) expect(walk({ period: "daily", timeZone }, FIRST, LAST)).toBeGreaterThanOrEqual(5844);
  });
});
