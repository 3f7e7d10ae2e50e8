/** `trace-csv`: public traces of requests (Azure's, BurstGPT's), read as if they were one's own usage. */
import { InvalidInput } from "../../errors.ts";
import { nameUuid, type UsageRecord } from "../../usage/index.ts";
import { type CsvRow, headingKey, listOf } from "../csv-rows.ts";
import { durationOf, factsOf, instantAt, nameOf } from "../export-fields.ts";
import { type ExportPlace, exportImporter } from "../export-importer.ts";
import { countOf } from "../fields.ts";
import type { Importer, ImportOptions } from "../importer.ts";
import { presentFields } from "../present-fields.ts";

const SOURCE = "trace-csv";

/** What BurstGPT calls the models that it saw. */
const BURST_MODELS: Readonly<Record<string, string>> = { chatgpt: "gpt-3.5-turbo", "gpt-4": "gpt-4" };

/** One request of a trace, before it is told whose model served it. */
interface TracedCall {
  timestampMs: number;
  model: string;
  input: number;
  output: number;
  latencyMs?: number | undefined;
  sessionId?: string | undefined;
  logType?: string | undefined;
}

export const traceCsvImporter: Importer = exportImporter({
  source: SOURCE,
  title: "Request traces",
  signs: /^\ufeff?(?:TIMESTAMP,ContextTokens|Timestamp,(?:[^\n]*,)?Request tokens)/i,
  ofCsv(headings, place) {
    const keys = new Set(headings.map(headingKey));
    const has = (...names: string[]): boolean => names.every((name) => keys.has(name));
    let callOf: (row: CsvRow, place: ExportPlace) => TracedCall;
    if (has("timestamp", "contexttokens", "generatedtokens")) callOf = azureCalls(place);
    else if (has("timestamp", "request_tokens", "response_tokens")) callOf = burstCalls(place.options, keys.has("model"));
    else {
      throw new InvalidInput(
        `is no trace of a known form: its columns are ${listOf(headings)}, but TIMESTAMP, ContextTokens, GeneratedTokens (Azure) ` +
          "or Timestamp, Model, Request tokens, Response tokens (BurstGPT) are needed",
      );
    }
    let rows = 0;
    return (row, at) => recordOf(callOf(row, at), ++rows, at.options);
  },
});

function azureCalls({ options, warn }: ExportPlace): (row: CsvRow, place: ExportPlace) => TracedCall {
  const model = options.model;
  if (model === undefined) throw new InvalidInput("names no model; say which one to take the requests for with --model (and --provider)");
  if (options.epochMs !== undefined) warn("the trace has times of its own; --epoch was not needed");
  return (row, place) => ({
    timestampMs: instantAt(row.cell("TIMESTAMP"), "TIMESTAMP", options.timeZone),
    model,
    input: countOf(row.cell("ContextTokens"), "ContextTokens", place.warn),
    output: countOf(row.cell("GeneratedTokens"), "GeneratedTokens", place.warn),
  });
}

function burstCalls({ model, epochMs }: ImportOptions, namesModels: boolean): (row: CsvRow, place: ExportPlace) => TracedCall {
  if (epochMs === undefined)
    throw new InvalidInput("counts seconds from its own start; say when that was with --epoch 2026-01-01T00:00:00Z");
  if (model === undefined && !namesModels) throw new InvalidInput("names no model; say which one to take the requests for with --model");
  return (row, place) => {
    const seconds = Number(row.cell("Timestamp") || Number.NaN);
    if (!(seconds >= 0 && seconds < 1e10))
      throw new TypeError(`Timestamp is ${JSON.stringify(row.cell("Timestamp"))}, not a number of seconds`);
    const said = nameOf(row.cell("Model"));
    if (model === undefined && said === undefined) throw new TypeError("Model is empty");
    return {
      timestampMs: epochMs + Math.round(seconds * 1000),
      model: model ?? BURST_MODELS[said?.toLowerCase() ?? ""] ?? (said as string),
      input: countOf(row.cell("Request tokens"), "Request tokens", place.warn),
      output: countOf(row.cell("Response tokens"), "Response tokens", place.warn),
      latencyMs: durationOf(row.cell("Elapsed time"), 1000),
      sessionId: nameOf(row.cell("Session ID")),
      logType: nameOf(row.cell("Log Type")),
    };
  };
}

/** Two equal rows of a trace are two calls, so the number of the row is a part of what a call is known by. */
function recordOf(call: TracedCall, row: number, { provider = "openai" }: ImportOptions): UsageRecord | undefined {
  const { timestampMs, model, input, output } = call;
  if (input === 0 && output === 0) return undefined;
  return presentFields<UsageRecord>({
    id: nameUuid(SOURCE, JSON.stringify([row, timestampMs, provider, model, input, output])),
    timestampMs,
    provider,
    model,
    tokens: { input, output },
    latencyMs: call.latencyMs,
    sessionId: call.sessionId,
    source: SOURCE,
    usageSource: "imported",
    metadata: factsOf({ log_type: call.logType }),
  });
}
