/** One uPlot and its life: made once for a form of chart, then given new figures, sizes and colours. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type GroupMember, joinGroup, othersOf, sharedAxisWidth } from "./plot-group.ts";
import { paintBands, paintLevels, seriesPaths } from "./plot-painting.ts";
import { colourOf, propertyOf } from "./series.ts";
import { CHART_FONT, type ReadColour, themeColours } from "./theme-colours.ts";
import { bucketAt, type TimeTick, timeTicks } from "./time-axis.ts";
import type { TimeModel } from "./time-model.ts";
import { valueTicks } from "./value-axis.ts";

/** Where the figures are drawn, in pixels of the chart's box. */
export interface PlotArea {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface PlotEvents {
  /** The bucket under the cursor; null when it left. */
  pointed(index: number | null): void;
  areaChanged(area: PlotArea): void;
  rangeSelected: ((startMs: number, endMs: number) => void) | undefined;
}

export interface PlotForm {
  width: number;
  height: number;
  syncKey: string | undefined;
  formatTick: (value: number) => string;
}

/** What can't be changed without making the plot anew. */
export function formKey(model: TimeModel, canSelect: boolean): string {
  return [canSelect, ...model.series.map(({ kind, dashed, stacked }) => `${kind}${dashed ? "-" : ""}${stacked ? "+" : ""}`)].join(" ");
}

export class TimePlot implements GroupMember {
  ownAxisWidth = 0;
  readonly #plot: uPlot;
  readonly #box: HTMLElement;
  readonly #leaveGroup: () => void;
  #model: TimeModel;
  #form: PlotForm;
  #events: PlotEvents;
  #colour: ReadColour;
  #ticks: TimeTick[] = [];
  #area: PlotArea = { left: 0, top: 0, width: 0, height: 0 };
  #index: number | null = null;
  #isFollowing = false;

  constructor(box: HTMLElement, model: TimeModel, form: PlotForm, events: PlotEvents) {
    this.#box = box;
    this.#model = model;
    this.#form = form;
    this.#events = events;
    this.#colour = themeColours(box);
    this.#leaveGroup = form.syncKey === undefined ? () => {} : joinGroup(form.syncKey, this);
    this.#plot = new uPlot(this.#options(), this.#data(), box);
    this.#plot.over.addEventListener("pointermove", this.#touched);
    this.#plot.over.addEventListener("pointerdown", this.#touched);
  }

  /** New figures of the same form. */
  update(model: TimeModel, form: PlotForm, events: PlotEvents): void {
    const isResized = form.width !== this.#form.width || form.height !== this.#form.height;
    const isChanged = model !== this.#model || form.formatTick !== this.#form.formatTick;
    this.#model = model;
    this.#form = form;
    this.#events = events;
    if (isResized) this.#plot.setSize({ width: form.width, height: form.height });
    if (isChanged) this.#plot.setData(this.#data());
  }

  /** The theme changed: the same figures in other colours. */
  repaint(): void {
    this.#colour = themeColours(this.#box);
    this.#plot.redraw(true, true);
  }

  destroy(): void {
    this.#leaveGroup();
    this.#plot.destroy();
  }

  /** Moves the cursor to a bucket, as by the keyboard. */
  pointAt(index: number | null): void {
    const middle = index === null ? undefined : this.#model.middles[index];
    this.#plot.setCursor(middle === undefined ? { left: -10, top: -10 } : { left: this.#plot.valToPos(middle, "x"), top: 0 });
  }

  axisWidthChanged(): void {
    this.#plot.redraw(false, true);
  }

  showInstant(instantMs: number | null): void {
    this.#isFollowing = true;
    const index = instantMs === null ? -1 : bucketAt(instantMs, this.#model.times, this.#model.ends);
    this.pointAt(index < 0 ? null : index);
    this.#isFollowing = false;
  }

  readonly #touched = (event: PointerEvent) => {
    if (event.pointerType === "mouse") return;
    const { left } = this.#plot.over.getBoundingClientRect();
    this.#plot.setCursor({ left: event.clientX - left, top: 0 });
  };

  #data(): uPlot.AlignedData {
    const { middles, spans } = this.#model;
    return [middles, ...spans.map(({ to }) => to)] as uPlot.AlignedData;
  }

  #options(): uPlot.Options {
    const canSelect = this.#events.rangeSelected !== undefined;
    return {
      width: this.#form.width,
      height: this.#form.height,
      ms: 1,
      padding: [10, 10, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: canSelect, y: false, setScale: false, dist: 6 } },
      scales: {
        x: { time: false, range: () => [this.#model.times[0] ?? 0, this.#model.ends.at(-1) ?? 1] },
        y: { range: () => [this.#model.scale.low, this.#model.scale.high] },
      },
      axes: [this.#timeAxis(), this.#valueAxis()],
      series: [{}, ...this.#model.series.map((series, index) => this.#series(series, index))],
      hooks: {
        drawAxes: [(plot) => paintBands(plot, this.#model, this.#colour)],
        draw: [(plot) => paintLevels(plot, this.#model, this.#colour), () => this.#tellArea()],
        setCursor: [() => this.#tellPointed()],
        setSelect: [() => this.#tellRange()],
      },
    };
  }

  #series({ kind, dashed, stacked }: TimeModel["series"][number], index: number): uPlot.Series {
    const colour = (opacity: number) => () => {
      const series = this.#model.series[index];
      return this.#colour(propertyOf(series ? colourOf(series, index) : "muted"), opacity);
    };
    return {
      width: stacked ? 1 : 1.75,
      ...(dashed && { dash: [6, 4] }),
      stroke: colour(1),
      fill: colour(kind === "bars" ? 1 : stacked ? 0.62 : 0.14),
      points: { show: false },
      paths: (plot) => seriesPaths(plot, this.#model, index),
    };
  }

  #timeAxis(): uPlot.Axis {
    return {
      font: `11px ${CHART_FONT}`,
      stroke: () => this.#colour("--text-muted"),
      size: 30,
      gap: 6,
      grid: { show: false },
      ticks: { stroke: () => this.#colour("--line"), width: 1, size: 4 },
      border: { show: true, stroke: () => this.#colour("--line"), width: 1 },
      splits: () => {
        const { times, ends, middles, bucket, timeZone } = this.#model;
        const startMs = times[0] ?? 0;
        const endMs = ends.at(-1) ?? 1;
        const width = this.#plotWidth();
        this.#ticks = timeTicks(startMs, endMs, timeZone, bucket, Math.max(2, Math.floor(width / 58)));
        // The name of a day stands under the day's own value, in the middle of its bucket.
        return this.#ticks.map(({ atMs }) => (bucket === "hour" ? atMs : (middles[bucketAt(atMs, times, ends)] ?? atMs)));
      },
      values: () => this.#ticks.map(({ label }) => label),
    };
  }

  #valueAxis(): uPlot.Axis {
    return {
      font: `11px ${CHART_FONT}`,
      stroke: () => this.#colour("--text-muted"),
      gap: 8,
      grid: { stroke: () => this.#colour("--line"), width: 1 },
      ticks: { show: false },
      size: (plot, texts) => {
        plot.ctx.font = `${11 * uPlot.pxRatio}px ${CHART_FONT}`;
        const widest = Math.max(0, ...(texts ?? []).map((text) => plot.ctx.measureText(text).width / uPlot.pxRatio));
        const width = Math.ceil(widest) + 16;
        if (width !== this.ownAxisWidth) {
          this.ownAxisWidth = width;
          const others = othersOf(this.#form.syncKey, this);
          // After this drawing: one may not redraw another in the midst of its own.
          queueMicrotask(() => {
            for (const other of others) other.axisWidthChanged();
          });
        }
        return sharedAxisWidth(this.#form.syncKey, this);
      },
      splits: () => valueTicks(this.#model.scale),
      values: (_plot, ticks) => ticks.map((tick) => this.#form.formatTick(tick)),
    };
  }

  #plotWidth(): number {
    return this.#area.width || this.#form.width - 60;
  }

  #tellArea(): void {
    const { bbox } = this.#plot ?? {};
    if (!bbox) return;
    const [left, top, width, height] = [bbox.left, bbox.top, bbox.width, bbox.height].map((length) => length / uPlot.pxRatio) as [
      number,
      number,
      number,
      number,
    ];
    this.#area = { left, top, width, height };
    this.#events.areaChanged(this.#area);
  }

  #tellPointed(): void {
    const index = this.#plot.cursor.idx ?? null;
    const isInside = (this.#plot.cursor.left ?? -1) >= 0;
    const pointed = isInside ? index : null;
    if (pointed === this.#index) return;
    this.#index = pointed;
    this.#events.pointed(pointed);
    if (this.#isFollowing) return;
    const instantMs = pointed === null ? null : (this.#model.middles[pointed] ?? null);
    for (const other of othersOf(this.#form.syncKey, this)) other.showInstant(instantMs);
  }

  #tellRange(): void {
    const { left, width } = this.#plot.select;
    if (width < 4) return;
    const { times, ends } = this.#model;
    const first = bucketAt(this.#plot.posToVal(left, "x"), times, ends);
    const last = bucketAt(this.#plot.posToVal(left + width, "x") - 1, times, ends);
    this.#plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    const startMs = times[Math.max(0, first)];
    const endMs = ends[last < 0 ? ends.length - 1 : last];
    if (startMs !== undefined && endMs !== undefined) this.#events.rangeSelected?.(startMs, endMs);
  }
}
