/** One result of OpenAI's costs: what a day cost, by project and line item. */
import { nameUuid, type UsageRecord } from "../../../usage/index.ts";
import { costReportRecord } from "../../records/cost-report.ts";
import { type Fields, instantAt, nameOf } from "../../records/export-fields.ts";
import type { ExportPlace } from "../../records/export-importer.ts";

/** What an amount is told apart by. */
const GROUP = ["line_item", "project_id", "api_key_id", "organization_id"];

/** The amount as one record without tokens; nothing for an amount of nothing. */
export function costRecord(fields: Fields, place: ExportPlace): UsageRecord | undefined {
  const amount = fields("amount_value");
  // Days without costs are rows with nothing but their times.
  if (amount === undefined) return undefined;
  const lineItem = nameOf(fields("line_item"));
  const timestampMs = instantAt(fields("start_time", "start_time_iso"), "start_time");
  return costReportRecord(
    {
      source: "openai-usage",
      id: nameUuid("openai-costs", JSON.stringify([timestampMs, ...GROUP.map((name) => nameOf(fields(name)) ?? null)])),
      timestampMs,
      provider: "openai",
      // A line item reads "gpt-4o-2024-08-06, cached input", or names a tool.
      model: lineItem?.split(",")[0]?.trim(),
      amount,
      unitsPerUsd: 1,
      currency: fields("amount_currency"),
      org: nameOf(fields("organization_name")),
      orgId: nameOf(fields("organization_id")),
      projectId: nameOf(fields("project_id")),
      key: nameOf(fields("api_key_id")),
      facts: { line_item: lineItem, quantity: fields("quantity"), quantity_unit: fields("quantity_unit") },
    },
    place,
  );
}
