/** What a day cost an Anthropic organisation, by workspace, model and kind of token. */
import { nameUuid, type UsageRecord } from "../../../usage/index.ts";
import { costReportRecord } from "../../records/cost-report.ts";
import { type Fields, instantAt, nameOf } from "../../records/export-fields.ts";
import type { ExportPlace } from "../../records/export-importer.ts";
import { dayOfExport, geoOf, speedOf } from "./anthropic-terms.ts";

const SOURCE = "anthropic-usage";

/** What an amount is told apart by. */
const GROUP = [
  "workspace_id",
  "workspace",
  "description",
  "cost_type",
  "model",
  "service_tier",
  "usage_type",
  "context_window",
  "token_type",
  "inference_geo",
  "speed",
  "api_key",
  "api_key_id",
];

/** One result of `cost_report`. Its amounts are in cents. */
export function reportCostRecord(fields: Fields, place: ExportPlace): UsageRecord | undefined {
  return amountRecord(
    fields,
    { timestampMs: instantAt(fields("starting_at"), "starting_at"), amount: fields("amount"), unitsPerUsd: 100 },
    place,
  );
}

/** One row of the Console's cost export. Its amounts are in USD; its models are names for people, such as "Claude Haiku 4.5". */
export function consoleCostRecord(fields: Fields, place: ExportPlace): UsageRecord | undefined {
  return amountRecord(fields, { timestampMs: dayOfExport(fields), amount: fields("cost_usd"), unitsPerUsd: 1 }, place);
}

function amountRecord(
  fields: Fields,
  billed: { timestampMs: number; amount: unknown; unitsPerUsd: number },
  place: ExportPlace,
): UsageRecord | undefined {
  return costReportRecord(
    {
      ...billed,
      source: SOURCE,
      id: nameUuid("anthropic-costs", JSON.stringify([billed.timestampMs, ...GROUP.map((name) => nameOf(fields(name)) ?? null)])),
      provider: "anthropic",
      model: modelOf(nameOf(fields("model"))),
      currency: fields("currency"),
      project: nameOf(fields("workspace")),
      projectId: nameOf(fields("workspace_id")),
      key: nameOf(fields("api_key", "api_key_id")),
      serviceTier: nameOf(fields("service_tier", "usage_type"))?.toLowerCase(),
      speed: speedOf(fields),
      inferenceGeo: geoOf(fields),
      facts: {
        description: fields("description"),
        cost_type: fields("cost_type"),
        token_type: fields("token_type"),
        context_window: fields("context_window"),
        list_price_usd: fields("list_price_usd"),
      },
    },
    place,
  );
}

/** "Claude Haiku 4.5" → `claude-haiku-4-5`, an id that the price book knows; an id stays as it is. */
function modelOf(model: string | undefined): string | undefined {
  return model?.includes(" ")
    ? model
        .trim()
        .toLowerCase()
        .replace(/[\s.]+/g, "-")
    : model;
}
