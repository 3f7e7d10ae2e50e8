/** Windows as people write them. */

const UNITS_MS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/** A window's length as a configuration has it: in the largest unit that divides it. */
export function durationText(durationMs: number): string {
  const [unit, lengthMs] = UNITS_MS.find(([, each]) => durationMs % each === 0) ?? ["ms", 1];
  return `${durationMs / lengthMs}${unit}`;
}

/** The month and day with which years begin, as a configuration has them. */
export function yearStartText({ month, day }: { month: number; day: number }): string {
  return [month, day].map((part) => String(part).padStart(2, "0")).join("-");
}
