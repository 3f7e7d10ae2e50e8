/** Instants and days for people, in the zone in which the server cuts its days. */

const formats = new Map<string, Intl.DateTimeFormat>();

function format(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${timeZone} ${JSON.stringify(options)}`;
  let known = formats.get(key);
  if (known === undefined) {
    // Days in the order of their parts, as everywhere in TokenLedger; months by name, which nobody can misread.
    known = new Intl.DateTimeFormat("en-GB", { ...options, timeZone });
    formats.set(key, known);
  }
  return known;
}

/** `12 May 2026, 14:03:22`. */
export function instantText(instant: number | string, timeZone: string): string {
  return format(timeZone, {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).format(new Date(instant));
}

/** `14:03:22`. */
export function timeText(instant: number | string, timeZone: string): string {
  return format(timeZone, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(new Date(instant));
}

/** Of an instant: `12 May`, or with the year. */
export function dayText(instant: number | string, timeZone: string, withYear = false): string {
  return format(timeZone, { day: "numeric", month: "short", ...(withYear && { year: "numeric" }) }).format(new Date(instant));
}

/** Of a local day as the documents name it, `2026-05-12` → `Tue 12 May`. */
export function localDayText(day: string, withYear = false): string {
  return format("UTC", { weekday: "short", day: "numeric", month: "short", ...(withYear && { year: "numeric" }) }).format(
    new Date(`${day}T00:00:00Z`),
  );
}

/** The local day of an instant, `2026-05-12`. */
export function localDayOf(instantMs: number, timeZone: string): string {
  const parts = format(timeZone, { year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(new Date(instantMs));
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}`;
}

/** So many days later (or, below zero, before): days are counted by the calendar, whatever their length in hours. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How many days from the first to the last, both included. */
export function daysBetween(start: string, end: string): number {
  return Math.round((Date.parse(`${end}T00:00:00Z`) - Date.parse(`${start}T00:00:00Z`)) / DAY_MS) + 1;
}

const DAY_MS = 86_400_000;

/** `3 minutes ago`, `in 2 days`. */
export function distanceText(instant: number | string, nowMs: number): string {
  const ms = new Date(instant).getTime() - nowMs;
  const absolute = Math.abs(ms);
  const [size, unit] = UNITS.find(([unitMs]) => absolute >= unitMs) ?? [1_000, "second"];
  const amount = Math.floor(absolute / size);
  if (amount === 0) return "now";
  const words = `${amount} ${unit}${amount === 1 ? "" : "s"}`;
  return ms < 0 ? `${words} ago` : `in ${words}`;
}

const UNITS: readonly (readonly [number, string])[] = [
  [DAY_MS, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1_000, "second"],
];
