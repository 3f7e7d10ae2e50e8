/** Do single events come at the same place of a period, as what a timer starts does? */

export interface EventRhythm {
  events: number;
  /** Length of the mean of the events' directions on the circle of the period: 1 where all come at one place, near 0 where none is preferred. */
  concentration: number;
  /** The place around which they come, in milliseconds after a multiple of the period since 1970; NaN without events. */
  phaseMs: number;
  /** How often as much concentration would come about if no place were preferred (Rayleigh). Events that follow from each other count as one. */
  p: number;
}

/**
 * Rayleigh's test of instants for one period. It knows no calendar: what comes at a local time moves by an hour twice a year, which a period of
 * an hour does not see.
 *
 * @example
 * ```ts
 * import { eventRhythm } from "tokenledger/analysis";
 * const nights = Array.from({ length: 14 }, (_, night) => night * 86_400_000 + 2 * 3_600_000);
 * eventRhythm(nights, 86_400_000).p < 1e-6; // => true
 * ```
 */
export function eventRhythm(instantsMs: ArrayLike<number>, periodMs: number): EventRhythm {
  let cosines = 0;
  let sines = 0;
  const events = instantsMs.length;
  for (let i = 0; i < events; i++) {
    // The rest first: the sine of a large angle has lost the digits that matter.
    const angle = (2 * Math.PI * ((instantsMs[i] as number) % periodMs)) / periodMs;
    cosines += Math.cos(angle);
    sines += Math.sin(angle);
  }
  if (events === 0) return { events, concentration: 0, phaseMs: Number.NaN, p: 1 };
  const length = Math.min(events, Math.hypot(cosines, sines));
  const turn = Math.atan2(sines, cosines) / (2 * Math.PI);
  return {
    events,
    concentration: length / events,
    phaseMs: (turn < 0 ? turn + 1 : turn) * periodMs,
    p: rayleighP(events, length),
  };
}

/** exp(−n·R̄²) of many events, right for few of them, too (Zar 1999, equation 27.4). */
function rayleighP(events: number, length: number): number {
  return Math.min(1, Math.exp(Math.sqrt(1 + 4 * events + 4 * (events * events - length * length)) - (1 + 2 * events)));
}
