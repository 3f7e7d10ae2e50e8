/** What a time chart paints on its canvas besides uPlot's grid: cones, limits, now, and the series themselves. */
import uPlot from "uplot";
import { drawArea, drawBars, drawLine, type Projection, runsOf } from "./plot-paths.ts";
import { type ChartLimit, colourOf, propertyOf, textOf } from "./series.ts";
import { CHART_FONT, type ReadColour } from "./theme-colours.ts";
import type { TimeModel } from "./time-model.ts";

/** From milliseconds and values to pixels of the canvas. */
function projectionOf(plot: uPlot): Projection {
  const { left, top, width, height } = plot.bbox;
  const { min: firstMs = 0, max: lastMs = 1 } = plot.scales.x ?? {};
  const { min: low = 0, max: high = 1 } = plot.scales.y ?? {};
  const perMs = width / ((lastMs ?? 1) - (firstMs ?? 0) || 1);
  const perUnit = height / ((high ?? 1) - (low ?? 0) || 1);
  return {
    x: (timeMs) => left + (timeMs - (firstMs ?? 0)) * perMs,
    y: (value) => top + height - (value - (low ?? 0)) * perUnit,
  };
}

/** The paths of one series, in uPlot's form. */
export function seriesPaths(plot: uPlot, model: TimeModel, index: number): uPlot.Series.Paths | null {
  const series = model.series[index];
  const span = model.spans[index];
  if (!series || !span || model.hidden.has(series.name)) return null;
  const projection = projectionOf(plot);
  const ratio = uPlot.pxRatio;
  // No clip of gaps: the paths have none where nothing is known.
  const paths = { clip: null, flags: 3 };
  if (series.kind === "bars") {
    const fill = new Path2D();
    const { slot, slots } = model.slots[index] ?? { slot: 0, slots: 1 };
    drawBars(fill, span, { times: model.times, ends: model.ends, slot, slots, pixelRatio: ratio }, projection);
    return { ...paths, fill };
  }
  const upper = runsOf(span.to, model.middles, projection);
  const stroke = new Path2D();
  // Where several values share each pixel, the edge of a stacked area is its colour's end; a line there costs most of the drawing.
  if (!series.stacked || model.times.length < (plot.bbox.width / ratio) * 1.5) drawLine(stroke, upper, 2.5 * ratio);
  if (series.kind === "line") return { ...paths, stroke };
  const fill = new Path2D();
  drawArea(fill, upper, runsOf(span.from, model.middles, projection), 1.5 * ratio);
  return { ...paths, stroke, fill };
}

/** Cones lie under the lines. */
export function paintBands(plot: uPlot, model: TimeModel, colour: ReadColour): void {
  const projection = projectionOf(plot);
  const { ctx } = plot;
  for (const [index, band] of model.bands.entries()) {
    if (model.hidden.has(band.name)) continue;
    // Both edges are drawn only where both are known.
    const known = (edge: readonly (number | null)[]) =>
      edge.map((value, at) => (band.low[at] == null || band.high[at] == null ? null : value));
    const upper = runsOf(known(band.high), model.middles, projection);
    const lower = runsOf(known(band.low), model.middles, projection);
    const path = new Path2D();
    drawArea(path, upper, lower, 1.5 * uPlot.pxRatio);
    ctx.save();
    ctx.fillStyle = colour(propertyOf(colourOf(band, index)), 0.16);
    ctx.fill(path);
    ctx.restore();
  }
}

/** Limits and now lie over the lines, with their names beside them. */
export function paintLevels(plot: uPlot, model: TimeModel, colour: ReadColour): void {
  const { ctx } = plot;
  ctx.save();
  ctx.font = `500 ${11 * uPlot.pxRatio}px ${CHART_FONT}`;
  for (const limit of model.limits) paintLimit(plot, model, limit, colour);
  if (model.now !== undefined) paintNow(plot, model.now, colour);
  ctx.restore();
}

function paintLimit(plot: uPlot, { formatValue }: TimeModel, { name, value, exact, tone }: ChartLimit, colour: ReadColour): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  const y = Math.round(projectionOf(plot).y(value));
  const ink = colour(propertyOf(tone ?? "critical"));
  ctx.strokeStyle = ink;
  ctx.lineWidth = 1.25 * ratio;
  ctx.setLineDash([5 * ratio, 4 * ratio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  const isBelow = y - 16 * ratio < bbox.top;
  const place = { x: bbox.left + 4 * ratio, y: y + (isBelow ? 12 : -8) * ratio, align: "left" } as const;
  paintText(ctx, `${name} ${textOf(value, exact, formatValue)}`, place, ink, colour("--panel"));
}

function paintNow(plot: uPlot, nowMs: number, colour: ReadColour): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  const x = Math.round(projectionOf(plot).x(nowMs));
  if (x <= bbox.left || x >= bbox.left + bbox.width) return;
  ctx.strokeStyle = colour("--text-muted", 0.7);
  ctx.lineWidth = ratio;
  ctx.setLineDash([2 * ratio, 3 * ratio]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  const isAtRight = x > bbox.left + bbox.width - 30 * ratio;
  const place = { x: x + (isAtRight ? -4 : 4) * ratio, y: bbox.top + 6 * ratio, align: isAtRight ? "right" : "left" } as const;
  paintText(ctx, "now", place, colour("--text-muted"), colour("--panel"));
}

interface TextPlace {
  x: number;
  y: number;
  align: CanvasTextAlign;
}

function paintText(ctx: CanvasRenderingContext2D, text: string, { x, y, align }: TextPlace, ink: string, halo: string): void {
  ctx.save();
  ctx.setLineDash([]);
  ctx.textAlign = align;
  ctx.textBaseline = "middle";
  ctx.lineJoin = "round";
  ctx.lineWidth = 3 * uPlot.pxRatio;
  ctx.strokeStyle = halo;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = ink;
  ctx.fillText(text, x, y);
  ctx.restore();
}
