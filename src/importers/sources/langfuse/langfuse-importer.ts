/** `langfuse`: observations as Langfuse exports them (CSV, JSON, JSON lines) or its API answers. */
import { quoteValue } from "../../../errors.ts";
import { isObject, presentFields, type UsageRecord } from "../../../usage/index.ts";
import type { Importer } from "../../importer.ts";
import { requireHeadings } from "../../reading/csv-rows.ts";
import {
  callCostOf,
  cellsOf,
  durationOf,
  type Fields,
  factsOf,
  fieldsOf,
  instantAt,
  jsonCell,
  nameOf,
} from "../../records/export-fields.ts";
import { type ExportPlace, exportImporter } from "../../records/export-importer.ts";
import { isNothing } from "../../records/export-tokens.ts";
import { providerOf } from "../../records/model-provider.ts";
import { langfuseTokens } from "./langfuse-tokens.ts";

const SOURCE = "langfuse";

/** Observations that are calls to a model; spans, events, agents and tools repeat or wrap them. */
const CALLS = new Set(["GENERATION", "EMBEDDING"]);

export const langfuseImporter: Importer = exportImporter({
  source: SOURCE,
  title: "Langfuse observations",
  signs: /usage_details|usageDetails|provided_model_name|providedModelName|calculatedTotalCost/,
  lists: ["data", "observations"],
  ofValue(value, place) {
    if (!isObject(value)) throw new TypeError(`${quoteValue(value)} is no observation of Langfuse`);
    return recordOf(fieldsOf(value), place);
  },
  ofCsv(headings) {
    const camel = headings.some((heading) => /[a-z][A-Z]/.test(heading));
    requireHeadings(headings, camel ? ["id", "type", "startTime"] : ["id", "type", "start_time"], "Langfuse export of observations");
    return (row, place) => recordOf(cellsOf(row), place);
  },
});

function recordOf(fields: Fields, place: ExportPlace): UsageRecord | undefined {
  const type = nameOf(fields("type"));
  if (type === undefined) throw new TypeError("type is missing; is this an export of observations?");
  if (!CALLS.has(type.toUpperCase())) return undefined;
  const tokens = langfuseTokens(fields, place.warn);
  const costs = jsonCell(fields("cost_details", "costDetails"));
  // 0 is what Langfuse shows for models that it has no price for.
  const cost =
    fields("total_cost", "totalCost", "calculated_total_cost", "calculatedTotalCost") ?? (isObject(costs) ? costs.total : undefined);
  const reportedCostNanoUsd = callCostOf(cost, "the total cost") || undefined;
  if (isNothing(tokens) && reportedCostNanoUsd === undefined) return undefined;
  const model = nameOf(fields("provided_model_name", "providedModelName", "model", "internal_model", "internalModel"));
  if (model === undefined) throw new TypeError("no model is named");
  return presentFields<UsageRecord>({
    id: nameOf(fields("id")),
    timestampMs: instantAt(fields("start_time", "startTime"), "start_time", place.options.timeZone),
    provider: providerOf(undefined, model),
    model,
    tokens,
    latencyMs: durationOf(fields("latency"), 1000),
    reportedCostNanoUsd,
    userId: nameOf(fields("user_id", "userId")),
    projectId: nameOf(fields("project_id", "projectId")),
    sessionId: nameOf(fields("session_id", "sessionId")),
    source: SOURCE,
    usageSource: "imported",
    status: nameOf(fields("level"))?.toUpperCase() === "ERROR" ? "error" : undefined,
    metadata: factsOf({
      trace_id: fields("trace_id", "traceId"),
      environment: fields("environment"),
      name: fields("name"),
      version: fields("version"),
    }),
  });
}
