export const DAY_MS = 86_400_000;

/** A day of UTC, counted since 1970, as it is written: `2026-05-01`. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
