/** Instants of documents as local days and minutes, for people. */
import { offsetSpans } from "../../usage/index.ts";

/** Local times as if they were UTC: what calendars on screens are drawn from. In order, as the instants must be. */
export function localTimes(instants: readonly string[], timeZone: string): number[] {
  const times = instants.map((instant) => Date.parse(instant));
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return [];
  const spans = offsetSpans(first, last + 1, timeZone);
  let at = 0;
  return times.map((time) => {
    while (time >= (spans[at]?.endMs ?? Number.POSITIVE_INFINITY) && at < spans.length - 1) at++;
    return time + (spans[at]?.offsetMs ?? 0);
  });
}

/** `2026-05-01` */
export function localDay(instant: string, timeZone: string): string {
  return localMinute(instant, timeZone).slice(0, 10);
}

/** `2026-05-01 14:00` */
export function localMinute(instant: string, timeZone: string): string {
  return new Date(localTimes([instant], timeZone)[0] as number).toISOString().slice(0, 16).replace("T", " ");
}
