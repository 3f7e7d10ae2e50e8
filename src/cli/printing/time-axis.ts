/** Dates below a chart: as many as fit, at the beginnings of hours, days, weeks, months or years. */

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const TICK = "╵";
const GAP = 1;

type LabelOf = (localMs: number) => string | undefined;

const dayLabel = (localMs: number): string => {
  const date = new Date(localMs);
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}`;
};

const dayOfTime = (localMs: number): number => Math.floor(localMs / DAY_MS);
/** 1970 began on a Thursday: its first Monday was the fifth. */
const weekOf = (localMs: number): number => Math.floor((localMs - 4 * DAY_MS) / (7 * DAY_MS));
const monthOf = (localMs: number): number => new Date(localMs).getUTCFullYear() * 12 + new Date(localMs).getUTCMonth();

const everyHours = (hours: number): LabelOf => {
  const stepMs = hours * HOUR_MS;
  return (localMs) => {
    const ofDayMs = Math.floor(((localMs % DAY_MS) + DAY_MS) % DAY_MS);
    if (ofDayMs < HOUR_MS) return dayLabel(localMs);
    return ofDayMs % stepMs < HOUR_MS ? `${String(Math.floor(ofDayMs / HOUR_MS)).padStart(2, "0")}:00` : undefined;
  };
};
const everyMonths =
  (months: number): LabelOf =>
  (localMs) => {
    const month = monthOf(localMs);
    if (month % months !== 0) return undefined;
    return month % 12 === 0 ? String(month / 12) : MONTHS[month % 12];
  };

/** From the finest: what a tick is the beginning of, and how it is written. */
const LEVELS: readonly { unitOf: (localMs: number) => number; labelOf: LabelOf }[] = [
  ...[1, 3, 6, 12].map((hours) => ({ unitOf: (localMs: number) => Math.floor(localMs / HOUR_MS), labelOf: everyHours(hours) })),
  ...[1, 2, 3].map((days) => ({
    unitOf: dayOfTime,
    labelOf: ((localMs) => (dayOfTime(localMs) % days === 0 ? dayLabel(localMs) : undefined)) satisfies LabelOf,
  })),
  ...[1, 2, 4].map((weeks) => ({
    unitOf: weekOf,
    labelOf: ((localMs) => (weekOf(localMs) % weeks === 0 ? dayLabel(localMs) : undefined)) satisfies LabelOf,
  })),
  ...[1, 3, 12, 60, 120, 600, 1200, 12_000].map((months) => ({ unitOf: monthOf, labelOf: everyMonths(months) })),
];

/**
 * One line of at most `columns` characters; empty where not even one date fits.
 *
 * @param localMs the local time of each value, as if it were UTC; the first stands at the left edge, the last at the right one
 */
export function timeAxis(localMs: readonly number[], columns: number): string {
  for (const { unitOf, labelOf } of LEVELS) {
    const line = axisLine(ticksOf(localMs, columns, unitOf, labelOf), columns);
    if (line) return line;
  }
  const first = localMs[0];
  return first === undefined ? "" : (axisLine([{ column: 0, label: dayLabel(first) }], columns) ?? "");
}

interface Tick {
  column: number;
  label: string;
}

function ticksOf(localMs: readonly number[], columns: number, unitOf: (localMs: number) => number, labelOf: LabelOf): Tick[] {
  const ticks: Tick[] = [];
  const last = Math.max(1, localMs.length - 1);
  localMs.forEach((time, i) => {
    const previous = localMs[i - 1];
    // What begins before the first value has no beginning in the picture, but for the first value's own day or hour.
    const begins = previous === undefined ? time % DAY_MS === 0 : unitOf(previous) !== unitOf(time);
    const label = begins ? labelOf(time) : undefined;
    if (label !== undefined && (previous !== undefined || startsUnit(time, unitOf)))
      ticks.push({ column: Math.round((i * (columns * 2 - 1)) / last) >> 1, label });
  });
  return ticks;
}

const startsUnit = (time: number, unitOf: (localMs: number) => number): boolean => unitOf(time - 1) !== unitOf(time);

/** Undefined where the labels don't fit; one at the right edge that would be cut is left out. */
function axisLine(ticks: readonly Tick[], columns: number): string | undefined {
  let line = "";
  for (const { column, label } of ticks) {
    if (column + TICK.length + label.length > columns) continue;
    if (line !== "" && column < line.length + GAP) return undefined;
    line = line.padEnd(column) + TICK + label;
  }
  return line === "" ? undefined : line;
}
