/** What keeps the tables in order: keys and indexes, without which rows could be doubled or not be found. */
import type { Differences } from "../../schema/differences.ts";
import { VERSION_SETTING } from "./schema-version.ts";
import type { Transaction } from "./transaction.ts";

/** Index → what stands behind its table's name in its definition. */
const INDEXES: Readonly<Record<string, string>> = {
  settings_pkey: "UNIQUE settings (name)",
  dimensions_pkey: "UNIQUE dimensions (id)",
  dimensions_kind_digest_key: "UNIQUE dimensions (kind, digest)",
  usage_records_pkey: 'UNIQUE usage_records ("row", time_ms)',
  usage_records_by_time: 'usage_records (time_ms, "row")',
  usage_records_by_corrected: "usage_records (corrects)",
  identities_pkey: "UNIQUE identities (digest, attempt)",
  rollups_pkey: "UNIQUE rollups (dimension, hour, value)",
  import_files_pkey: "UNIQUE import_files (source, digest)",
  prices_pkey: "UNIQUE prices (id)",
  virtual_keys_pkey: "UNIQUE virtual_keys (id)",
  virtual_keys_by_digest: "UNIQUE virtual_keys (digest)",
  virtual_keys_by_name: "UNIQUE virtual_keys (md5)",
  audit_log_pkey: "UNIQUE audit_log (id)",
  sessions_pkey: "UNIQUE sessions (digest)",
  sessions_by_end: "sessions (expires_ms)",
  provider_work_pkey: "UNIQUE provider_work (digest)",
  provider_work_by_time: "provider_work (at_ms)",
};

/** What keeps the audit log from being changed. */
const AUDIT_GUARD = "audit_log_is_never_changed";

const SETTINGS: readonly string[] = [VERSION_SETTING, "names_revision", "keys_revision", "audit_log_last"];

export async function verifySchema(transaction: Transaction, differences: Differences): Promise<void> {
  const rows = await transaction.query(
    `SELECT index.relname AS name, tables.relname AS table, i.indisunique AS is_unique, i.indisvalid AS is_valid,
       (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indexrelid) AS columns
     FROM pg_catalog.pg_index i
     JOIN pg_catalog.pg_class index ON index.oid = i.indexrelid
     JOIN pg_catalog.pg_class tables ON tables.oid = i.indrelid
     WHERE index.relnamespace = current_schema()::regnamespace`,
  );
  const found = new Map(
    rows.map((row) => [row.name, row.is_valid ? `${row.is_unique ? "UNIQUE " : ""}${row.table} (${row.columns})` : "not valid"]),
  );
  for (const [name, expected] of Object.entries(INDEXES)) {
    if (found.get(name) !== expected) differences.add("schema", `index ${name}`, expected, found.get(name) ?? "missing");
  }
  const [guard] = await transaction.query(
    `SELECT 1 AS one FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class tables ON tables.oid = t.tgrelid
     WHERE tables.relnamespace = current_schema()::regnamespace AND tables.relname = 'audit_log' AND t.tgname = $1 AND t.tgenabled <> 'D'`,
    [AUDIT_GUARD],
  );
  if (!guard) differences.add("schema", `trigger ${AUDIT_GUARD}`, "in force", "missing");
  const settings = await transaction.query("SELECT name FROM settings");
  for (const name of SETTINGS) {
    if (!settings.some((row) => row.name === name)) differences.add("settings", name, "a number", "missing");
  }
}
