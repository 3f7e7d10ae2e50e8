/** Hours of the day across, days of the week down: the darker, the more. */
import type { ScreenStyle } from "./answer.ts";

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const SHADES = ["░", "▒", "▓", "█"] as const;
const HOURS = 24;
const GUTTER = 5;

/**
 * Empty where the screen has no room, or nothing was spent. Each shade holds a quarter of the hours that cost something,
 * so that one dear hour does not make all others pale.
 *
 * @param cells by weekday from Monday, then by hour; null where nothing is known
 */
export function heatMap(
  cells: readonly (readonly (number | null)[])[],
  style: ScreenStyle,
  options: { amountText: (value: number) => string },
): string {
  const bounds = quarters(cells.flat().filter((value): value is number => value !== null && value > 0 && Number.isFinite(value)));
  const cellWidth = style.width >= GUTTER + 2 * HOURS ? 2 : 1;
  if (bounds.length === 0 || style.width < GUTTER + cellWidth * HOURS) return "";
  const paints = [style.dim, (text: string) => text, style.warn, style.bad];
  const rows = cells.map((row, day) => {
    const shown = row.map((value) => {
      if (value === null || !Number.isFinite(value)) return " ".repeat(cellWidth);
      if (value <= 0) return style.dim("·".padEnd(cellWidth));
      const level = levelOf(value, bounds);
      return (paints[level] as (text: string) => string)((SHADES[level] as string).repeat(cellWidth));
    });
    return `${(WEEKDAYS[day] ?? "").padEnd(GUTTER)}${shown.join("")}`.trimEnd();
  });
  const hours = hourLine(cellWidth);
  return `${style.dim(hours)}\n${rows.join("\n")}\n${legend(bounds, style, options.amountText)}`;
}

function hourLine(cellWidth: number): string {
  const step = cellWidth === 2 ? 3 : 6;
  let line = " ".repeat(GUTTER);
  for (let hour = 0; hour < HOURS; hour += step) line = line.padEnd(GUTTER + hour * cellWidth) + String(hour).padStart(2, "0");
  return line;
}

/** The upper bounds of the shades. */
function quarters(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return [];
  return SHADES.map((_, i) => sorted[Math.ceil(((i + 1) * sorted.length) / SHADES.length) - 1] as number);
}

function levelOf(value: number, bounds: readonly number[]): number {
  const level = bounds.findIndex((bound) => value <= bound);
  return level < 0 ? bounds.length - 1 : level;
}

/** Shades that stand for the same amount are told once. */
function legend(bounds: readonly number[], style: ScreenStyle, amountText: (value: number) => string): string {
  const entries = bounds.flatMap((bound, i) => (i > 0 && bounds[i - 1] === bound ? [] : [`${SHADES[i]} to ${amountText(bound)}`]));
  const lines: string[] = [];
  for (const entry of ["· nothing", ...entries]) {
    const longer = lines.length > 0 ? `${lines.at(-1)}   ${entry}` : undefined;
    if (longer !== undefined && GUTTER + longer.length <= style.width) lines[lines.length - 1] = longer;
    else lines.push(entry);
  }
  return lines.map((line) => `${style.dim(`${" ".repeat(GUTTER)}${line}`)}\n`).join("");
}
