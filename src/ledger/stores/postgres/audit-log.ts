/** The rows of `audit_log`. They are only ever added, in the transaction of what they tell of. */
import { AUDIT_COLUMNS, AUDIT_LAST, type AuditRow, auditEntryOf, auditRow, checkAuditRows } from "../../schema/audit-rows.ts";
import type { Differences } from "../../schema/differences.ts";
import type { AuditEntry, AuditFilter, AuditNote } from "../../store.ts";
import type { Row } from "./driver.ts";
import { givenText, storedText, type Transaction } from "./transaction.ts";

const COLUMNS = AUDIT_COLUMNS.join(", ");
const INSERT = `INSERT INTO audit_log (${COLUMNS}) VALUES (${AUDIT_COLUMNS.map((_, i) => `$${i + 1}`).join(", ")})`;
/** A log that is longer than it says (a damaged book) is gone on with behind its end. */
const NEXT = `UPDATE settings SET value = greatest(value, (SELECT coalesce(max(id), 0) FROM audit_log)) + $1 WHERE name = '${AUDIT_LAST}'
  RETURNING value, now_ms() AS now_ms`;

/** To be called last in the transaction that makes the changes: numbers without a gap are given to one at a time. */
export async function addAuditNotes(transaction: Transaction, notes: readonly AuditNote[]): Promise<void> {
  if (notes.length === 0) return;
  const [numbered] = await transaction.query(NEXT, [notes.length]);
  const firstId = Number(numbered?.value) - notes.length + 1;
  for (const [place, note] of notes.entries()) {
    const row = auditRow(note, firstId + place, Number(numbered?.now_ms));
    const stored = { ...row, actor: storedText(row.actor), subject: storedText(row.subject) };
    await transaction.run(
      INSERT,
      AUDIT_COLUMNS.map((column) => stored[column]),
    );
  }
}

/** The newest first. */
export async function listAuditEntries(
  transaction: Transaction,
  { limit, before = Number.MAX_SAFE_INTEGER }: AuditFilter,
): Promise<AuditEntry[]> {
  const rows = await transaction.query(`SELECT ${COLUMNS} FROM audit_log WHERE id < $1 ORDER BY id DESC LIMIT $2`, [before, limit]);
  return rows.map((row) => auditEntryOf(rowOf(row)));
}

export async function verifyAuditLog(transaction: Transaction, differences: Differences): Promise<void> {
  const rows = await transaction.query(`SELECT ${COLUMNS} FROM audit_log ORDER BY id`);
  const [last] = await transaction.query("SELECT value FROM settings WHERE name = $1", [AUDIT_LAST]);
  checkAuditRows(rows.map(rowOf), last === undefined ? undefined : Number(last.value), differences);
}

function rowOf(row: Row): AuditRow {
  return { ...row, actor: givenText(String(row.actor)), subject: givenText(String(row.subject)) } as unknown as AuditRow;
}
