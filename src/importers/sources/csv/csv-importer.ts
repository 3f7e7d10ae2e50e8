/** `csv`: our own record form as a table; its columns are named by our fields, by well-known other names, or by the user. */
import { InvalidInput, quoteValue } from "../../../errors.ts";
import { recordFromForm, type UsageRecord } from "../../../usage/index.ts";
import type { Importer, ImportOptions } from "../../importer.ts";
import { type CsvRow, headingKey, listOf } from "../../reading/csv-rows.ts";
import { type ExportPlace, exportImporter } from "../../records/export-importer.ts";
import { CSV_FIELDS, type CsvField, cellValue } from "./csv-fields.ts";

const SOURCE = "csv";
const METADATA_PREFIX = /^metadata[._](.+)$/i;

export const csvImporter: Importer = exportImporter({
  source: SOURCE,
  title: "Records as CSV",
  ofCsv(headings, place) {
    const columns = columnsOf(headings, place.options);
    const metadata = headings.filter((heading) => METADATA_PREFIX.test(heading));
    const taken = new Set([...columns.values(), ...metadata].map(headingKey));
    for (const heading of headings) {
      if (!taken.has(headingKey(heading))) place.warn(`column ${quoteValue(heading)} stands for no field of a record and was left out`);
    }
    return (row, at) => recordOf(row, columns, metadata, at);
  },
});

function recordOf(row: CsvRow, columns: ReadonlyMap<CsvField, string>, metadata: readonly string[], place: ExportPlace): UsageRecord {
  const form: Record<string, unknown> = {};
  for (const [field, heading] of columns) form[field.name] = cellValue(field, row.cell(heading) ?? "");
  if (metadata.length > 0) {
    form.metadata = Object.fromEntries(metadata.map((heading) => [METADATA_PREFIX.exec(heading)?.[1], row.cell(heading) || undefined]));
  }
  const { provider, model, inputExcludesCache, timeZone } = place.options;
  return recordFromForm(form, { source: SOURCE, provider, model, inputExcludesCache, timeZone, warn: place.warn });
}

/** Which column holds which field: as the user says, by our own name, or by another that is well known. */
function columnsOf(headings: readonly string[], { columns = {}, provider, model }: ImportOptions): Map<CsvField, string> {
  const byKey = new Map(headings.map((heading) => [headingKey(heading), heading]));
  const mapped = new Map(Object.entries(columns));
  const found = new Map<CsvField, string>();
  for (const field of CSV_FIELDS) {
    const wanted = mapped.get(field.name);
    mapped.delete(field.name);
    const heading = wanted === undefined ? headingOf(field, byKey) : byKey.get(headingKey(wanted));
    if (wanted !== undefined && heading === undefined) {
      throw new InvalidInput(`has no column ${quoteValue(wanted)} for ${field.name}; its columns are ${listOf(headings)}`);
    }
    if (heading === undefined) continue;
    if (headings.filter((other) => headingKey(other) === headingKey(heading)).length > 1) {
      throw new InvalidInput(`has two columns ${quoteValue(heading)} for ${field.name}; rename the one that is not meant`);
    }
    found.set(field, heading);
  }
  const [unknown] = mapped.keys();
  if (unknown !== undefined)
    throw new InvalidInput(`${quoteValue(unknown)} is no field of a record; fields are ${CSV_FIELDS.map(({ name }) => name).join(", ")}`);
  const given = new Set([...found.keys()].map(({ name }) => name));
  if (provider !== undefined) given.add("provider");
  if (model !== undefined) given.add("model");
  const missing = ["timestamp", "provider", "model", "input_tokens", "output_tokens"].filter((name) => !given.has(name));
  if (missing.length === 0) return found;
  throw new InvalidInput(
    `has no column for ${missing.join(", ")}; its columns are ${listOf(headings)}: ` +
      `say which is which, as in --map ${missing[0]}=${quoteValue(headings[0] ?? "Heading", 40)}`,
  );
}

function headingOf(field: CsvField, byKey: ReadonlyMap<string, string>): string | undefined {
  return [field.name, ...field.otherNames].map((name) => byKey.get(name)).find((heading) => heading !== undefined);
}
