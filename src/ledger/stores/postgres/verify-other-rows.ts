/** The small tables: dictionary, import files, prices. */
import type { Differences } from "../../schema/differences.ts";
import { checkDimension, checkImportFile, checkPrice } from "../../schema/small-rows.ts";
import { type Dictionary, entryOf } from "./dictionary.ts";
import { digestOf } from "./digests.ts";
import type { SqlValue } from "./driver.ts";
import { stateOf } from "./import-files.ts";
import { givenText, type Transaction } from "./transaction.ts";

export async function verifyDimensions(transaction: Transaction, differences: Differences): Promise<void> {
  for (const row of await transaction.query("SELECT id, kind, key, name, digest, checksum FROM dimensions ORDER BY id")) {
    const entry = entryOf(row);
    checkDimension(entry, row.checksum, differences);
    checkDigest(`dimensions id ${entry.id}`, entry.key, row.digest, differences);
  }
}

export async function verifyImportFiles(transaction: Transaction, dictionary: Dictionary, differences: Differences): Promise<void> {
  for (const row of await transaction.query("SELECT * FROM import_files")) {
    const path = givenText(String(row.path));
    checkImportFile(Number(row.source), path, stateOf(row), row.checksum, dictionary, differences);
    checkDigest(`import_files ${path}`, path, row.digest, differences);
  }
}

export async function verifyPrices(transaction: Transaction, differences: Differences): Promise<void> {
  for (const row of await transaction.query("SELECT id, entry, source, added_ms, checksum FROM prices ORDER BY id")) {
    checkPrice(Number(row.id), String(row.entry), givenText(String(row.source)), Number(row.added_ms), row.checksum, differences);
  }
}

function checkDigest(where: string, text: string, stored: SqlValue | undefined, differences: Differences): void {
  const digest = String(stored).replaceAll("-", "");
  if (digest !== digestOf(text)) differences.add("digest", where, digestOf(text), digest);
}
