/** Rows of the audit log: what notices an edit of theirs, and that none is missing. */
import { AUDIT_ACTIONS, type AuditAction, type AuditEntry, type AuditNote } from "../audit-entry.ts";
import type { Differences } from "./differences.ts";
import { mix, mixText } from "./hash.ts";

export interface AuditRow {
  id: number;
  at_ms: number;
  actor: string;
  action: string;
  subject: string;
  before_json: string | null;
  after_json: string | null;
  checksum: number;
}

export const AUDIT_COLUMNS: readonly (keyof AuditRow)[] = [
  "id",
  "at_ms",
  "actor",
  "action",
  "subject",
  "before_json",
  "after_json",
  "checksum",
];

/** The setting that says how many rows there must be. */
export const AUDIT_LAST = "audit_log_last";

export function auditRow({ actor, action, subject, before, after }: AuditNote, id: number, atMs: number): AuditRow {
  const row = { id, at_ms: atMs, actor, action, subject, before_json: jsonOf(before), after_json: jsonOf(after), checksum: 0 };
  return { ...row, checksum: auditChecksum(row) };
}

export function auditEntryOf(row: AuditRow): AuditEntry {
  return {
    id: Number(row.id),
    atMs: Number(row.at_ms),
    actor: row.actor,
    action: row.action as AuditAction,
    subject: row.subject,
    before: objectIn(row.before_json),
    after: objectIn(row.after_json),
  };
}

/** @param rows in order of their ids; @param last how many there must be */
export function checkAuditRows(rows: readonly AuditRow[], last: number | undefined, differences: Differences): void {
  if (last === undefined) differences.add("settings", AUDIT_LAST, "a number", "missing");
  let expectedId = 1;
  for (const row of rows) {
    const where = `audit_log id ${row.id}`;
    if (Number(row.id) !== expectedId) differences.add("audit", "audit_log", `id ${expectedId}`, `id ${row.id}`);
    expectedId = Number(row.id) + 1;
    const checksum = auditChecksum(row);
    if (Number(row.checksum) !== checksum) differences.add("checksum", where, checksum, row.checksum);
    if (!(AUDIT_ACTIONS as readonly string[]).includes(row.action)) differences.add("audit", `${where} action`, "a known one", row.action);
  }
  const found = rows.at(-1)?.id ?? 0;
  if (last !== undefined && Number(found) !== last) differences.add("audit", "audit_log", `last id ${last}`, found);
}

function auditChecksum(row: AuditRow): number {
  const numbers = mix(mix(0, Number(row.id)), Number(row.at_ms));
  return [row.actor, row.action, row.subject, row.before_json, row.after_json].reduce((hash, text) => mixText(hash, text), numbers);
}

function jsonOf(facts: object | null): string | null {
  return facts === null ? null : JSON.stringify(facts);
}

function objectIn(text: string | null): object | null {
  return text === null ? null : (JSON.parse(text) as object);
}
