/** The shapes of a sparkline, as SVG writes them. */
import { type Point, runsOf } from "./plot-paths.ts";
import { valueScale } from "./value-axis.ts";

export interface SparklinePaths {
  line: string;
  area: string;
  bars: { x: number; y: number; width: number; height: number }[];
  last: Point | null;
}

/** Room for the line's own width and the dot at its end. */
const EDGE = 3;

export function sparklinePaths(values: readonly (number | null)[], width: number, height: number): SparklinePaths {
  const { low, high } = valueScale(values, 1000);
  const y = (value: number) => round(height - EDGE - ((value - low) / (high - low)) * (height - 2 * EDGE));
  const step = (width - 2 * EDGE) / Math.max(1, values.length - 1);
  const places = values.map((_, index) => index);
  const runs = runsOf(values, places, { x: (index) => round(EDGE + index * step), y });
  const segments = runs.map((run) => run.map((point) => `${point.x} ${point.y}`).join("L"));
  const slot = width / Math.max(1, values.length);
  return {
    // A lone value is drawn as a line of no length, which its round ends make a dot.
    line: segments.map((segment, index) => `M${segment}${runs[index]?.length === 1 ? "h0.01" : ""}`).join(""),
    area: segments.map((segment, index) => `M${runs[index]?.[0]?.x} ${y(0)}L${segment}L${runs[index]?.at(-1)?.x} ${y(0)}Z`).join(""),
    bars: values.flatMap((value, index) => {
      if (value === null || value === 0) return [];
      const [from, to] = [y(0), y(value)];
      const length = Math.max(1, Math.abs(from - to));
      return [
        {
          x: round(index * slot + slot * 0.14),
          y: value > 0 ? round(from - length) : from,
          width: round(slot * 0.72),
          height: round(length),
        },
      ];
    }),
    last: values.at(-1) === null ? null : (runs.at(-1)?.at(-1) ?? null),
  };
}

function round(length: number): number {
  return Math.round(length * 100) / 100;
}
