/** The rollups, summed anew from the records by SQL. */
import type { Differences } from "../../schema/differences.ts";
import { expectedColumns, reportSlot } from "../../schema/rollup-checks.ts";
import { MEASURES, ROLLUPS, type RollupDimension } from "../../schema.ts";
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
