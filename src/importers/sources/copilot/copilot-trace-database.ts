/** `agent-traces.db`: the spans of Copilot Chat in an editor, as its OpenTelemetry database keeps them. */

import type { ImportSink, SourceDatabase } from "../../importer.ts";
import { textOf } from "../../reading/fields.ts";
import { visitSafely } from "../../reading/json-values.ts";
import { columnsOf, pagesOf } from "../../reading/source-rows.ts";
import { countsIn, inclusiveTokens, latencyBetween } from "../../records/agent-record.ts";
import { emitCopilotCall } from "./copilot-record.ts";

export const SPAN_TABLE = "spans";

const SPANS = {
  name: SPAN_TABLE,
  key: "span_id",
  required: ["operation_name", "input_tokens", "output_tokens", "end_time_ms"],
  optional: ["trace_id", "chat_session_id", "request_model", "response_model", "cached_tokens", "start_time_ms"],
};

/** Emits the chat spans; spans of tools and whole turns repeat them or have no usage. */
export function* readTraceDatabase(database: SourceDatabase, sink: ImportSink): Generator<void> {
  const written = cacheWrites(database);
  for (const rows of pagesOf(database, SPANS)) {
    for (const row of rows) {
      if (row.operation_name === "chat") visitSafely(sink, 0, () => readSpan(row, written.get(String(row.span_id)), sink));
    }
    yield;
  }
}

function cacheWrites(database: SourceDatabase): Map<string, unknown> {
  if (columnsOf(database, "span_attributes").size === 0) return new Map();
  const rows = database.all("SELECT span_id, value FROM span_attributes WHERE key = 'gen_ai.usage.cache_creation.input_tokens'");
  return new Map(rows.map((row) => [String(row.span_id), row.value]));
}

function readSpan(row: Record<string, unknown>, cacheWrite: unknown, sink: ImportSink): void {
  const count = countsIn({ ...row, cache_creation: cacheWrite }, sink, 0, `span ${row.span_id}: `);
  emitCopilotCall(sink, {
    id: `${row.trace_id ?? row.chat_session_id ?? ""}:${row.span_id}`,
    times: [row.end_time_ms, row.start_time_ms],
    model: textOf(row.response_model) ?? textOf(row.request_model),
    tokens: inclusiveTokens({
      input: count("input_tokens"),
      output: count("output_tokens"),
      cacheRead: count("cached_tokens"),
      cacheWrite: count("cache_creation"),
    }),
    latencyMs: latencyBetween(row.start_time_ms, row.end_time_ms),
    sessionId: textOf(row.chat_session_id),
  });
}
