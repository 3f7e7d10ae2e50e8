/** Rebuilds what follows from the records: rollups, identities. The records themselves are never touched. */
import type { Differences } from "../../schema/differences.ts";
import { expectedColumns } from "../../schema/rollup-checks.ts";
import { MEASURES, ROLLUPS, type RollupDimension } from "../../schema.ts";
import type { Dictionary } from "./dictionary.ts";
import { type Claim, claim } from "./identities.ts";
import type { Transaction } from "./transaction.ts";
import { keysOfRow, rowPages } from "./verify-records.ts";

/** Keeps everybody else from writing until the transaction ends; readers go on. */
export async function lockBook(transaction: Transaction): Promise<void> {
  await transaction.execute(
    "LOCK TABLE budgets, reservations, identities, usage_records, budget_counters, alerts, rollups IN SHARE ROW EXCLUSIVE MODE",
  );
}

/** To be called in the transaction in which the differences were found. Answers what was rebuilt. */
export async function repairBook(transaction: Transaction, dictionary: Dictionary, differences: Differences): Promise<string[]> {
  const rebuilt: string[] = [];
  if (differences.has("rollup")) {
    await rebuildRollups(transaction);
    rebuilt.push("rollups");
  }
  if (differences.has("identity")) {
    await rebuildIdentities(transaction, dictionary);
    rebuilt.push("identities");
  }
  return rebuilt;
}

async function rebuildRollups(transaction: Transaction): Promise<void> {
  await transaction.run("DELETE FROM rollups");
  for (const dimension of Object.keys(ROLLUPS) as RollupDimension[]) {
    await transaction.run(
      `INSERT INTO rollups (dimension, hour, value, ${MEASURES.join(", ")})
       SELECT ${ROLLUPS[dimension]}, ${expectedColumns(dimension)} FROM usage_records GROUP BY 2, 3`,
    );
  }
}

async function rebuildIdentities(transaction: Transaction, dictionary: Dictionary): Promise<void> {
  await transaction.run("DELETE FROM identities");
  for await (const rows of rowPages(transaction, [], "corrects IS NULL")) {
    const claims = rows.flatMap((row): Claim[] => keysOfRow(row, dictionary).map((key) => ({ ...key, row: row.row, timeMs: row.time_ms })));
    await claim(transaction, claims);
  }
}
