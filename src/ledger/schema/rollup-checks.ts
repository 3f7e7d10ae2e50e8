/** What the rollups must hold, and how a row that holds something else is told of. */
import { HOUR_MS, MEASURES, type RollupDimension } from "../schema.ts";
import type { Entries } from "./dictionary-entry.ts";
import type { Differences } from "./differences.ts";
import { MEASURE_SQL, type SumsRow } from "./grouping.ts";

/** SQL for what a dimension's rollup rows must hold, in the order of the table's columns. */
export function expectedColumns(dimension: RollupDimension): string {
  return [
    `time_ms / ${HOUR_MS} AS hour`,
    `${dimension} AS value`,
    ...MEASURES.map((measure, i) => `sum(${MEASURE_SQL[i]}) AS ${measure}`),
  ].join(", ");
}

export function reportSlot(
  dimension: RollupDimension,
  expected: SumsRow | undefined,
  found: SumsRow | undefined,
  dictionary: Pick<Entries, "entry">,
  differences: Differences,
): void {
  const { hour, value } = (expected ?? found) as SumsRow;
  const entry = Number(value) === 0 ? undefined : dictionary.entry(Number(value));
  const where = `rollups ${dimension} ${entry ? (entry.name ?? entry.key) : "(none)"} ${instantOf(Number(hour))}`;
  if (!expected) differences.add("rollup", where, "no row", "a row");
  else if (!found) differences.add("rollup", where, "a row", "no row");
  else {
    for (const measure of MEASURES) {
      if (expected[measure] !== found[measure]) differences.add("rollup", `${where} ${measure}`, expected[measure], found[measure]);
    }
  }
}

function instantOf(hour: number): string {
  const date = new Date(hour * HOUR_MS);
  return Number.isNaN(date.getTime()) ? `hour ${hour}` : date.toISOString();
}
