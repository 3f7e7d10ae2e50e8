/** The SQLite database of the specification's token-ledger: one row per call. */
import { basename } from "node:path";
import { InvalidInput } from "../../../errors.ts";
import { isObject, recordFromForm, type UsageRecord } from "../../../usage/index.ts";
import type { ImportContext, Importer, SourceDatabase, SourceFile } from "../../importer.ts";
import { textOf } from "../../reading/fields.ts";
import { visitSafely } from "../../reading/json-values.ts";
import { optionsKey, wasReadWith } from "../../reading/options-key.ts";
import { columnsOf, pagesOf, readDatabase } from "../../reading/source-rows.ts";
import { oncePerFile, type Warn } from "../../records/warnings.ts";
import { idText } from "./id-text.ts";

const SOURCE = "token-ledger-db";
const NAME = /^token[-_]?ledger[^/\\]*\.(?:db|sqlite3?)$/i;

const CALLS = {
  name: "usage_records",
  key: "rowid",
  required: ["timestamp", "provider", "model", "input_tokens", "output_tokens"],
  optional: [
    ...["id", "cache_creation_tokens", "cache_read_tokens", "latency_ms", "cost_usd"],
    ...["user_id", "team_id", "project_id", "request_id", "metadata"],
  ],
};

const ID_COLUMNS = ["id", "user_id", "team_id", "project_id", "request_id"] as const;

export const tokenLedgerDbImporter: Importer = {
  source: SOURCE,
  title: "Token Ledger's database",
  growth: "whole",
  roots: () => [],
  accepts: (path) => NAME.test(basename(path)),
  // Our own book has a table of that name, too, but keeps no cost as a fraction.
  recognises: (beginning) =>
    beginning.startsWith("SQLite format 3") && /\busage_records\b(?:(?!\busage_records\b)[^;])*\bcost_usd\b/.test(beginning),
  wasReadWith,

  *read(file: SourceFile, context: ImportContext) {
    for (const checkpoint of readDatabase(file, context, (database) => readCalls(database, context)))
      yield { ...checkpoint, state: optionsKey(context.options) };
  },
};

function* readCalls(database: SourceDatabase, { sink, options }: ImportContext): Generator<void> {
  const attempts = repeatedRequests(database);
  const warn = oncePerFile(sink);
  for (const rows of pagesOf(database, CALLS)) {
    for (const row of rows) {
      const line = Number(row.rowid);
      visitSafely(sink, line, () => {
        const attempt = attempts.get(line);
        sink.record(callOf(row, { attempt, inputExcludesCache: options.inputExcludesCache, timeZone: options.timeZone, warn, line }), line);
      });
    }
    yield;
  }
}

interface Place {
  attempt: number | undefined;
  inputExcludesCache: boolean | undefined;
  timeZone: string | undefined;
  warn: Warn;
  line: number;
}

function callOf(row: Record<string, unknown>, { attempt, warn, line, ...options }: Place): UsageRecord {
  const { rowid: _rowid, metadata, ...columns } = row;
  for (const column of ID_COLUMNS) columns[column] = idText(columns[column]);
  // The column can't be empty, so 0 is also what stands there for a model without a price: it tells nothing.
  if (columns.cost_usd === 0) columns.cost_usd = null;
  const told = (reason: string): void => warn(line, reason);
  try {
    return recordFromForm(
      { ...columns, ...(attempt !== undefined && { attempt }), metadata: metadataIn(metadata, told) },
      { source: SOURCE, warn: told, ...options },
    );
  } catch (error) {
    const id = columns.id === undefined ? "" : ` (id ${JSON.stringify(columns.id)})`;
    throw error instanceof InvalidInput ? new InvalidInput(`row ${row.rowid}${id}: ${error.message}`) : error;
  }
}

/**
 * Calls that bear the request id of an earlier row are its further attempts: a request id and an attempt are one call, and none
 * of them may be lost. Only such rows are kept in memory.
 */
function repeatedRequests(database: SourceDatabase): Map<number, number> {
  const attempts = new Map<number, number>();
  if (!columnsOf(database, CALLS.name).has("request_id")) return attempts;
  const rows = database.all(
    "SELECT rowid AS row, request_id FROM usage_records WHERE request_id IN " +
      "(SELECT request_id FROM usage_records WHERE request_id <> '' GROUP BY request_id HAVING COUNT(*) > 1) ORDER BY rowid",
  );
  const counts = new Map<string, number>();
  for (const { row, request_id: requestId } of rows) {
    const request = String(idText(requestId));
    const attempt = (counts.get(request) ?? 0) + 1;
    counts.set(request, attempt);
    if (attempt > 1) attempts.set(Number(row), attempt);
  }
  return attempts;
}

function metadataIn(metadata: unknown, warn: (reason: string) => void): Record<string, unknown> | undefined {
  const text = textOf(metadata);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Told below, like JSON that is no object.
  }
  warn("metadata that is no JSON object was left out");
  return undefined;
}
