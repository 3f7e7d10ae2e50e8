/** `trace-csv`: public traces of calls, as CSV or JSON, read as if they were one's own usage. */
import { InvalidInput, quoteValue } from "../../../errors.ts";
import { factsAsMetadata, isObject, nameUuid, presentFields, type UsageRecord } from "../../../usage/index.ts";
import type { Importer } from "../../importer.ts";
import { headingKey, listOf } from "../../reading/csv-rows.ts";
import { cellsOf, type Fields, factsOf, fieldsOf } from "../../records/export-fields.ts";
import { type ExportPlace, exportImporter } from "../../records/export-importer.ts";
import { NO_TRACES, type ReadCall, TRACE_FORMS, type TracedCall } from "./trace-forms.ts";

const SOURCE = "trace-csv";

export const traceCsvImporter: Importer = exportImporter({
  source: SOURCE,
  title: "Request traces",
  signs:
    /^\ufeff?(?:TIMESTAMP,ContextTokens|Timestamp,(?:[^\n]*,)?Request tokens|(?:[^\n]*,)?window_start_s,)|"(?:request_arrival_delta_s|start_time_iso|input_length)"\s*:/i,
  ofCsv(headings, place) {
    const keys = new Set(headings.map(headingKey));
    const recordOf = rowReader(headings, (field) => keys.has(headingKey(field)), place);
    return (row, at) => recordOf(cellsOf(row), at);
  },
  ofValues(first, place) {
    if (!isObject(first)) throw new InvalidInput(`is no trace: it begins with ${quoteValue(first)}, which is no call`);
    const recordOf = rowReader(Object.keys(first), (field) => Object.hasOwn(first, field), place);
    return (value, at) => {
      if (!isObject(value)) throw new TypeError(`${quoteValue(value)} is no call of a trace`);
      return recordOf(fieldsOf(value), at);
    };
  },
});

type RowReader = (fields: Fields, place: ExportPlace) => UsageRecord | undefined;

/** Finds the form by the fields of the file's beginning. */
function rowReader(names: readonly string[], has: (field: string) => boolean, place: ExportPlace): RowReader {
  const table = NO_TRACES.find(({ fields }) => fields.every(has));
  if (table !== undefined) throw new InvalidInput(table.reason);
  const form = TRACE_FORMS.find(({ fields }) => fields.every(has));
  if (form === undefined) {
    const known = TRACE_FORMS.map(({ name, fields }) => `${fields.join(", ")} (${name})`);
    throw new InvalidInput(`is no trace of a known form: its fields are ${listOf(names)}; needed are ${known.join(", or ")}`);
  }
  const readCall: ReadCall = form.begin(place, has);
  let rows = 0;
  return (fields, { warn }) => {
    // Rows that can't be read are counted, too: mending one doesn't turn those after it into other calls.
    rows++;
    return recordOf(readCall(fields, warn), rows);
  };
}

/** Two equal rows of a trace are two calls, so the number of the row is a part of what a call is known by. */
function recordOf({ input, output, facts, callFacts, ...call }: TracedCall, row: number): UsageRecord | undefined {
  if (input === 0 && output === 0) return undefined;
  const { timestampMs, provider, model, sessionId } = call;
  const content = [row, timestampMs, provider, model, input, output, ...(sessionId === undefined ? [] : [sessionId])];
  return presentFields<UsageRecord>({
    ...call,
    id: nameUuid(SOURCE, JSON.stringify(content)),
    tokens: { input, output },
    source: SOURCE,
    usageSource: "imported",
    // What says how a call was made is longer than other facts, and whole or worth nothing.
    metadata: callFacts ? { ...(facts && factsOf(facts)), ...factsAsMetadata(callFacts) } : facts && factsOf(facts),
  });
}
