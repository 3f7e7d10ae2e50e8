/** Values over time: lines, areas and bars, cones, limits and marks; read by pointer, touch and keyboard. */
import { type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { ChartFrame, FigureTable } from "./chart-frame.tsx";
import { ChartLegend } from "./chart-legend.tsx";
import { ChartReadout } from "./chart-readout.tsx";
import { type ChartBand, type ChartLimit, type ChartMark, type ChartSeries, type FormatValue, textOf } from "./series.ts";
import { type Bucket, bucketAt, bucketText } from "./time-axis.ts";
import styles from "./time-chart.module.css";
import { timeModel } from "./time-model.ts";
import type { PlotArea } from "./time-plot.ts";
import { useTimePlot, useWidth } from "./use-time-plot.ts";
import { Value } from "./value.tsx";

export interface TimeChartProps {
  /** The chart's accessible name. */
  label: string;
  /** The beginnings of the buckets, in milliseconds. */
  times: readonly number[];
  bucket: Bucket;
  timeZone: string;
  series: readonly ChartSeries[];
  bands?: readonly ChartBand[] | undefined;
  limits?: readonly ChartLimit[] | undefined;
  marks?: readonly ChartMark[] | undefined;
  onSelectMark?: ((mark: ChartMark) => void) | undefined;
  now?: number | undefined;
  formatValue: FormatValue;
  /** Shorter texts for the axis. */
  formatTick?: ((value: number) => string) | undefined;
  height?: number | undefined;
  /** Charts with the same key share the cursor and the width of their axes. */
  syncKey?: string | undefined;
  /** Told the span that was dragged over, from the beginning of a bucket to the end of one. */
  onSelectRange?: ((startMs: number, endMs: number) => void) | undefined;
  /** The scale may begin above zero; for lines only. */
  withoutZero?: boolean | undefined;
  hideLegend?: boolean | undefined;
}

const NONE: readonly never[] = [];

export function TimeChart(properties: TimeChartProps): ReactNode {
  const { label, times, bucket, timeZone, series, formatValue, marks = NONE, bands = NONE, limits = NONE, height = 260 } = properties;
  const { now, withoutZero = false, syncKey, onSelectRange, onSelectMark } = properties;
  const formatTick = properties.formatTick ?? formatValue;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [index, setIndex] = useState<number | null>(null);
  const [anchor, setAnchor] = useState<number | null>(null);
  const [area, setArea] = useState<PlotArea | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const model = useMemo(
    () =>
      timeModel(
        { times, bucket, timeZone, series, bands, limits, now, withoutZero, formatValue },
        hidden,
        height < 150 ? 2 : height < 230 ? 3 : 4,
      ),
    [times, bucket, timeZone, series, bands, limits, now, withoutZero, formatValue, hidden, height],
  );

  const canDraw = width > 0 && times.length > 0;
  const events = {
    pointed: setIndex,
    areaChanged: (next: PlotArea) => setArea((before) => (before && sameArea(before, next) ? before : next)),
    rangeSelected: onSelectRange,
  };
  const plot = useTimePlot(box, canDraw, model, { width, height, syncKey, formatTick }, events);

  const at = index !== null && index < times.length ? index : null;
  const move = (next: number, extend: boolean) => {
    const clamped = Math.max(0, Math.min(times.length - 1, next));
    setAnchor(extend && onSelectRange ? (anchor ?? at ?? clamped) : null);
    plot.current?.pointAt(clamped);
  };
  const pressed = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.round(times.length / 10));
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -page, PageUp: page };
    const step = steps[event.key];
    if (step !== undefined) move(at === null ? (step < 0 ? times.length - 1 : 0) : at + step, event.shiftKey);
    else if (event.key === "Home") move(0, event.shiftKey);
    else if (event.key === "End") move(times.length - 1, event.shiftKey);
    else if (event.key === "Escape") {
      setAnchor(null);
      plot.current?.pointAt(null);
    } else if (event.key === "Enter" && anchor !== null && at !== null) {
      const [first, last] = [Math.min(anchor, at), Math.max(anchor, at)];
      setAnchor(null);
      onSelectRange?.(times[first] as number, model.ends[last] as number);
    } else return;
    event.preventDefault();
  };

  const shown = series.map((each, place) => ({ each, place })).filter(({ each }) => !hidden.has(each.name));
  const left = at === null || !area ? 0 : area.left + shareOf(model.middles[at] as number, model) * area.width;
  return (
    <ChartFrame label={label} table={() => <TimeTable {...{ label, times, bucket, timeZone, series, bands, formatValue }} />}>
      <div className={styles.chart} style={{ height }} role="img" aria-label={`${label}. ${summaryText(properties)}`}>
        <div ref={box} className={styles.plot} />
      </div>
      <div className={styles.overlay} style={{ height, marginTop: -height }}>
        {times.length === 0 && <p className={styles.empty}>Nothing was recorded in this period.</p>}
        {area && canDraw && (
          <>
            {anchor !== null && at !== null && (
              <Selection area={area} model={model} first={Math.min(anchor, at)} last={Math.max(anchor, at)} />
            )}
            <div
              className={styles.reader}
              style={{ left: area.left, top: area.top, width: area.width, height: area.height }}
              role="slider"
              tabIndex={0}
              aria-label={`${label}: read values${onSelectRange ? "; Shift and arrows choose a span, Enter shows it" : ""}`}
              aria-valuemin={0}
              aria-valuemax={times.length - 1}
              aria-valuenow={at ?? times.length - 1}
              aria-valuetext={readText(at ?? times.length - 1, properties)}
              onKeyDown={pressed}
              onBlur={() => plot.current?.pointAt(null)}
            />
            {at !== null &&
              shown.map(({ each, place }) => each.kind !== "bars" && <Dot key={each.name} {...{ area, model, at, place, left }} />)}
            {marks.map((mark, place) => (
              <Mark key={mark.id ?? `${mark.timeMs} ${place}`} {...{ mark, area, model }} onSelect={onSelectMark} />
            ))}
            {at !== null && <ChartReadout {...{ at, left, area, model, marks }} />}
          </>
        )}
      </div>
      {!properties.hideLegend && (
        <ChartLegend
          series={series}
          bands={bands}
          hidden={hidden}
          onToggle={(name) => {
            const next = new Set(hidden);
            if (!next.delete(name)) next.add(name);
            setHidden(next);
          }}
        />
      )}
    </ChartFrame>
  );
}

type Model = ReturnType<typeof timeModel>;

function sameArea(one: PlotArea, other: PlotArea): boolean {
  return one.left === other.left && one.top === other.top && one.width === other.width && one.height === other.height;
}

/** How far an instant is from the left edge, as a share of the plot's width. */
function shareOf(instantMs: number, { times, ends }: Model): number {
  const [startMs, endMs] = [times[0] ?? 0, ends.at(-1) ?? 1];
  return (instantMs - startMs) / (endMs - startMs || 1);
}

function heightOf(value: number, { scale }: Model): number {
  return (scale.high - value) / (scale.high - scale.low || 1);
}

function Dot({ area, model, at, place, left }: { area: PlotArea; model: Model; at: number; place: number; left: number }): ReactNode {
  const value = model.spans[place]?.to[at];
  if (value === null || value === undefined) return null;
  return <span className={styles.dot} style={{ left, top: area.top + heightOf(value, model) * area.height }} aria-hidden="true" />;
}

function Selection({ area, model, first, last }: { area: PlotArea; model: Model; first: number; last: number }): ReactNode {
  const start = shareOf(model.times[first] as number, model) * area.width;
  const end = shareOf(model.ends[last] as number, model) * area.width;
  return <div className={styles.selection} style={{ left: area.left + start, width: end - start, top: area.top, height: area.height }} />;
}

interface MarkProps {
  mark: ChartMark;
  area: PlotArea;
  model: Model;
  onSelect: ((mark: ChartMark) => void) | undefined;
}

/** A mark stands on the highest line of its bucket. */
function Mark({ mark, area, model, onSelect }: MarkProps): ReactNode {
  const at = bucketAt(mark.timeMs, model.times, model.ends);
  if (at < 0) return null;
  const values = model.spans.flatMap(({ to }, place) => (model.hidden.has(model.series[place]?.name ?? "") ? [] : [to[at] ?? null]));
  const highest = values.reduce<number | null>((high, value) => (value !== null && (high === null || value > high) ? value : high), null);
  const place = {
    left: area.left + shareOf(model.middles[at] as number, model) * area.width,
    top: area.top + heightOf(highest ?? model.scale.low, model) * area.height,
  };
  const name = `${bucketText(model.times[at] as number, model.bucket, model.timeZone)}: ${mark.label}`;
  return (
    <button
      type="button"
      className={styles.mark}
      data-tone={mark.tone}
      style={place}
      aria-label={name}
      title={name}
      onClick={() => onSelect?.(mark)}
    />
  );
}

function readText(at: number, { times, bucket, timeZone, series, formatValue }: TimeChartProps): string {
  const start = times[at];
  if (start === undefined) return "";
  const values = series.map(({ name, values, exact }) => `${name} ${textOf(values[at], exact?.[at], formatValue)}`);
  return `${bucketText(start, bucket, timeZone)}: ${values.join(", ")}`;
}

function summaryText({ times, bucket, timeZone, series }: TimeChartProps): string {
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return "No values.";
  const names = series.map(({ name }) => name).join(", ");
  return `${names}; by ${bucket}, ${bucketText(first, bucket, timeZone)} to ${bucketText(last, bucket, timeZone)}, ${timeZone}.`;
}

type TimeTableProps = Pick<TimeChartProps, "label" | "times" | "bucket" | "timeZone" | "series" | "formatValue"> & {
  bands: readonly ChartBand[];
};

function TimeTable({ label, times, bucket, timeZone, series, bands, formatValue }: TimeTableProps): ReactNode {
  const columns = [
    ...series.map(({ name, values, exact }) => ({ name, values, exact })),
    ...bands.flatMap(({ name, low, high }) => [
      { name: `${name}, low`, values: low, exact: undefined },
      { name: `${name}, high`, values: high, exact: undefined },
    ]),
  ];
  return (
    <FigureTable
      label={label}
      headings={[`${HEADINGS[bucket]} (${timeZone})`, ...columns.map(({ name }) => name)]}
      rowCount={times.length}
      rowHeading={(row) => bucketText(times[row] as number, bucket, timeZone)}
      cell={(row, column) => <Value value={columns[column]?.values[row]} exact={columns[column]?.exact?.[row]} format={formatValue} />}
    />
  );
}

const HEADINGS: Record<Bucket, string> = { hour: "Hour", day: "Day", week: "Week", month: "Month" };
