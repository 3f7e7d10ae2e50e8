/** A time plot in an element of React's: made for a form of chart, and told what changes. */
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useThemeVersion } from "./theme-colours.ts";
import type { TimeModel } from "./time-model.ts";
import { formKey, type PlotEvents, type PlotForm, TimePlot } from "./time-plot.ts";

/** Of a box, in whole pixels; 0 before it is shown. */
export function useWidth(box: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    setWidth(Math.floor(element.clientWidth));
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return width;
}

/** The plot in the box; null while it can't be drawn. */
export function useTimePlot(
  box: RefObject<HTMLElement | null>,
  canDraw: boolean,
  model: TimeModel,
  form: PlotForm,
  events: PlotEvents,
): RefObject<TimePlot | null> {
  const plot = useRef<TimePlot | null>(null);
  const themeVersion = useThemeVersion();
  const latest = useRef({ model, form, events });
  latest.current = { model, form, events };

  // biome-ignore lint/correctness/useExhaustiveDependencies: the plot is made anew for another form only; figures are given to it below.
  useLayoutEffect(() => {
    if (!canDraw || !box.current) return;
    const { model, form, events } = latest.current;
    const made = new TimePlot(box.current, model, form, events);
    plot.current = made;
    return () => {
      plot.current = null;
      made.destroy();
    };
  }, [canDraw, formKey(model, events.rangeSelected !== undefined), form.syncKey]);

  useLayoutEffect(() => {
    const { model, form, events } = latest.current;
    plot.current?.update(model, form, events);
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme's version is what is waited for.
  useEffect(() => plot.current?.repaint(), [themeVersion]);

  return plot;
}
