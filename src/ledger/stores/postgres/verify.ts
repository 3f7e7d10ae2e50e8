/**
 * Proves the book: everything that can be computed from the records is computed anew and compared, everything that points
 * somewhere is followed, every row's checksum is made again. Changes nothing unless asked to repair.
 */
import { repairNote } from "../../schema/audit-notes.ts";
import { Differences } from "../../schema/differences.ts";
import { KINDS, type Kind } from "../../schema.ts";
import type { VerifyOptions, VerifyOutcome } from "../../store.ts";
import { addAuditNotes, verifyAuditLog } from "./audit-log.ts";
import type { BookParts } from "./book-parts.ts";
import { lockBook, repairBook } from "./repair.ts";
import type { Transaction } from "./transaction.ts";
import { verifyIdentities } from "./verify-identities.ts";
import { verifyDimensions, verifyImportFiles, verifyPrices } from "./verify-other-rows.ts";
import { verifyRecords } from "./verify-records.ts";
import { verifyRollups } from "./verify-rollups.ts";
import { verifySchema } from "./verify-schema.ts";
import { verifyVirtualKeys } from "./virtual-keys.ts";

/** What else there is to be proved and rebuilt in the same transaction. */
export interface OtherSums {
  verify(transaction: Transaction, differences: Differences): Promise<void>;
  /** Answers what was rebuilt. */
  repair(transaction: Transaction, differences: Differences): Promise<string[]>;
}

/** All steps see the same book; where it is to be repaired, nobody writes to it meanwhile. */
export function verifyBook({ connection, dictionary }: BookParts, others: OtherSums, options: VerifyOptions): Promise<VerifyOutcome> {
  const progress = options.onProgress ?? (() => {});
  const work = async (transaction: Transaction): Promise<VerifyOutcome> => {
    if (options.repair) await lockBook(transaction);
    const differences = new Differences();
    let records = 0;
    let expectedIdentities = 0;
    // What the cache holds may be older than the book that is to be proved.
    dictionary.forget();
    await dictionary.loadKinds(transaction, Object.keys(KINDS) as Kind[]);
    const step = (where: string, check: () => Promise<void>): Promise<void> => separately(transaction, where, differences, check);
    await step("schema", () => verifySchema(transaction, differences));
    await step("dimensions", () => verifyDimensions(transaction, differences));
    await step("import_files", () => verifyImportFiles(transaction, dictionary, differences));
    await step("prices", () => verifyPrices(transaction, differences));
    await step("usage_records", async () => {
      ({ records, identities: expectedIdentities } = await verifyRecords(transaction, dictionary, differences, progress));
    });
    await step("identities", () => verifyIdentities(transaction, dictionary, differences, expectedIdentities));
    await step("rollups", () => verifyRollups(transaction, dictionary, differences));
    await step("budgets", () => others.verify(transaction, differences));
    await step("virtual_keys", () => verifyVirtualKeys(transaction, differences));
    await step("audit_log", () => verifyAuditLog(transaction, differences));
    if (options.repair) {
      const rebuilt = await repairBook(transaction, dictionary, differences);
      rebuilt.push(...(await others.repair(transaction, differences)));
      if (rebuilt.length > 0) await addAuditNotes(transaction, [repairNote(rebuilt, options.actor ?? "library")]);
    }
    return { records, differences: differences.list() };
  };
  return options.repair ? connection.repair(work) : connection.snapshot(work);
}

/** What makes a step stop is a finding, and must not stop the others: PostgreSQL takes no statement after one that failed. */
async function separately(transaction: Transaction, where: string, differences: Differences, check: () => Promise<void>): Promise<void> {
  await transaction.execute("SAVEPOINT step");
  try {
    await check();
  } catch (error) {
    await transaction.execute("ROLLBACK TO step");
    differences.stopped(where, error);
  }
  await transaction.execute("RELEASE step");
}
