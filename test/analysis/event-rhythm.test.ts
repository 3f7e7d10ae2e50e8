import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventRhythm } from "../../src/analysis/index.ts";
import { seededRandom } from "../../src/analysis/statistics/random.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 2026-06-01. */
const START_MS = Date.UTC(2026, 5, 1);

/** Event by event with complex numbers, and the series for p of Greenwood and Durand (1955). */
function naive(instants: readonly number[], periodMs: number): { concentration: number; p: number } {
  const n = instants.length;
  let re = 0;
  let im = 0;
  for (const instant of instants) {
    const share = (instant % periodMs) / periodMs;
    re += Math.cos(2 * Math.PI * share) / n;
    im += Math.sin(2 * Math.PI * share) / n;
  }
  const concentration = Math.sqrt(re * re + im * im);
  const z = n * concentration * concentration;
  return { concentration, p: Math.exp(-z) * (1 + (2 * z - z * z) / (4 * n)) };
}

describe("what a timer starts is told from what comes at any time", () => {
  test("without a preferred place, no more claims than the level allows", () => {
    const random = seededRandom(7);
    for (const events of [5, 20, 200]) {
      let claims = 0;
      for (let run = 0; run < 4000; run++) {
        const instants = Array.from({ length: events }, () => START_MS + Math.floor(random() * 56 * DAY_MS));
        if (eventRhythm(instants, HOUR_MS).p < 0.01) claims++;
      }
      // One of a hundred, and three standard errors.
      expect(claims).toBeLessThanOrEqual(60);
      expect(claims).toBeGreaterThanOrEqual(20);
    }
  });

  test("a nightly job shows, with its minute", () => {
    const random = seededRandom(3);
    const nights = Array.from({ length: 28 }, (_, night) => START_MS + night * DAY_MS + 2 * HOUR_MS + 5 * 60_000 + random() * 60_000);
    for (const period of [DAY_MS, HOUR_MS]) {
      const { p, concentration, phaseMs } = eventRhythm(nights, period);
      expect(p).toBeLessThan(1e-9);
      expect(concentration).toBeGreaterThan(0.99);
      expect(Math.abs(phaseMs - ((2 * HOUR_MS + 5.5 * 60_000) % period))).toBeLessThan(60_000);
    }
  });

  test("it agrees with a second account of the formula", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4_000_000_000_000 }), { minLength: 30, maxLength: 300 }), (instants) => {
        const ours = eventRhythm(instants, DAY_MS);
        const theirs = naive(instants, DAY_MS);
        expect(ours.concentration).toBeCloseTo(theirs.concentration, 9);
        expect(Math.abs(ours.p - theirs.p)).toBeLessThan(0.02);
      }),
      { numRuns: 100 },
    );
  });

  test("moving all events by one amount moves the phase and nothing else", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1e12 }), { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 0, max: DAY_MS }),
        (instants, move) => {
          const before = eventRhythm(instants, DAY_MS);
          const after = eventRhythm(
            instants.map((instant) => instant + move),
            DAY_MS,
          );
          expect(after.concentration).toBeCloseTo(before.concentration, 9);
          expect(after.p).toBeCloseTo(before.p, 6);
          expect(after.phaseMs).toBeGreaterThanOrEqual(0);
          expect(after.phaseMs).toBeLessThanOrEqual(DAY_MS);
        },
      ),
    );
  });

  test("no events have no rhythm, and one event proves nothing", () => {
    expect(eventRhythm([], DAY_MS)).toEqual({ events: 0, concentration: 0, phaseMs: Number.NaN, p: 1 });
    expect(eventRhythm([START_MS], DAY_MS).p).toBeGreaterThan(0.3);
  });
});
