/** Panels of curves above each other over one axis of time, with the range of each beside it. */
import { brailleLines, type Curve } from "./braille-lines.ts";
import type { TableStyle } from "./table.ts";
import { timeAxis } from "./time-axis.ts";

export interface Panel {
  title: string;
  curves: readonly Curve[];
  rows: number;
  /** The lowest and the highest value that the picture has room for; absent: those of the curves. */
  range?: readonly [number, number];
  /** Values that must be in the picture, such as 0 or a limit. */
  include?: readonly number[];
  /** Styles a curve, by its place among the curves. */
  paint?: (text: string, curve: number) => string;
}

/** A file or a pipe has no width, a chart does. */
const WIDEST = 100;
const NARROWEST_CURVE = 12;

/**
 * The chart's text, or nothing where the screen has no room for one, or no value is known.
 *
 * @param options.localMs local times of the values, for the axis
 * @param options.amountText how a panel's highest and lowest value are written
 */
export function lineChart(
  panels: readonly Panel[],
  style: TableStyle,
  options: { localMs: readonly number[]; amountText: (value: number) => string },
): string {
  const ranged = panels.map((panel) => ({ panel, range: rangeOf(panel) }));
  if (ranged.some(({ range }) => range === undefined)) return "";
  const labels = ranged.map(({ range }) => (range as [number, number]).map(options.amountText) as [string, string]);
  const zero = options.amountText(0);
  const gutter = Math.max(...[zero, ...labels.flat()].map((label) => label.length));
  const columns = Math.min(WIDEST, style.width) - gutter - 2;
  if (columns < NARROWEST_CURVE) return "";
  const lines = ranged.flatMap(({ panel, range }, index) => {
    const [low, high] = range as [number, number];
    const drawn = brailleLines(panel.curves, { columns, rows: panel.rows, low, high }, panel.paint);
    const [lowLabel, highLabel] = labels[index] as [string, string];
    const labelOf = (row: number): string => {
      if (low === high) return row === panel.rows >> 1 ? highLabel : "";
      if (row === 0) return highLabel;
      if (row === panel.rows - 1) return lowLabel;
      return row === zeroRow(low, high, panel.rows) ? zero : "";
    };
    return [
      style.bold(panel.title.slice(0, columns + gutter + 2)),
      ...drawn.map((text, row) => `${style.dim(`${labelOf(row).padStart(gutter)} ┤`)}${text}`.trimEnd()),
    ];
  });
  const axis = timeAxis(options.localMs, columns);
  return `${lines.join("\n")}\n${axis === "" ? "" : `${style.dim(" ".repeat(gutter + 2) + axis)}\n`}`;
}

/** The line in which 0 stands, where it is within the range. */
function zeroRow(low: number, high: number, rows: number): number | undefined {
  return low < 0 && high > 0 ? Math.round((high / (high - low)) * (rows * 4 - 1)) >> 2 : undefined;
}

function rangeOf({ curves, range, include = [] }: Panel): [number, number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let known = false;
  const take = (value: number): void => {
    low = Math.min(low, value);
    high = Math.max(high, value);
  };
  for (const { values } of curves) {
    for (const value of values) {
      if (value === null || !Number.isFinite(value)) continue;
      known = true;
      take(value);
    }
  }
  if (!known) return undefined;
  if (range) return [range[0], range[1]];
  include.forEach(take);
  return [low, high];
}
