/** The pictures of an analysis: the series taken apart, and the hours of the week. */
import type { AnalysisDocument } from "../../insights/index.ts";
import type { ScreenStyle } from "../printing/answer.ts";
import { heatMap } from "../printing/heat-map.ts";
import { lineChart, type Panel } from "../printing/line-chart.ts";
import { roughText } from "./amounts.ts";
import { localTimes } from "./local-text.ts";

const FEWEST_BUCKETS = 4;

/** Spending with its trend, oscillation and noise above each other: the last two and the trend add up to the first. */
export function componentsChart(document: AnalysisDocument, style: ScreenStyle): string {
  const { values, trend, oscillation, noise } = document.total.components;
  const spending = values.map(Number);
  if (spending.length < FEWEST_BUCKETS || spending.every((value) => value === 0)) return "";
  const what = document.unit === "usd" ? "spending" : "tokens";
  const panels: Panel[] = [
    {
      title: `${what} by ${document.bucket}, and the trend through it`,
      curves: [{ values: spending }, { values: trend.map(Number) }],
      rows: 6,
      include: [0],
      paint: (text, curve) => (curve === 0 ? style.dim(text) : style.good(text)),
    },
    { title: "oscillation: what comes again and again", curves: [{ values: oscillation.map(Number) }], rows: 4, include: [0] },
    { title: "noise: the rest", curves: [{ values: noise.map(Number) }], rows: 4, include: [0] },
  ];
  return lineChart(panels, style, {
    localMs: localTimes(document.buckets, document.range.tz),
    amountText: (value) => roughText(value, document.unit),
  });
}

export function weekMap({ heat_map: cells, unit }: AnalysisDocument, style: ScreenStyle): string {
  if (cells === null) return "";
  const map = heatMap(
    cells.map((row) => row.map((cell) => (cell === null ? null : Number(cell)))),
    style,
    { amountText: (value) => roughText(value, unit) },
  );
  return map === "" ? "" : `${style.bold("a usual week, hour by hour")}\n${map}`;
}
