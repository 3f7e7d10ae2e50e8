/**
 * Proves the book: everything that can be computed from the records is computed anew and compared, everything that points
 * somewhere is followed, every row's checksum is made again. Changes nothing unless asked to repair.
 */

import { Differences } from "../../schema/differences.ts";
import type { VerifyOptions, VerifyOutcome } from "../../store.ts";
import type { Desk } from "./desk.ts";
import { repairBook } from "./repair.ts";
import { verifyFile } from "./verify-file.ts";
import { verifyIdentities } from "./verify-identities.ts";
import { verifyDimensions, verifyImportFiles, verifyPrices } from "./verify-other-rows.ts";
import { verifyRecords } from "./verify-records.ts";
import { verifyRollups } from "./verify-rollups.ts";

/** To be called within one transaction, so that all steps see the same book. */
export function verifyBook(desk: Desk, options: VerifyOptions): VerifyOutcome {
  const { connection, dictionary, reader, identities } = desk;
  const differences = new Differences();
  const progress = options.onProgress ?? (() => {});
  let records = 0;
  // What the cache holds may be older than the book that is to be proved.
  dictionary.forget();
  differences.step("file", () => verifyFile(connection, differences));
  differences.step("dimensions", () => verifyDimensions(connection, differences));
  differences.step("import_files", () => verifyImportFiles(connection, dictionary, differences));
  differences.step("prices", () => verifyPrices(connection, differences));
  differences.step("usage_records", () => {
    records = verifyRecords(connection, dictionary, reader, identities, differences, progress);
  });
  differences.step("identities", () => verifyIdentities(connection, reader, identities, differences));
  differences.step("rollups", () => verifyRollups(connection, dictionary, differences));
  if (options.repair) repairBook(connection, reader, identities, differences);
  return { records, differences: differences.list() };
}
