/** The rollups, summed anew from the records by SQL. */

import type { Differences } from "../../schema/differences.ts";
import { MEASURE_SQL } from "../../schema/grouping.ts";
import { HOUR_MS, MEASURES, ROLLUPS, type RollupDimension } from "../../schema.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection, Row } from "./driver.ts";

const COLUMNS = ["hour", "value", ...MEASURES].join(", ");

export function verifyRollups(connection: Connection, dictionary: Dictionary, differences: Differences): void {
  for (const dimension of Object.keys(ROLLUPS) as RollupDimension[]) {
    const expected = `SELECT ${expectedColumns(dimension)} FROM usage_records GROUP BY 1, 2`;
    const stored = `SELECT ${COLUMNS} FROM rollups WHERE dimension = ${ROLLUPS[dimension]}`;
    const difference = (left: string, right: string): Map<string, Row> => {
      const rows = connection.prepare(`SELECT * FROM (${left}) EXCEPT SELECT * FROM (${right})`, { bigint: true }).all();
      return new Map(rows.map((row) => [`${row.hour} ${row.value}`, row]));
    };
    const missing = difference(expected, stored);
    const extra = difference(stored, expected);
    for (const slot of new Set([...missing.keys(), ...extra.keys()])) {
      reportSlot(dimension, missing.get(slot), extra.get(slot), dictionary, differences);
    }
  }
  const dimensions = Object.values(ROLLUPS).join(", ");
  for (const { dimension } of connection.prepare(`SELECT DISTINCT dimension FROM rollups WHERE dimension NOT IN (${dimensions})`).all()) {
    differences.add("rollup", `rollups dimension ${dimension}`, `one of ${dimensions}`, dimension);
  }
}

/** SQL for what a dimension's rollup rows must hold, in the order of the table's columns. */
export function expectedColumns(dimension: RollupDimension): string {
  return [
    `time_ms / ${HOUR_MS} AS hour`,
    `${dimension} AS value`,
    ...MEASURES.map((measure, i) => `sum(${MEASURE_SQL[i]}) AS ${measure}`),
  ].join(", ");
}

function reportSlot(
  dimension: RollupDimension,
  expected: Row | undefined,
  found: Row | undefined,
  dictionary: Dictionary,
  differences: Differences,
): void {
  const { hour, value } = (expected ?? found) as Row;
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
