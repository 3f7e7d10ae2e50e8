/** Terms that Anthropic's usage and cost reports share. */

import { quoteValue } from "../../../errors.ts";
import { instantIn, utcDay } from "../../../usage/index.ts";
import { type Fields, nameOf } from "../../records/export-fields.ts";

/** Requests with more input than this are what `context_window` calls long. */
export const LARGEST_STANDARD_CONTEXT = 200_000;

/** Where inference was promised to run; undefined where nothing was promised. */
export function geoOf(fields: Fields): string | undefined {
  const geo = nameOf(fields("inference_geo"));
  return geo === undefined || /^(?:not_available|global)$/i.test(geo) ? undefined : geo;
}

/** `fast`, or undefined. */
export function speedOf(fields: Fields): string | undefined {
  const speed = nameOf(fields("speed"))?.toLowerCase();
  return speed === "standard" ? undefined : speed;
}

/** The day of a Console export's row. */
export function dayOfExport(fields: Fields): number {
  const day = fields("usage_date_utc");
  const startMs = utcDay(day) ?? instantIn(day);
  if (startMs === undefined) throw new TypeError(`usage_date_utc is ${quoteValue(day ?? "")}, not a day such as 2026-05-01`);
  return startMs;
}
