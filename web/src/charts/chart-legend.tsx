/** The names of a chart's series; pressing one hides or shows it. */
import type { ReactNode } from "react";
import styles from "./chart-legend.module.css";
import { type ChartBand, type ChartSeries, colourOf, shapeOf } from "./series.ts";

export interface ChartLegendProps {
  series: readonly ChartSeries[];
  bands: readonly ChartBand[];
  hidden: ReadonlySet<string>;
  onToggle: (name: string) => void;
}

export function ChartLegend({ series, bands, hidden, onToggle }: ChartLegendProps): ReactNode {
  const entries = [
    ...series.map((each, index) => ({
      name: each.name,
      colour: colourOf(each, index),
      shape: shapeOf(each),
    })),
    ...bands.map((band, index) => ({ name: band.name, colour: colourOf(band, index), shape: "cone" })),
  ];
  return (
    <ul className={styles.legend} aria-label="Series shown">
      {entries.map(({ name, colour, shape }) => (
        <li key={`${shape} ${name}`}>
          <button type="button" className={styles.entry} aria-pressed={!hidden.has(name)} onClick={() => onToggle(name)}>
            <span className={styles.swatch} data-colour={colour} data-shape={shape} aria-hidden="true" />
            <span className={styles.name}>{name}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
