/**
 * Local time as a pure function of the instant and the zone: no reset jobs, no state.
 * A day is the span of instants whose local date it is; days have 23, 24, 25 hours or another length,
 * and need not begin at 00:00 (some zones change their clocks at midnight).
 */
import { InvalidInput, quoteValue } from "../errors.ts";
import { offsetAt } from "../zone-offset.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A stretch of time in which the zone keeps one offset from UTC. */
export interface OffsetSpan {
  startMs: number;
  endMs: number;
  /** Local time minus UTC, in milliseconds. */
  offsetMs: number;
}

/**
 * The zone in its usual spelling; without an argument, the system's own. A second name of a zone is kept, because runtimes
 * disagree about which name is the first.
 *
 * @throws InvalidInput for a name that is no IANA zone.
 * @example
 * ```ts
 * import { resolveTimeZone } from "tokenledger";
 * resolveTimeZone("America/New_York"); // => "America/New_York"
 * ```
 */
export function resolveTimeZone(name?: string): string {
  if (name === "UTC") return name;
  let zone: string | undefined;
  try {
    zone = new Intl.DateTimeFormat("en-US", name === undefined ? {} : { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    // Told below.
  }
  // The runtime has no name for a system's zone that it doesn't know.
  if (zone === undefined) {
    const meant = name === undefined ? "The system's time zone" : quoteValue(name);
    throw new InvalidInput(`${meant} is not a time zone; give an IANA name such as Europe/Berlin or UTC.`);
  }
  return name === undefined || zone === "UTC" || zone.toLowerCase() === name.toLowerCase() ? zone : name;
}

/**
 * The zone's offsets over `[startMs, endMs)`, in order and without gaps.
 *
 * @example
 * ```ts
 * import { offsetSpans } from "tokenledger";
 * offsetSpans(0, 86_400_000, "UTC"); // => [{ startMs: 0, endMs: 86400000, offsetMs: 0 }]
 * ```
 */
export function offsetSpans(startMs: number, endMs: number, timeZone: string): OffsetSpan[] {
  const spans: OffsetSpan[] = [{ startMs, endMs, offsetMs: offsetAt(startMs, timeZone) }];
  if (timeZone === "UTC") return spans;
  const lastMs = endMs - 1;
  for (let at = startMs; at < lastMs; ) {
    const next = Math.min(at + DAY_MS, lastMs);
    const span = spans.at(-1) as OffsetSpan;
    if (offsetAt(next, timeZone) === span.offsetMs) {
      at = next;
      continue;
    }
    // The offset changes at a whole second in (before, after]: halve until only one is left.
    let before = at;
    let after = next;
    while (after - before > 1000) {
      const middle = before + Math.floor((after - before) / 2000) * 1000;
      if (offsetAt(middle, timeZone) === span.offsetMs) before = middle;
      else after = middle;
    }
    const changeMs = Math.floor(after / 1000) * 1000;
    span.endMs = changeMs;
    spans.push({ startMs: changeMs, endMs, offsetMs: offsetAt(changeMs, timeZone) });
    at = changeMs;
  }
  return spans;
}

/**
 * `YYYY-MM-DD` → the UTC midnight of that date, as a plain day number in milliseconds.
 *
 * @throws InvalidInput for another form or a day that does not exist.
 */
export function parseDay(text: string, what = "day"): number {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const date = new Date(0);
  if (match) date.setUTCFullYear(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  if (!match || date.toISOString().slice(0, 10) !== text || match[1] === "0000") {
    throw new InvalidInput(`${what} ${quoteValue(text)} is not a day; give a date that exists, as YYYY-MM-DD.`);
  }
  return date.getTime();
}

/**
 * The first instant of a local day.
 *
 * @param dayMs the day as {@link parseDay} gives it
 * @example
 * ```ts
 * import { localDayStart, parseDay } from "tokenledger";
 * new Date(localDayStart(parseDay("2026-03-08"), "America/New_York")).toISOString(); // => "2026-03-08T05:00:00.000Z"
 * ```
 */
export function localDayStart(dayMs: number, timeZone: string): number {
  for (const span of offsetSpans(dayMs - 16 * HOUR_MS, dayMs + 40 * HOUR_MS, timeZone)) {
    const instantMs = Math.max(span.startMs, dayMs - span.offsetMs);
    if (instantMs < span.endMs) return instantMs;
  }
  throw new InvalidInput(`${new Date(dayMs).toISOString().slice(0, 10)} does not begin in ${timeZone}.`);
}

/**
 * The local date of an instant, as `YYYY-MM-DD`.
 *
 * @example
 * ```ts
 * import { dayOf } from "tokenledger";
 * dayOf(Date.parse("2026-03-01T04:30:00Z"), "America/New_York"); // => "2026-02-28"
 * ```
 */
export function dayOf(instantMs: number, timeZone: string): string {
  return new Date(instantMs + offsetAt(instantMs, timeZone)).toISOString().slice(0, 10);
}
