/** `anthropic-usage`: pages of Anthropic's usage and cost reports, and the Console's CSV exports of both. */

import { quoteValue } from "../../../errors.ts";
import { isObject } from "../../../usage/index.ts";
import type { Importer } from "../../importer.ts";
import { requireHeadings } from "../../reading/csv-rows.ts";
import { objectAt } from "../../reading/fields.ts";
import { cellsOf, fieldsOf } from "../../records/export-fields.ts";
import { exportImporter } from "../../records/export-importer.ts";
import { consoleCostRecord, reportCostRecord } from "./anthropic-costs.ts";
import { consoleUsageRecord, reportUsageRecord } from "./anthropic-usage.ts";

export const anthropicUsageImporter: Importer = exportImporter({
  source: "anthropic-usage",
  title: "Anthropic usage and costs",
  signs: /"starting_at"|usage_date_utc/,
  lists: ["data"],
  partsOf(bucket) {
    if (!isObject(bucket) || !Array.isArray(bucket.results))
      throw new TypeError(`${quoteValue(bucket)} is no day of Anthropic's usage or cost report`);
    const { results, ...span } = bucket;
    return results.map((result) => ({ ...span, result }));
  },
  ofValue(part, place) {
    const { result, ...span } = part as Record<string, unknown>;
    if (!isObject(result)) throw new TypeError(`${quoteValue(result)} is no result of Anthropic's usage or cost report`);
    if (result.amount !== undefined) return reportCostRecord(fieldsOf({ ...span, ...result }), place);
    return reportUsageRecord(
      fieldsOf({ ...span, ...result, ...objectAt(result, "cache_creation"), ...objectAt(result, "server_tool_use") }),
      place,
    );
  },
  ofCsv(headings) {
    if (headings.includes("cost_usd")) {
      requireHeadings(headings, ["usage_date_utc", "model", "token_type", "cost_usd"], "Anthropic cost export");
      return (row, place) => consoleCostRecord(cellsOf(row), place);
    }
    requireHeadings(
      headings,
      ["usage_date_utc", "model_version", "usage_input_tokens_no_cache", "usage_output_tokens"],
      "Anthropic usage export",
    );
    return (row, place) => consoleUsageRecord(cellsOf(row), place);
  },
});
