/** The pictures of an analysis: the series taken apart, and the hours of the week. */
import type { AnalysisDocument } from "../../insights/index.ts";
import type { ScreenStyle } from "../printing/answer.ts";
import { heatMap } from "../printing/heat-map.ts";
import { lineChart, type Panel } from "../printing/line-chart.ts";
import { roughText } from "./amounts.ts";
import { localTimes } from "./local-text.ts";

const FEWEST_BUCKETS = 4;

/**
 * Spending with its trend, oscillation and noise above each other: the last two and the trend add up to the first. Single values far
 * beyond all others are cut off, for else nothing but them would show.
 */
export function componentsChart(document: AnalysisDocument, style: ScreenStyle): string {
  const { components } = document.total;
  const [values, trend, oscillation, noise] = [components.values, components.trend, components.oscillation, components.noise].map((part) =>
    part.map(Number),
  ) as [number[], number[], number[], number[]];
  if (values.length < FEWEST_BUCKETS || values.every((value) => value === 0)) return "";
  const what = document.unit === "usd" ? "spending" : "tokens";
  const amountText = (value: number): string => roughText(value, document.unit);
  // What could not be told from chance is not drawn either.
  const isTold = document.total.insufficient === null;
  const panels: Panel[] = [
    {
      ...cutOff(`${what} by ${document.bucket}${isTold ? ", and the trend through it" : ""}`, values, amountText),
      curves: [{ values }, ...(isTold ? [{ values: trend }] : [])],
      rows: 6,
      paint: (text, curve) => (curve === 0 ? style.dim(text) : style.good(text)),
    },
    { ...cutOff("oscillation: what comes again and again", oscillation, amountText), curves: [{ values: oscillation }], rows: 4 },
    { ...cutOff("noise: the rest", noise, amountText), curves: [{ values: noise }], rows: 4 },
  ];
  return lineChart(isTold ? panels : panels.slice(0, 1), style, { localMs: localTimes(document.buckets, document.range.tz), amountText });
}

/** So many of a thousand values, at each end, may be beyond the picture. */
const CUT_PER_MILLE = 10;
/** They are, where they lie so many times as far out as the last of the others. */
const FAR_OUT = 3;

/** A panel's title and range, with 0 in it. */
function cutOff(title: string, values: readonly number[], amountText: (value: number) => string): Pick<Panel, "title" | "range"> {
  const sorted = [...values].sort((a, b) => a - b);
  const beyond = Math.ceil((sorted.length * CUT_PER_MILLE) / 1000);
  const [lowest, highest] = [Math.min(0, sorted[0] as number), Math.max(0, sorted.at(-1) as number)];
  const low = Math.min(0, sorted[beyond] ?? lowest);
  const high = Math.max(0, sorted.at(-1 - beyond) ?? highest);
  const range: [number, number] = [low < 0 && lowest < FAR_OUT * low ? low : lowest, high > 0 && highest > FAR_OUT * high ? high : highest];
  const ends = [
    ...(range[1] < highest ? [`up to ${amountText(highest)}`] : []),
    ...(range[0] > lowest ? [`down to ${amountText(lowest)}`] : []),
  ];
  return { title: ends.length === 0 ? title : `${title} (cut off: ${ends.join(", ")})`, range };
}

export function weekMap({ heat_map: cells, unit, total }: AnalysisDocument, style: ScreenStyle): string {
  if (cells === null || total.insufficient !== null) return "";
  const map = heatMap(
    cells.map((row) => row.map((cell) => (cell === null ? null : Number(cell)))),
    style,
    { amountText: (value) => roughText(value, unit) },
  );
  return map === "" ? "" : `${style.bold("the average week, hour by hour")}\n${map}`;
}
