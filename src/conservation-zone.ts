/** How near spending is to a limit, in four steps. */
import { isMoreThanShare } from "./share.ts";

export type Zone = "green" | "yellow" | "orange" | "red";

export const ZONES: readonly Zone[] = ["green", "yellow", "orange", "red"];

/** Up to this share of the limit, spending is nothing to look at. */
export const DEFAULT_WARN_AT = 0.8;
/** Of a limit that may be passed a little, so much. */
export const DEFAULT_TOLERANCE = 0.1;

/** Green up to the warning, yellow up to the limit, orange up to what is tolerated above it, red beyond. All in one unit, exactly. */
export function zoneOf(spent: bigint, limit: bigint, options: { warnAt?: number; tolerance?: number } = {}): Zone {
  const { warnAt = DEFAULT_WARN_AT, tolerance = 0 } = options;
  if (!isMoreThanShare(spent, limit, warnAt)) return "green";
  if (spent <= limit) return "yellow";
  return isMoreThanShare(spent, limit, 1 + tolerance) ? "red" : "orange";
}
