import type { ReactNode } from "react";
import { type FormatValue, textOf, UNKNOWN_TEXT } from "./series.ts";

export interface ValueProps {
  value: number | null | undefined;
  exact?: string | null | undefined;
  format: FormatValue;
}

/** A figure for people, with the exact one beneath it. */
export function Value({ value, exact, format }: ValueProps): ReactNode {
  if (value === null || value === undefined) return UNKNOWN_TEXT;
  return <data value={exact ?? String(value)}>{textOf(value, exact, format)}</data>;
}
