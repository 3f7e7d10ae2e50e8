/** `cursor-csv`: the usage export of cursor.com, in the three layouts that it has had. */
import { quoteValue } from "../../../errors.ts";
import { nameUuid, presentFields, type UsageRecord, utcDay } from "../../../usage/index.ts";
import type { Importer } from "../../importer.ts";
import { type CsvRow, requireHeadings } from "../../reading/csv-rows.ts";
import { countOf } from "../../reading/fields.ts";
import { callCostOf, factsOf, instantAt, isTrue, nameOf } from "../../records/export-fields.ts";
import { type ExportPlace, exportImporter } from "../../records/export-importer.ts";
import { isNothing, tokensBesideCache } from "../../records/export-tokens.ts";
import { providerOf } from "../../records/model-provider.ts";

const SOURCE = "cursor-csv";
const COUNTS = ["Input (w/ Cache Write)", "Input (w/o Cache Write)", "Cache Read", "Output Tokens"] as const;

export const cursorCsvImporter: Importer = exportImporter({
  source: SOURCE,
  title: "Cursor usage export",
  signs: /^\ufeff?"?Date"?,[^\n]*Input \(w\/ Cache Write\)/,
  ofCsv(headings) {
    requireHeadings(headings, ["Date", "Model", ...COUNTS], "Cursor usage export");
    return recordOf;
  },
});

function recordOf(row: CsvRow, { warn }: ExportPlace): UsageRecord | undefined {
  const [written = 0, uncached = 0, cacheRead = 0, output = 0] = COUNTS.map((heading) =>
    countOf(row.cell(heading), quoteValue(heading), warn),
  );
  // The columns are disjoint, whatever "w/ Cache Write" may suggest: in every export they add up to the total.
  const tokens = tokensBesideCache({ input: uncached, cacheRead, cacheWrite5m: written, output });
  if (isNothing(tokens)) return undefined;
  const total = countOf(row.cell("Total Tokens"), "Total Tokens", warn);
  if (total > 0 && total !== written + uncached + cacheRead + output) {
    warn("Total Tokens is not the sum of the other columns, which are what counts");
  }
  const date = row.cell("Date") ?? "";
  const model = nameOf(row.cell("Model"));
  if (model === undefined) throw new TypeError("Model is empty");
  const kind = row.cell("Kind") ?? "";
  return presentFields<UsageRecord>({
    id: nameUuid(SOURCE, JSON.stringify([date, model, written, uncached, cacheRead, output])),
    timestampMs: utcDay(date) ?? instantAt(date, "Date"),
    provider: providerOf(undefined, model, "cursor"),
    model,
    tokens,
    reportedCostNanoUsd: costOf(kind, row.cell("Cost") ?? ""),
    sessionId: nameOf(row.cell("Cloud Agent ID")),
    user: nameOf(row.cell("User")),
    source: SOURCE,
    usageSource: "imported",
    status: statusOf(kind),
    metadata: factsOf({ kind, max_mode: isTrue(row.cell("Max Mode")) || undefined, automation_id: row.cell("Automation ID") }),
    // What is "Included" today may show its price in tomorrow's export.
    replay: { rank: 0 },
  });
}

/** "Included" in the plan names no price, so the book's own applies; a call that isn't charged costs nothing. */
function costOf(kind: string, cost: string): number | undefined {
  if (/no charge|not charged/i.test(kind)) return 0;
  return /^(?:included|free|nan|-)$/i.test(cost) ? undefined : callCostOf(cost.replace(/^\$/, ""), "Cost");
}

function statusOf(kind: string): string | undefined {
  if (/error/i.test(kind)) return "error";
  return /abort/i.test(kind) ? "aborted" : undefined;
}
