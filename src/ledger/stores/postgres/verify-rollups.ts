/** The rollups, summed anew from the records by SQL. */
import type { Differences } from "../../schema/differences.ts";
import { expectedColumns, reportSlot } from "../../schema/rollup-checks.ts";
import { MEASURES, ROLLUPS, type RollupDimension } from "../../schema.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Row } from "./driver.ts";
import type { Transaction } from "./transaction.ts";

// The sums of bigint are numeric: so must be what they are compared with and shown beside.
const COLUMNS = ["hour::bigint", "value::bigint", ...MEASURES.map((measure) => `${measure}::numeric`)].join(", ");

export async function verifyRollups(transaction: Transaction, dictionary: Dictionary, differences: Differences): Promise<void> {
  for (const dimension of Object.keys(ROLLUPS) as RollupDimension[]) {
    const expected = `SELECT ${expectedColumns(dimension)} FROM usage_records GROUP BY 1, 2`;
    const stored = `SELECT ${COLUMNS} FROM rollups WHERE dimension = ${ROLLUPS[dimension]}`;
    const difference = async (left: string, right: string): Promise<Map<string, Row>> => {
      const rows = await transaction.query(`SELECT * FROM (${left}) a EXCEPT SELECT * FROM (${right}) b`);
      return new Map(rows.map((row) => [`${row.hour} ${row.value}`, row]));
    };
    const missing = await difference(expected, stored);
    const extra = await difference(stored, expected);
    for (const slot of new Set([...missing.keys(), ...extra.keys()])) {
      reportSlot(dimension, missing.get(slot), extra.get(slot), dictionary, differences);
    }
  }
  const dimensions = Object.values(ROLLUPS).join(", ");
  for (const { dimension } of await transaction.query(`SELECT DISTINCT dimension FROM rollups WHERE dimension NOT IN (${dimensions})`)) {
    differences.add("rollup", `rollups dimension ${dimension}`, `one of ${dimensions}`, dimension);
  }
}
