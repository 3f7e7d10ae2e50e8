/** The tables of SPEC-TOKEN-001, section 7, filled by SQL. */
import { databaseBytes, PAGE_OF_TEXT, sqlText } from "../agent-files.ts";

const TABLES = `
CREATE TABLE usage_records (
    id TEXT PRIMARY KEY, timestamp TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,
    input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cache_creation_tokens INTEGER, cache_read_tokens INTEGER,
    latency_ms INTEGER NOT NULL, cost_usd REAL NOT NULL, user_id TEXT, team_id TEXT, project_id TEXT, request_id TEXT NOT NULL, metadata TEXT
);
CREATE INDEX idx_usage_timestamp ON usage_records(timestamp);
CREATE TABLE budgets (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, amount_usd REAL NOT NULL, period TEXT NOT NULL, scope TEXT NOT NULL,
    current_spent REAL NOT NULL DEFAULT 0, enforcement TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL
);
CREATE TABLE alerts (
    id TEXT PRIMARY KEY, budget_id TEXT NOT NULL, threshold REAL NOT NULL, triggered_at TEXT, acknowledged BOOLEAN DEFAULT FALSE
);`;

type Values = Readonly<Record<string, string | number | null | { sql: string }>>;

function insert(table: string, row: Values): string {
  const texts = Object.values(row).map((value) => {
    if (value !== null && typeof value === "object") return value.sql;
    return typeof value === "string" ? sqlText(value) : String(value);
  });
  return `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${texts.join(", ")})`;
}

export function call(id: string, values: Values = {}): string {
  return insert("usage_records", {
    id,
    timestamp: "2026-03-01T10:00:00Z",
    provider: "anthropic",
    model: "claude-3-opus",
    input_tokens: 1000,
    output_tokens: 300,
    cache_creation_tokens: 100,
    cache_read_tokens: null,
    latency_ms: 850,
    cost_usd: 0.0375,
    user_id: "user-1",
    team_id: "team-1",
    project_id: null,
    request_id: `request-${id}`,
    metadata: JSON.stringify({ prompt: PAGE_OF_TEXT, environment: "test" }),
    ...values,
  });
}

export function budget(id: string, values: Values = {}): string {
  return insert("budgets", {
    id,
    name: id,
    amount_usd: 500,
    period: "monthly",
    scope: '{"team":"engineering"}',
    current_spent: 123.45,
    enforcement: "rate_limit",
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    ...values,
  });
}

export function alert(id: string, budgetId: string, threshold: number | string): string {
  return insert("alerts", { id, budget_id: budgetId, threshold, triggered_at: null, acknowledged: 0 });
}

export function founding(...statements: string[]): Buffer {
  return databaseBytes(TABLES, ...statements);
}
