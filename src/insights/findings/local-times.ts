/** Days and hours as sentences name them, in a zone. */
import { offsetSpans } from "../../usage/index.ts";

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
export const WEEKDAYS: readonly string[] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

function localOf(atMs: number, timeZone: string): Date {
  return new Date(atMs + (offsetSpans(atMs, atMs + 1, timeZone)[0]?.offsetMs ?? 0));
}

/** `27 May`, with the year where it is not that of `nowMs`. */
export function dayText(atMs: number, timeZone: string, nowMs: number): string {
  const [date, now] = [localOf(atMs, timeZone), localOf(nowMs, timeZone)];
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  return date.getUTCFullYear() === now.getUTCFullYear() ? day : `${day} ${date.getUTCFullYear()}`;
}

/** `27 May at 14:00`. */
export function hourText(atMs: number, timeZone: string, nowMs: number): string {
  return `${dayText(atMs, timeZone, nowMs)} at ${localOf(atMs, timeZone).toISOString().slice(11, 16)}`;
}
