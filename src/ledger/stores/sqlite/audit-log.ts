/** The rows of `audit_log`. They are only ever added, in the transaction of what they tell of. */
import { AUDIT_COLUMNS, AUDIT_LAST, type AuditRow, auditEntryOf, auditRow, checkAuditRows } from "../../schema/audit-rows.ts";
import type { Differences } from "../../schema/differences.ts";
import type { AuditEntry, AuditFilter, AuditNote } from "../../store.ts";
import type { Desk } from "./desk.ts";
import type { Connection } from "./driver.ts";
import { Statements } from "./statements.ts";

const COLUMNS = AUDIT_COLUMNS.join(", ");
const INSERT = `INSERT INTO audit_log (${COLUMNS}) VALUES (${AUDIT_COLUMNS.map(() => "?").join(", ")})`;
/** A log that is longer than it says (a damaged book) is gone on with behind its end. */
const NEXT = `UPDATE settings SET value = max(value, (SELECT coalesce(max(id), 0) FROM audit_log)) + 1 WHERE name = '${AUDIT_LAST}' RETURNING value`;

export class AuditLog {
  readonly #desk: Desk;
  readonly #statements: Statements;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#statements = new Statements(desk.connection);
  }

  /** To be called in the transaction that makes the change. */
  add(note: AuditNote): void {
    const id = Number(this.#statements.of(NEXT).get()?.value);
    const row = auditRow(note, id, this.#desk.moment().wallMs);
    this.#statements.of(INSERT).run(...AUDIT_COLUMNS.map((column) => row[column]));
  }

  /** The newest first. */
  list({ limit, before = Number.MAX_SAFE_INTEGER }: AuditFilter): AuditEntry[] {
    const select = `SELECT ${COLUMNS} FROM audit_log WHERE id < ? ORDER BY id DESC LIMIT ?`;
    const rows = this.#desk.guarded(() => this.#statements.of(select).all(before, limit));
    return (rows as unknown as AuditRow[]).map(auditEntryOf);
  }
}

export function verifyAuditLog(connection: Connection, differences: Differences): void {
  const rows = connection.prepare(`SELECT ${COLUMNS} FROM audit_log ORDER BY id`).all() as unknown as AuditRow[];
  const last = connection.prepare("SELECT value FROM settings WHERE name = ?").get(AUDIT_LAST);
  checkAuditRows(rows, last === undefined ? undefined : Number(last.value), differences);
}
