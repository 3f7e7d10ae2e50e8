/** `openai-usage`: pages of OpenAI's organisation usage and costs APIs, and the CSV exports of both. */

import { quoteValue } from "../../../errors.ts";
import { isObject } from "../../../usage/index.ts";
import type { Importer } from "../../importer.ts";
import { requireHeadings } from "../../reading/csv-rows.ts";
import { cellsOf, type Fields, fieldsOf } from "../../records/export-fields.ts";
import { exportImporter } from "../../records/export-importer.ts";
import { costRecord } from "./openai-costs.ts";
import { usageRecord } from "./openai-usage.ts";

export const openaiUsageImporter: Importer = exportImporter({
  source: "openai-usage",
  title: "OpenAI usage and costs",
  signs: /organization\.(?:usage|costs)|num_model_requests|amount_value/,
  lists: ["data"],
  partsOf(bucket) {
    if (!isObject(bucket) || !Array.isArray(bucket.results))
      throw new TypeError(`${quoteValue(bucket)} is no bucket of OpenAI's usage or costs`);
    const { results, ...span } = bucket;
    return results.map((result) => ({ ...span, result }));
  },
  ofValue(part, place) {
    const { result, ...span } = part as Record<string, unknown>;
    if (!isObject(result)) throw new TypeError(`${quoteValue(result)} is no result of OpenAI's usage or costs`);
    if (isObject(result.amount)) {
      const { value, currency } = result.amount;
      return costRecord(fieldsOf({ ...span, ...result, amount_value: value, amount_currency: currency }), place);
    }
    return usageRecord(fieldsOf({ ...span, ...result }), kindOf(result.object), place);
  },
  ofCsv(headings) {
    if (headings.includes("amount_value")) return (row, place) => costRecord(cellsOf(row), place);
    requireHeadings(headings, ["start_time", "model", "input_tokens", "output_tokens"], "OpenAI usage or costs export");
    return (row, place) => (hasCounts(cellsOf(row)) ? usageRecord(cellsOf(row), "completions", place) : undefined);
  },
});

/** `organization.usage.completions.result` → `completions`. */
function kindOf(object: unknown): string {
  return /^organization\.usage\.(\w+)\.result$/.exec(String(object))?.[1] ?? "completions";
}

/** Days without usage are rows with nothing but their times. */
function hasCounts(fields: Fields): boolean {
  return fields("num_model_requests", "input_tokens", "output_tokens") !== undefined;
}
