/** The shapes of lines, areas and bars, drawn with any pen that a canvas's path understands. */
import type { StackedSpan } from "./stacking.ts";

export interface Pen {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  rect(x: number, y: number, width: number, height: number): void;
  roundRect(x: number, y: number, width: number, height: number, radii: number[]): void;
  arc(x: number, y: number, radius: number, startAngle: number, endAngle: number): void;
  closePath(): void;
}

/** From values to places on the canvas. */
export interface Projection {
  x(timeMs: number): number;
  y(value: number): number;
}

export interface Point {
  x: number;
  y: number;
}

/**
 * The runs of known values as points, in order. Where many values share a column of pixels, only the first, lowest,
 * highest and last are kept: the drawing is the same, and a year of hours costs no more than a month.
 */
export function runsOf(values: readonly (number | null)[], places: readonly number[], projection: Projection): Point[][] {
  const runs: Point[][] = [];
  let run: Point[] | undefined;
  let column: { x: number; first: number; low: number; high: number; last: number; lowIsFirst: boolean } | undefined;
  const flush = () => {
    if (!column || !run) return;
    const { x, first, low, high, last, lowIsFirst } = column;
    run.push({ x, y: first });
    for (const y of lowIsFirst ? [low, high] : [high, low]) if (y !== (run.at(-1) as Point).y) run.push({ x, y });
    if (last !== (run.at(-1) as Point).y) run.push({ x, y: last });
    column = undefined;
  };
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at];
    if (value === null || value === undefined || !Number.isFinite(value)) {
      flush();
      run = undefined;
      continue;
    }
    if (!run) {
      run = [];
      runs.push(run);
    }
    const x = projection.x(places[at] as number);
    const y = projection.y(value);
    if (!column || Math.floor(x) !== Math.floor(column.x)) {
      flush();
      column = { x, first: y, low: y, high: y, last: y, lowIsFirst: true };
      continue;
    }
    if (y < column.low) {
      column.low = y;
      column.lowIsFirst = false;
    }
    if (y > column.high) {
      column.high = y;
      column.lowIsFirst = true;
    }
    column.last = y;
  }
  flush();
  return runs;
}

/** A line through known values; one between two unknown ones is a dot, because it would be lost otherwise. */
export function drawLine(pen: Pen, runs: readonly Point[][], dotRadius: number): void {
  for (const [first, ...rest] of runs) {
    if (!first) continue;
    if (rest.length === 0) {
      pen.moveTo(first.x + dotRadius / 2, first.y);
      pen.arc(first.x, first.y, dotRadius / 2, 0, 2 * Math.PI);
      continue;
    }
    pen.moveTo(first.x, first.y);
    for (const { x, y } of rest) pen.lineTo(x, y);
  }
}

/** The surface between two edges that know the same times. A lone value gets the width of a dot. */
export function drawArea(pen: Pen, upper: readonly Point[][], lower: readonly Point[][], dotRadius: number): void {
  for (const [index, top] of upper.entries()) {
    const bottom = lower[index] ?? [];
    const first = top[0];
    const base = bottom[0];
    if (!first || !base) continue;
    if (top.length === 1 && bottom.length === 1) {
      pen.rect(first.x - dotRadius, Math.min(first.y, base.y), dotRadius * 2, Math.abs(base.y - first.y));
      continue;
    }
    pen.moveTo(first.x, first.y);
    for (const { x, y } of top.slice(1)) pen.lineTo(x, y);
    for (const { x, y } of [...bottom].reverse()) pen.lineTo(x, y);
    pen.closePath();
  }
}

export interface BarPlaces {
  times: readonly number[];
  ends: readonly number[];
  /** Which of how many bars beside each other. */
  slot: number;
  slots: number;
  /** Pixels of the canvas for each pixel of the page. */
  pixelRatio: number;
}

/** Bars from one edge of a span to the other. Only the end on which nothing stands is rounded. */
export function drawBars(pen: Pen, span: StackedSpan, places: BarPlaces, projection: Projection): void {
  const { times, ends, slot, slots, pixelRatio } = places;
  for (let at = 0; at < times.length; at += 1) {
    const from = span.from[at];
    const to = span.to[at];
    if (from === null || from === undefined || to === null || to === undefined || from === to) continue;
    const left = projection.x(times[at] as number);
    const room = projection.x(ends[at] as number) - left;
    const gap = room > 6 * pixelRatio ? Math.min(room * 0.26, 10 * pixelRatio) : room > 2 * pixelRatio ? pixelRatio * 0.75 : 0;
    const widest = 46 * pixelRatio * slots;
    const wide = Math.max(Math.min(room - gap, widest), Math.min(room, pixelRatio * 0.6));
    const width = wide / slots;
    const x = left + (room - wide) / 2 + slot * width;
    const start = projection.y(from);
    const end = projection.y(to);
    // What is more than nothing is seen, however little it is.
    const height = Math.max(Math.abs(end - start), pixelRatio * 0.75);
    const isUp = to >= from;
    const y = isUp ? start - height : start;
    const radius = span.outermost[at] ? Math.min(3 * pixelRatio, width / 3, height) : 0;
    const inner = slots > 1 ? width * 0.06 : 0;
    if (radius < 0.5) pen.rect(x + inner, y, width - 2 * inner, height);
    else pen.roundRect(x + inner, y, width - 2 * inner, height, isUp ? [radius, radius, 0, 0] : [0, 0, radius, radius]);
  }
}
