/** `tokenledger export records` */

import { InvalidInput } from "../../errors.ts";
import { toRecordForm } from "../../importers/index.ts";
import type { Period } from "../../insights/index.ts";
import type { StoredRecord, UsageFilter } from "../../ledger/index.ts";
import { type CommandContext, needsSubcommand, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import type { ReadableBook } from "../empty-book.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Format } from "../printing/answer.ts";
import { type Cell, csvLine } from "../printing/csv.ts";
import { idsMeant, meantBy } from "../savings-meant.ts";
import { addFilterOptions, addPeriodOptions, type FilterOptions, filterOf, type PeriodOptions, periodFrom } from "../selection.ts";

const EXAMPLES = `
  tokenledger export records --output records.jsonl
  tokenledger export records --month --team engineering --format csv --output engineering.csv
  tokenledger export records --recommendation model-downgrade-1a2b3c4d        the calls that it is about`;

export function define(command: Command): void {
  const records = command.command("records", "usage records").about("Usage records in the record form, oldest first.");
  addPeriodOptions(records);
  addFilterOptions(records);
  records.option("--recommendation <id>", "the calls that a recommendation of tokenledger optimize is about", recommendationOf);
  records.example(EXAMPLES);
  runs(records, exportRecords);
  needsSubcommand(command);
}

/** Every field of the record form, in the order of CSV columns. */
export const RECORD_FIELDS: readonly string[] = (
  "id timestamp provider model requested_model input_tokens output_tokens cache_creation_tokens cache_creation_1h_tokens " +
  "cache_read_tokens reasoning_tokens audio_input_tokens audio_output_tokens web_searches latency_ms cost_usd cost_source " +
  "user_id user team_id team project_id project org_id org key request_id attempt session_id tags source usage_source status " +
  "service_tier speed inference_geo metadata"
).split(" ");

/** Written in stretches, so that a big book neither fills the memory nor keeps an interrupt waiting. */
const STRETCH_CHARACTERS = 1 << 18;

interface ExportOptions extends PeriodOptions, FilterOptions {
  recommendation?: string;
}

async function exportRecords(context: CommandContext, options: ExportOptions): Promise<ExitCode> {
  const filter = filterOf(options);
  const timeZone = await context.timeZone();
  const periodIn = periodFrom(options, context.nowMs, timeZone);
  const { format, output } = await context.openOutput(["jsonl", "csv", "json"]);
  const book = await context.bookOrNothing();
  let exported = 0;
  try {
    const meant = options.recommendation === undefined ? undefined : await callsMeant(context, book, { ...options, filter });
    const { startMs, endMs } = meant?.period ?? (await periodIn(book));
    let text = START[format] ?? "";
    for await (const record of book.query({ ...filter, startMs, endMs })) {
      if (meant && !isAmong(meant.rows, record.rowId)) continue;
      text += recordText(record, format, exported === 0);
      exported++;
      if (text.length < STRETCH_CHARACTERS) continue;
      output.write(text);
      text = "";
      await new Promise((resolve) => setImmediate(resolve));
    }
    output.write(text + (format === "json" ? "\n]}\n" : ""));
  } finally {
    await book.close();
  }
  output.finish();
  if (exported > 0) return EXIT.done;
  context.note("Nothing to export: the book has no such records.");
  return EXIT.nothingToReport;
}

/** The same replay as that of `tokenledger optimize`, with the same days where none are named. */
async function callsMeant(
  context: CommandContext,
  book: ReadableBook,
  { recommendation: id = "", filter, ...options }: PeriodOptions & { recommendation?: string; filter: UsageFilter | undefined },
): Promise<{ period: Period; rows: Float64Array }> {
  const { foundIn, savingsPeriod } = await import("../replayed-book.ts");
  const period = await (await savingsPeriod(context, options))(book, await book.span());
  const found = await foundIn(context, book, { period, filter, keepsRows: true });
  const [meant = id] = idsMeant(found.document, { id });
  return { period, rows: (found.rowsOf(meant) ?? new Float64Array()).slice().sort() };
}

/** Millions of numbers in a plain column take a tenth of what a set of them does. */
function isAmong(sorted: Float64Array, row: number): boolean {
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < row) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === row;
}

function recommendationOf(text: string): string {
  const meant = meantBy("--recommendation", text);
  if ("id" in meant) return meant.id;
  throw new InvalidInput(`--recommendation ${meant.kind} is a kind; give the id of one: tokenledger optimize lists them.`);
}

const START: Partial<Record<Format, string>> = {
  csv: csvLine(RECORD_FIELDS),
  json: '{"schema":"tokenledger.records/1","records":[',
};

function recordText(record: StoredRecord, format: Format, first: boolean): string {
  const form: Readonly<Record<string, unknown>> = { ...toRecordForm(record) };
  if (format === "csv") return csvLine(RECORD_FIELDS.map((field) => cellOf(form[field])));
  const json = JSON.stringify(form);
  return format === "json" ? `${first ? "" : ","}\n${json}` : `${json}\n`;
}

function cellOf(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  return typeof value === "number" || typeof value === "string" ? value : JSON.stringify(value);
}
