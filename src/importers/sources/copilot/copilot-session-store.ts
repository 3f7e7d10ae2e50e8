/** The session store of Copilot's command line and desktop app: one row per request, which is what GitHub bills. */

import type { ImportSink, SourceDatabase } from "../../importer.ts";
import { textOf } from "../../reading/fields.ts";
import { visitSafely } from "../../reading/json-values.ts";
import { columnsOf, pagesOf } from "../../reading/source-rows.ts";
import { countsIn, inclusiveTokens } from "../../records/agent-record.ts";
import { emitCopilotCall } from "./copilot-record.ts";

export const STORE_TABLE = "assistant_usage_events";

const EVENTS = {
  name: STORE_TABLE,
  key: "rowid",
  required: ["model", "created_at", "input_tokens", "output_tokens"],
  optional: [
    "session_id",
    "copilot_usage_model",
    "cache_read_tokens",
    "cache_read",
    "cache_write_tokens",
    "cache_write",
    "reasoning_tokens",
    "reasoning",
    "duration_ms",
    "initiator",
    "request_multiplier",
    "total_nano_aiu",
  ],
};

/** Emits every request of the store. */
export function* readSessionStore(database: SourceDatabase, sink: ImportSink): Generator<void> {
  const folders = sessionFolders(database);
  for (const rows of pagesOf(database, EVENTS)) {
    for (const row of rows) visitSafely(sink, 0, () => readEvent(row, folders, sink));
    yield;
  }
}

function sessionFolders(database: SourceDatabase): Map<string, string> {
  if (!columnsOf(database, "sessions").has("cwd")) return new Map();
  return new Map(database.all("SELECT id, cwd FROM sessions WHERE cwd IS NOT NULL").map((row) => [String(row.id), String(row.cwd)]));
}

function readEvent(row: Record<string, unknown>, folders: Map<string, string>, sink: ImportSink): void {
  const count = countsIn(row, sink, 0, `request ${row.rowid}: `);
  const sessionId = row.session_id === undefined || row.session_id === null ? undefined : String(row.session_id);
  const facts = ["initiator", "request_multiplier", "total_nano_aiu"].filter((name) => row[name] !== undefined && row[name] !== null);
  emitCopilotCall(sink, {
    // Row numbers start again when the store is made anew; the time tells the two apart.
    id: `store:${sessionId ?? ""}:${row.rowid}:${row.created_at}`,
    times: [row.created_at],
    model: textOf(row.copilot_usage_model) ?? textOf(row.model),
    tokens: inclusiveTokens({
      input: count("input_tokens"),
      output: count("output_tokens"),
      cacheRead: count("cache_read_tokens", "cache_read"),
      cacheWrite: count("cache_write_tokens", "cache_write"),
      reasoning: count("reasoning_tokens", "reasoning"),
    }),
    latencyMs: typeof row.duration_ms === "number" && row.duration_ms >= 0 ? Math.round(row.duration_ms) : undefined,
    sessionId,
    folder: folders.get(sessionId ?? ""),
    metadata: facts.length > 0 ? Object.fromEntries(facts.map((name) => [name, String(row[name])])) : undefined,
  });
}
