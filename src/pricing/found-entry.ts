/** An entry that may price a call, and whether it does. */
import type { PriceEntry } from "./price-entry.ts";
import type { PriceTerms } from "./rate-sheet.ts";
import { serviceOf } from "./service-terms.ts";
import { canonicalProvider, regionOf } from "./spelling.ts";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;

/** An entry that may apply, and why it was looked at. */
export interface FoundEntry {
  entry: PriceEntry;
  /** `exact`: this model; `pattern`: a user's wildcard; `vendor`: the maker's list price, for a provider without own prices. */
  by: "exact" | "pattern" | "vendor";
  /** 0 is the layer that was added last. */
  layer: number;
}

/** Whether an entry is in force at a moment. */
export function holdsAt(entry: PriceEntry, atMs: number): boolean {
  if (entry.effectiveFromMs !== undefined && atMs < entry.effectiveFromMs) return false;
  if (entry.effectiveToMs !== undefined && atMs >= entry.effectiveToMs) return false;
  if (entry.minutesUtc === undefined) return true;
  const [from, to] = entry.minutesUtc;
  const minute = Math.floor(atMs / MINUTE_MS) % DAY_MINUTES;
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** The terms that choose a price, from what a record says. Words that no price list knows change nothing. */
export function termsOf(call: {
  provider: string;
  model: string;
  serviceTier?: string | undefined;
  speed?: string;
  inferenceGeo?: string;
}): PriceTerms {
  return {
    service: serviceOf(call.serviceTier) ?? "standard",
    fast: call.speed?.toLowerCase() === "fast",
    region: regionOf(canonicalProvider(call.provider), call.model) ?? call.inferenceGeo?.toLowerCase(),
  };
}
