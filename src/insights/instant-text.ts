/** Instants as documents have them. */
import { END_OF_TIME_MS } from "../clock.ts";

/** All time ends with the last instant that can be written. */
export function instantText(instantMs: number): string {
  return new Date(Math.min(instantMs, END_OF_TIME_MS - 1)).toISOString();
}

export function instantOrNull(instantMs: number | undefined): string | null {
  return instantMs === undefined ? null : instantText(instantMs);
}
