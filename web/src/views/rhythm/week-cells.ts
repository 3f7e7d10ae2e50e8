/** What each hour of each weekday costs: sums and means out of the series' own values, on the clock of the server's zone. */
import { divideHalfUp } from "../../../../src/money.ts";
import { offsetAt } from "../../../../src/zone-offset.ts";
import { type Amount, amountOf, amountText, type Unit, unitsOf } from "./amounts.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;

export interface WeekCell {
  /** How many such hours (or days) the series has; the hour that comes twice when clocks go back counts twice. */
  buckets: number;
  sum: Amount;
  /** Per hour (or day), rounded half up as the document's own; null where the range has none. */
  mean: Amount | null;
}

/** Monday first; 24 hours each, or where only days are known the day alone. */
export function weekCells(
  { buckets, values, bucket, unit }: { buckets: readonly string[]; values: readonly Amount[]; bucket: "hour" | "day"; unit: Unit },
  timeZone: string,
): WeekCell[][] {
  const width = bucket === "hour" ? 24 : 1;
  const cells = WEEKDAYS.map(() => Array.from({ length: width }, () => ({ count: 0n, sum: 0n })));
  for (const [index, start] of buckets.entries()) {
    const startMs = Date.parse(start);
    const localMs = startMs + offsetAt(startMs, timeZone);
    // 1970-01-01 was a Thursday.
    const weekday = (Math.floor(localMs / DAY_MS) + 3) % 7;
    const hour = bucket === "hour" ? Math.floor((localMs % DAY_MS) / HOUR_MS) : 0;
    const cell = (cells[weekday] as { count: bigint; sum: bigint }[])[hour] as { count: bigint; sum: bigint };
    cell.count += 1n;
    cell.sum += unitsOf(values[index] as Amount, unit);
  }
  return cells.map((row) =>
    row.map(({ count, sum }) => ({
      buckets: Number(count),
      sum: amountOf(sum, unit),
      mean: count === 0n ? null : amountOf(divideHalfUp(sum, count), unit),
    })),
  );
}

export function cellText(cell: WeekCell, weekday: number, hour: number | undefined, unit: Unit): string {
  const when = `${WEEKDAYS[weekday]}${hour === undefined ? "s" : `, ${String(hour).padStart(2, "0")}:00`}`;
  if (cell.mean === null) return `${when}: none in these days`;
  const what = hour === undefined ? "day" : "hour";
  const many = cell.buckets === 1 ? `one ${what}` : `${cell.buckets} ${what}s`;
  return `${when}: ${amountText(cell.mean, unit)} on average, ${amountText(cell.sum, unit)} together (${many})`;
}
