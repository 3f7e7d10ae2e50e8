/** Time comes in as an argument, so that every rule about time can be tested without waiting. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /**
   * Milliseconds that only move forward, from an arbitrary start: for durations. A book compares those of several processes of one
   * machine, so the start must be the same in all of them: the machine's own.
   */
  monotonic(): number;
}

/**
 * On the clock that starts with the machine; `performance.now()` counts from the start of each process. Where there is no process, as
 * in a browser, there is no book to share either.
 */
const PROCESS_STARTED_MS = typeof process === "undefined" ? 0 : machineMs() - performance.now();

function machineMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1_000_000;
}

/** The end of the year 9999: from here on, instants have no RFC 3339 form. */
export const END_OF_TIME_MS = 253_402_300_800_000;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => PROCESS_STARTED_MS + performance.now(),
};
