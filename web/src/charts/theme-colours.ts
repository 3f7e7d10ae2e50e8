/** The colours of the page's theme for what is drawn on a canvas, which can't read custom properties itself. */
import { useSyncExternalStore } from "react";

let version = 0;
const listeners = new Set<() => void>();
let stopWatching: (() => void) | undefined;

function watchTheme(): () => void {
  const changed = () => {
    version += 1;
    for (const listener of listeners) listener();
  };
  const observer = new MutationObserver(changed);
  // It stands there also where the system has chosen it.
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const forcedColours = window.matchMedia("(forced-colors: active)");
  forcedColours.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    forcedColours.removeEventListener("change", changed);
  };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  stopWatching ??= watchTheme();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stopWatching?.();
    stopWatching = undefined;
  };
}

/** A number that grows with every change of the theme: what depends on colours depends on it. */
export function useThemeVersion(): number {
  return useSyncExternalStore(
    subscribe,
    () => version,
    () => 0,
  );
}

/** Of what is written on canvases, as style/tokens.css has it for the rest. */
export const CHART_FONT = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif';

export type ReadColour = (property: string, opacity?: number) => string;

/**
 * Reads custom properties as colours a canvas takes, as they are inside `box` now. A property is resolved on an element
 * of its own, because its text may be any expression of CSS.
 */
export function themeColours(box: HTMLElement): ReadColour {
  const probe = document.createElement("span");
  probe.hidden = true;
  const known = new Map<string, string>();
  const read = (property: string) => {
    let colour = known.get(property);
    if (colour === undefined) {
      probe.style.color = `var(${property}, currentColor)`;
      box.append(probe);
      colour = getComputedStyle(probe).color;
      probe.remove();
      known.set(property, colour);
    }
    return colour;
  };
  return (property, opacity = 1) => withOpacity(read(property), opacity);
}

function withOpacity(colour: string, opacity: number): string {
  if (opacity === 1) return colour;
  const channels = /^rgba?\((\d+(?:\.\d+)?), (\d+(?:\.\d+)?), (\d+(?:\.\d+)?)/.exec(colour);
  if (channels) return `rgba(${channels[1]}, ${channels[2]}, ${channels[3]}, ${opacity})`;
  return `color-mix(in srgb, ${colour} ${opacity * 100}%, transparent)`;
}
