/** The table of identities, from its own side: nothing in it that no record has. */
import type { Differences } from "../../schema/differences.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Row } from "./driver.ts";
import { placesOfRows, readFamilies } from "./record-reader.ts";
import type { Transaction } from "./transaction.ts";
import { keysOfRow } from "./verify-records.ts";

const PAGE_ROWS = 10_000;

/** @param expected how many there must be: the search for those too many is for where there are some, or where one is missing */
export async function verifyIdentities(
  transaction: Transaction,
  dictionary: Dictionary,
  differences: Differences,
  expected: number,
): Promise<void> {
  const [counted] = await transaction.query("SELECT count(*) AS count FROM identities");
  if (counted?.count === expected && !differences.has("identity")) return;
  let last = { digest: "00000000-0000-0000-0000-000000000000", attempt: -1 };
  for (;;) {
    const page = await transaction.query(
      `SELECT digest, attempt, "row", time_ms FROM identities WHERE (digest, attempt) > ($1::uuid, $2) ORDER BY digest, attempt LIMIT ${PAGE_ROWS}`,
      [last.digest, last.attempt],
    );
    await verifyPage(transaction, page, dictionary, differences);
    if (page.length < PAGE_ROWS) return;
    last = { digest: String(page.at(-1)?.digest), attempt: Number(page.at(-1)?.attempt) };
  }
}

async function verifyPage(transaction: Transaction, page: readonly Row[], dictionary: Dictionary, differences: Differences): Promise<void> {
  const places = await placesOfRows(
    transaction,
    page.map(({ row }) => Number(row)),
  );
  const families = await readFamilies(transaction, dictionary, places);
  for (const { digest, attempt, row, time_ms: timeMs } of page) {
    const stored = families.get(Number(row))?.[0];
    const where = `identities digest ${digest} attempt ${attempt}`;
    if (stored === undefined || stored.corrects !== null || stored.time_ms !== timeMs) {
      differences.add(
        "identity",
        where,
        "the row of a record",
        stored?.corrects == null ? `missing row ${row}` : `row ${row}, a correction`,
      );
      continue;
    }
    const name = String(digest).replaceAll("-", "");
    if (!keysOfRow(stored, dictionary).some((key) => key.digest === name && key.attempt === attempt))
      differences.add("identity", where, "a digest of the record's ids", `row ${row}, which has other ids`);
  }
}
