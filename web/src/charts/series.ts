/** What all charts are told: series of values, their colours, and how a value is written. */

/** One of the eight colours of series, or a role. */
export type SeriesColour = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | "other" | "muted" | "accent";

export type Tone = "good" | "warning" | "serious" | "critical" | "neutral";

/**
 * Writes a value for people. `exact` is the decimal text of the answer where the chart was given one:
 * money is written from it, never from the binary number.
 */
export type FormatValue = (value: number, exact?: string) => string;

export interface ChartSeries {
  name: string;
  /** One for each of `times`; null is unknown, which is drawn as a gap and never as zero. */
  values: readonly (number | null)[];
  /** The exact decimal texts of `values`, for the readout, the table and `<data value>`. */
  exact?: readonly (string | null)[];
  kind: "line" | "area" | "bars";
  /** Without one, series take the eight colours in turn. */
  colour?: SeriesColour;
  dashed?: boolean;
  /** Stands on the stacked series before it; areas and bars only. */
  stacked?: boolean;
}

/** A span of values at each time, as the cone of a forecast. */
export interface ChartBand {
  name: string;
  low: readonly (number | null)[];
  high: readonly (number | null)[];
  colour?: SeriesColour;
}

/** A level across the whole chart, as a budget's amount. */
export interface ChartLimit {
  name: string;
  value: number;
  exact?: string;
  tone?: Tone;
}

/** A moment worth a look, as an anomaly: a button on the line. */
export interface ChartMark {
  timeMs: number;
  label: string;
  tone: Tone;
  /** Told to `onSelectMark`; without one, the mark's place in the list. */
  id?: string;
}

/** The colour of the series at `index`, where it names none. */
export function colourOf(series: { colour?: SeriesColour }, index: number): SeriesColour {
  return series.colour ?? (((index % 8) + 1) as SeriesColour);
}

/** What stands for a series in keys to the picture. */
export function shapeOf({ kind, dashed }: Pick<ChartSeries, "kind" | "dashed">): "line" | "dashed" | "block" {
  if (kind !== "line") return "block";
  return dashed ? "dashed" : "line";
}

/** The custom property of a colour, as `--series-1`. */
export function propertyOf(colour: SeriesColour | Tone): string {
  if (typeof colour === "number" || colour === "other") return `--series-${colour}`;
  if (colour === "muted" || colour === "neutral") return "--text-muted";
  return `--${colour}`;
}

/** What stands where a value is unknown. */
export const UNKNOWN_TEXT = "unknown";

/** The text of one value of a series. */
export function textOf(value: number | null | undefined, exact: string | null | undefined, format: FormatValue): string {
  if (value === null || value === undefined) return UNKNOWN_TEXT;
  return exact === null || exact === undefined ? format(value) : format(value, exact);
}
