/** A line or bars so small that they stand in a row of a table, beside the figures they are about. */
import type { ReactNode } from "react";
import { type FormatValue, type SeriesColour, textOf } from "./series.ts";
import styles from "./sparkline.module.css";
import { sparklinePaths } from "./sparkline-paths.ts";

export interface SparklineProps {
  label: string;
  values: readonly (number | null)[];
  formatValue: FormatValue;
  kind?: "line" | "bars" | "area" | undefined;
  colour?: SeriesColour | undefined;
  width?: number | undefined;
  height?: number | undefined;
}

export function Sparkline({
  label,
  values,
  formatValue,
  kind = "line",
  colour = "accent",
  width = 120,
  height = 32,
}: SparklineProps): ReactNode {
  const { line, area, bars, last } = sparklinePaths(values, width, height);
  return (
    <svg
      className={styles.sparkline}
      data-colour={colour}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label={`${label}: ${sparklineText(values, formatValue)}`}
    >
      {kind === "bars" && bars.map((bar) => <rect key={bar.x} {...bar} rx={Math.min(1.5, bar.width / 3)} className={styles.block} />)}
      {kind === "area" && <path d={area} className={styles.area} />}
      {kind !== "bars" && <path d={line} className={styles.line} />}
      {kind !== "bars" && last && <circle cx={last.x} cy={last.y} r={2.25} className={styles.block} />}
    </svg>
  );
}

function sparklineText(values: readonly (number | null)[], format: FormatValue): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return "nothing is known";
  const [first, last] = [known[0], known.at(-1)];
  return `from ${textOf(first, null, format)} to ${textOf(last, null, format)}, lowest ${format(Math.min(...known))}, highest ${format(Math.max(...known))}`;
}
