/** The values of the bucket under the cursor, as text. */
import type { ReactNode } from "react";
import swatches from "./chart-legend.module.css";
import styles from "./chart-readout.module.css";
import { type ChartMark, colourOf, type SeriesColour, shapeOf } from "./series.ts";
import { bucketText } from "./time-axis.ts";
import type { TimeModel } from "./time-model.ts";
import type { PlotArea } from "./time-plot.ts";
import { Value } from "./value.tsx";

export interface ChartReadoutProps {
  at: number;
  /** Where the cursor stands, in pixels of the chart's box. */
  left: number;
  area: PlotArea;
  model: TimeModel;
  marks: readonly ChartMark[];
}

export function ChartReadout({ at, left, area, model, marks }: ChartReadoutProps): ReactNode {
  const { times, ends, bucket, timeZone, series, bands, hidden, formatValue } = model;
  const start = times[at] as number;
  const end = ends[at] as number;
  const isAtRight = left > area.left + area.width / 2;
  const edge = isAtRight ? { right: `calc(100% - ${left - 12}px)` } : { left: left + 12 };
  return (
    <div className={styles.readout} style={{ ...edge, top: area.top }}>
      <p className={styles.time}>{bucketText(start, bucket, timeZone)}</p>
      <dl className={styles.values}>
        {/* The stack's highest first, as it stands in the picture. */}
        {series
          .map((each, index) => ({ ...each, colour: colourOf(each, index), shape: shapeOf(each) }))
          .filter(({ name }) => !hidden.has(name))
          .reverse()
          .map(({ name, colour, shape, values, exact }) => (
            <ReadoutRow key={name} name={name} colour={colour} shape={shape}>
              <Value value={values[at]} exact={exact?.[at]} format={formatValue} />
            </ReadoutRow>
          ))}
        {bands
          .map((band, index) => ({ ...band, colour: colourOf(band, index) }))
          .filter(({ name, low, high }) => !hidden.has(name) && low[at] != null && high[at] != null)
          .map(({ name, low, high, colour }) => (
            <ReadoutRow key={name} name={name} colour={colour} shape="cone">
              <Value value={low[at]} format={formatValue} /> – <Value value={high[at]} format={formatValue} />
            </ReadoutRow>
          ))}
      </dl>
      {marks
        .filter(({ timeMs }) => timeMs >= start && timeMs < end)
        .map(({ label, timeMs, tone }) => (
          <p key={`${timeMs} ${label}`} className={styles.mark} data-tone={tone}>
            {label}
          </p>
        ))}
    </div>
  );
}

interface ReadoutRowProps {
  name: string;
  colour: SeriesColour;
  shape: string;
  children: ReactNode;
}

function ReadoutRow({ name, colour, shape, children }: ReadoutRowProps): ReactNode {
  return (
    <div className={styles.row}>
      <dt>
        <span className={swatches.swatch} data-colour={colour} data-shape={shape} aria-hidden="true" />
        <span className={styles.name}>{name}</span>
      </dt>
      <dd>{children}</dd>
    </div>
  );
}
