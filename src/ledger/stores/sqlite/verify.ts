/**
 * Proves the book: everything that can be computed from the records is computed anew and compared, everything that points
 * somewhere is followed, every row's checksum is made again. Changes nothing unless asked to repair.
 */

import { repairNote } from "../../schema/audit-notes.ts";
import { Differences } from "../../schema/differences.ts";
import type { StoredBudget, VerifyOptions, VerifyOutcome } from "../../store.ts";
import { type AuditLog, verifyAuditLog } from "./audit-log.ts";
import type { Desk } from "./desk.ts";
import { repairBook } from "./repair.ts";
import { verifyAlerts, verifyBudgetSettings, verifyBudgets, verifyCounters, verifyReservations } from "./verify-budgets.ts";
import { verifyFile } from "./verify-file.ts";
import { verifyIdentities } from "./verify-identities.ts";
import { verifyDimensions, verifyImportFiles, verifyPrices } from "./verify-other-rows.ts";
import { verifyRecords } from "./verify-records.ts";
import { verifyRollups } from "./verify-rollups.ts";
import { verifyVirtualKeys } from "./virtual-keys.ts";

/** To be called within one transaction, so that all steps see the same book. */
export function verifyBook(desk: Desk, audit: AuditLog, options: VerifyOptions): VerifyOutcome {
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
  let budgets: StoredBudget[] = [];
  differences.step("settings", () => verifyBudgetSettings(connection, differences));
  differences.step("budgets", () => {
    budgets = verifyBudgets(connection, differences);
  });
  differences.step("reservations", () => verifyReservations(connection, budgets, differences));
  differences.step("budget_counters", () => verifyCounters(connection, dictionary, budgets, differences));
  differences.step("alerts", () => verifyAlerts(connection, budgets, differences));
  differences.step("virtual_keys", () => verifyVirtualKeys(connection, differences));
  differences.step("audit_log", () => verifyAuditLog(connection, differences));
  if (options.repair) {
    const rebuilt = repairBook(desk, differences);
    if (rebuilt.length > 0) audit.add(repairNote(rebuilt, options.actor ?? "library"));
  }
  return { records, differences: differences.list() };
}
