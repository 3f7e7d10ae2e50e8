/** How much of a budget is spent, and where the spending leads before its period ends. */
import { type ReactNode, useMemo } from "react";
import type { Zone } from "../parts/zone-badge.tsx";
import type { ChartMark, ChartSeries, FormatValue, SeriesColour, Tone } from "./series.ts";
import type { Bucket } from "./time-axis.ts";
import { TimeChart } from "./time-chart.tsx";

export interface BurnDownProps {
  label: string;
  times: readonly number[];
  bucket: Bucket;
  timeZone: string;
  /** Summed since the period began; null after now. */
  spent: readonly (number | null)[];
  spentExact?: readonly (string | null)[] | undefined;
  limit: { name: string; value: number; exact?: string; tone?: Tone } | null;
  /** Summed likewise; null where the past is known. */
  forecast?: { p10: readonly (number | null)[]; p50: readonly (number | null)[]; p90: readonly (number | null)[] } | undefined;
  zone?: Zone | undefined;
  now?: number | undefined;
  /** When the limit is expected to be reached. */
  exhaustedAtMs?: number | undefined;
  formatValue: FormatValue;
  formatTick?: ((value: number) => string) | undefined;
  height?: number | undefined;
}

const TONES: Record<Zone, Tone> = { green: "good", yellow: "warning", orange: "serious", red: "critical" };

export function BurnDown(properties: BurnDownProps): ReactNode {
  const { spent, spentExact, forecast, limit, zone, exhaustedAtMs, height = 220, ...others } = properties;
  const tone = zone ? TONES[zone] : "neutral";
  const series = useMemo((): ChartSeries[] => {
    const lines: ChartSeries[] = [
      { name: "Spent", values: spent, ...(spentExact && { exact: spentExact }), kind: "area", colour: "accent" },
    ];
    if (forecast) lines.push({ name: "Expected (P50)", values: forecast.p50, kind: "line", dashed: true, colour: "accent" });
    return lines;
  }, [spent, spentExact, forecast]);
  const bands = useMemo(
    () => (forecast ? [{ name: "P10 to P90", low: forecast.p10, high: forecast.p90, colour: "accent" as SeriesColour }] : []),
    [forecast],
  );
  const limits = useMemo(() => (limit ? [{ ...limit, tone: limit.tone ?? tone }] : []), [limit, tone]);
  const marks = useMemo(
    (): ChartMark[] =>
      exhaustedAtMs === undefined ? [] : [{ timeMs: exhaustedAtMs, label: "The limit is expected to be reached here", tone }],
    [exhaustedAtMs, tone],
  );
  return <TimeChart {...others} series={series} bands={bands} limits={limits} marks={marks} height={height} />;
}
