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
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class"] });
  const queries = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((query) => window.matchMedia(query));
  for (const query of queries) query.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    for (const query of queries) query.removeEventListener("change", changed);
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

export type ReadColour = (property: string, opacity?: number) => string;

/**
 * Reads custom properties as colours a canvas takes, as they are inside `box` now. A property is resolved on an element
 * of its own, because its text may be any expression of CSS.
 */
export function themeColours(box: HTMLElement): ReadColour {
  const probe = document.createElement("span");
  probe.hidden = true;
  box.append(probe);
  const known = new Map<string, string>();
  const read = (property: string) => {
    let colour = known.get(property);
    if (colour === undefined) {
      probe.style.color = `var(${property}, currentColor)`;
      if (!probe.isConnected) box.append(probe);
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
