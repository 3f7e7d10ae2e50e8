/**
 * The tables, version by version. `user_version` says how far a file is; each step runs in one transaction together with its
 * new number, so that a crash leaves the old version or the new one.
 */
import { DatabaseError, quoteValue } from "../../../errors.ts";
import type { Connection } from "./driver.ts";
import { APPLICATION_ID, checkedVersion, hasTables, SCHEMA_VERSION } from "./schema-version.ts";

/**
 * In `usage_records`, `0` in a dictionary column means "none" and NULL in a figure means "not told". A row with `corrects` is a
 * correction: `requests` 0, its figures are differences; -1, it takes the record back; 1, it puts the record down anew.
 */
const VERSION_1 = `
CREATE TABLE settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE dimensions (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  key TEXT NOT NULL,
  name TEXT,
  checksum INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX dimensions_by_key ON dimensions (kind, key);

CREATE TABLE usage_records (
  row INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  model INTEGER NOT NULL,
  source INTEGER NOT NULL,
  org INTEGER NOT NULL,
  team INTEGER NOT NULL,
  user INTEGER NOT NULL,
  project INTEGER NOT NULL,
  key INTEGER NOT NULL,
  session INTEGER NOT NULL,
  tags INTEGER NOT NULL,
  circumstances INTEGER NOT NULL,
  price_version INTEGER NOT NULL,
  requests INTEGER NOT NULL CHECK (requests BETWEEN -1 AND 1),
  unpriced INTEGER NOT NULL CHECK (unpriced BETWEEN -1 AND 1),
  input_tokens INTEGER,
  output_tokens INTEGER,
  cache_read_tokens INTEGER,
  cache_write_5m_tokens INTEGER,
  cache_write_1h_tokens INTEGER,
  reasoning_tokens INTEGER,
  audio_input_tokens INTEGER,
  audio_output_tokens INTEGER,
  web_searches INTEGER,
  latency_ms INTEGER,
  reported_cost_nano_usd INTEGER,
  computed_cost_nano_usd INTEGER,
  corrects INTEGER,
  id ANY,
  request_id ANY,
  metadata TEXT,
  checksum INTEGER NOT NULL
) STRICT;
CREATE INDEX usage_records_by_time ON usage_records (time_ms);
CREATE INDEX usage_records_by_corrected ON usage_records (corrects) WHERE corrects IS NOT NULL;

CREATE TABLE identities (hash INTEGER PRIMARY KEY, row INTEGER NOT NULL) STRICT;

CREATE TABLE rollups (
  dimension INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  value INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cache_read_tokens INTEGER NOT NULL,
  cache_write_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL,
  web_searches INTEGER NOT NULL,
  cost_nano_usd INTEGER NOT NULL,
  unpriced INTEGER NOT NULL,
  latency_ms INTEGER NOT NULL,
  latency_count INTEGER NOT NULL,
  PRIMARY KEY (dimension, hour, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE import_files (
  source INTEGER NOT NULL,
  path TEXT NOT NULL,
  size INTEGER NOT NULL,
  modified_ms REAL NOT NULL,
  read_bytes INTEGER NOT NULL,
  tail_hash TEXT NOT NULL,
  state TEXT,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (source, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE prices (
  id INTEGER PRIMARY KEY,
  entry TEXT NOT NULL,
  source TEXT NOT NULL,
  added_ms INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
`;

/**
 * Budgets. A reservation is open (0) until it ends; lapsed (1) and released (2) ones are remembered for a while, so that a call
 * which comes late is told apart from one that nobody knows. `holds` says which counters hold the estimate.
 */
const VERSION_2 = `
CREATE TABLE budgets (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  origin TEXT NOT NULL,
  counted_from_ms INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX budgets_by_name ON budgets (name);

CREATE TABLE budget_counters (
  budget INTEGER NOT NULL,
  value TEXT NOT NULL,
  start_ms INTEGER NOT NULL,
  used_nano_usd INTEGER NOT NULL,
  reserved_nano_usd INTEGER NOT NULL CHECK (reserved_nano_usd >= 0),
  used_tokens INTEGER NOT NULL,
  reserved_tokens INTEGER NOT NULL CHECK (reserved_tokens >= 0),
  requests INTEGER NOT NULL,
  overage_nano_usd INTEGER NOT NULL CHECK (overage_nano_usd >= 0),
  steady_ms INTEGER NOT NULL,
  PRIMARY KEY (budget, value, start_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE reservations (
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
  request_id TEXT NOT NULL,
  attempt INTEGER NOT NULL CHECK (attempt >= 1),
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  scope TEXT NOT NULL,
  nano_usd INTEGER NOT NULL CHECK (nano_usd BETWEEN 0 AND 9007199254740991),
  input_tokens INTEGER NOT NULL CHECK (input_tokens BETWEEN 0 AND 9007199254740991),
  output_tokens INTEGER NOT NULL CHECK (output_tokens BETWEEN 0 AND 9007199254740991),
  reserved_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  reserved_steady_ms INTEGER NOT NULL,
  expires_steady_ms INTEGER NOT NULL,
  dispatched INTEGER NOT NULL CHECK (dispatched IN (0, 1)),
  ended_ms INTEGER,
  holds TEXT NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (state, request_id, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE alerts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  budget INTEGER NOT NULL,
  value TEXT NOT NULL,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('threshold', 'overage')),
  threshold REAL NOT NULL,
  spent_nano_usd INTEGER NOT NULL,
  spent_tokens INTEGER NOT NULL,
  triggered_ms INTEGER NOT NULL,
  acknowledged_ms INTEGER,
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  next_attempt_ms INTEGER,
  delivered_ms INTEGER,
  last_error TEXT,
  checksum INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX alerts_by_threshold ON alerts (budget, value, start_ms, kind, threshold);
CREATE INDEX alerts_waiting ON alerts (next_attempt_ms) WHERE delivered_ms IS NULL AND next_attempt_ms IS NOT NULL;

INSERT INTO settings (name, value) VALUES ('budgets_revision', 0), ('names_revision', 0);
`;

/** Virtual keys: of a key's text, only its digest and last four characters. A name is one key's, until that is revoked or replaced. */
const VERSION_3 = `
ALTER TABLE reservations ADD COLUMN source TEXT;
ALTER TABLE reservations ADD COLUMN requested_model TEXT;
ALTER TABLE reservations ADD COLUMN external_id TEXT;
CREATE UNIQUE INDEX reservations_by_external_id ON reservations (external_id) WHERE state = 0 AND external_id IS NOT NULL;

CREATE TABLE virtual_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  last4 TEXT NOT NULL,
  rules TEXT NOT NULL,
  origin TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  revoked_ms INTEGER,
  replaced_until_ms INTEGER,
  last_used_ms INTEGER,
  checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX virtual_keys_by_digest ON virtual_keys (digest);
CREATE UNIQUE INDEX virtual_keys_by_name ON virtual_keys (name) WHERE revoked_ms IS NULL AND replaced_until_ms IS NULL;

INSERT INTO settings (name, value) VALUES ('keys_revision', 0);
`;

/**
 * What was changed by whom: rows are only ever added, numbered without a gap, and `audit_log_last` says how many there must be.
 * Sessions end with their key; of their tokens only digests are kept. Work that goes on at a provider, by a digest of its name there.
 */
const VERSION_4 = `
CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  before_json TEXT,
  after_json TEXT,
  checksum INTEGER NOT NULL
) STRICT;
CREATE TRIGGER audit_log_is_never_changed BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END;
CREATE TRIGGER audit_log_is_never_shortened BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END;

CREATE TABLE sessions (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
  key_id TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_end ON sessions (expires_ms);

CREATE TABLE provider_work (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
  org TEXT,
  team TEXT,
  user TEXT,
  project TEXT,
  key TEXT,
  at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_work_by_time ON provider_work (at_ms);

INSERT INTO settings (name, value) VALUES ('audit_log_last', 0);
`;

const STEPS: readonly string[] = [VERSION_1, VERSION_2, VERSION_3, VERSION_4];

/** Brings the file to this version's tables. Called with the busy timeout set; safe against other processes that do the same. */
export function migrate(connection: Connection, path: string): void {
  if (checkedVersion(connection, path) === SCHEMA_VERSION) return;
  connection.exec("BEGIN IMMEDIATE");
  try {
    const found = checkedVersion(connection, path);
    // Asked only here, with the write lock held: before, another process may be making the tables of a new book.
    if (found === 0 && hasTables(connection)) {
      throw new DatabaseError(
        `The book ${quoteValue(path, 300)} is damaged: it has tables but no version (PRAGMA user_version is 0); put back a copy.`,
      );
    }
    for (let version = found; version < SCHEMA_VERSION; version++) {
      connection.exec(STEPS[version] as string);
      if (version === 0) {
        connection.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
        connection.prepare("INSERT INTO settings (name, value) VALUES ('hash_seed', ?)").run(Math.floor(Math.random() * 0x100000000));
      }
      connection.exec(`PRAGMA user_version = ${version + 1}`);
    }
    connection.exec("COMMIT");
  } catch (error) {
    connection.exec("ROLLBACK");
    throw error;
  }
}
