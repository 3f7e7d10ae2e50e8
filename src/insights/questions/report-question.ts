/** What a report is asked for, as it is written: what rows are grouped, sorted and cut by. */
import { InvalidInput, oneOf, quoteValue } from "../../errors.ts";
import type { Dimension } from "../../ledger/index.ts";
import type { ReportRequest, SortKey } from "../report.ts";
import { asWritten, type Wording } from "./wording.ts";

export const REPORT_DIMENSIONS: readonly Dimension[] = [
  "day",
  "week",
  "month",
  "hour",
  "org",
  "team",
  "user",
  "project",
  "key",
  "provider",
  "model",
  "source",
  "session",
  "tag",
];

export const REPORT_FIGURES: readonly SortKey[] = ["cost", "requests", "tokens", "input", "output", "latency"];

/** @throws InvalidInput for what is no dimension, and for one that is named twice */
export function dimensionsIn(text: string, what: string): Dimension[] {
  const names = text.split(",").map((name) => oneOf(what, name.trim(), REPORT_DIMENSIONS));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new InvalidInput(`${what} names ${twice} twice; name every dimension once.`);
  return names;
}

/** @throws InvalidInput for what is neither a figure nor a dimension */
export function sortKeyIn(text: string, what: string): SortKey {
  return oneOf<SortKey>(what, text, [...REPORT_FIGURES, ...REPORT_DIMENSIONS]);
}

/**
 * By what the rows are grouped and sorted: by day, where nothing else is asked for.
 *
 * @throws InvalidInput for rows sorted by what they are not grouped by
 */
export function reportRows(
  { groupBy = ["day"], sort }: { groupBy?: Dimension[] | undefined; sort?: SortKey | undefined },
  wording: Wording = asWritten,
): Pick<ReportRequest, "groupBy" | "sort"> {
  if (sort !== undefined && !REPORT_FIGURES.includes(sort) && !groupBy.includes(sort as Dimension)) {
    throw new InvalidInput(
      `${wording("sort")} ${sort} needs ${wording("group-by")} ${sort}; the report is grouped by ${groupBy.join(", ")}.`,
    );
  }
  return { groupBy, ...(sort !== undefined && { sort }) };
}

/** Rows that can be asked for at all. */
const MOST_ROWS = 999_999_999;

/** @throws InvalidInput for what is no number of rows */
export function rowLimitIn(text: string, what: string, most: number = MOST_ROWS): number {
  const rows = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0;
  if (rows < 1 || rows > most) throw new InvalidInput(`${what} ${quoteValue(text)} is not a whole number from 1 to ${most}.`);
  return rows;
}
