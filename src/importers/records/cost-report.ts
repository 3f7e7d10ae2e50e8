/** Amounts of providers' cost reports: money that was billed, without the calls it was billed for. */
import { presentFields, type UsageRecord } from "../../usage/index.ts";
import { factsOf, requireUsd, usdOf } from "./export-fields.ts";
import type { ExportPlace } from "./export-importer.ts";
import { growingSum } from "./growing-sum.ts";

/** The tag of every record of a cost report, by which reports can tell it from usage. */
const COST_REPORT_TAG = "cost-report";

/** One amount of a cost report. */
export interface BilledAmount {
  source: string;
  id: string;
  timestampMs: number;
  provider: string;
  /** Absent where the amount is not split by model. */
  model: string | undefined;
  amount: unknown;
  /** 100 where the amount is in cents. */
  unitsPerUsd: number;
  currency?: unknown;
  org?: string | undefined;
  orgId?: string | undefined;
  project?: string | undefined;
  projectId?: string | undefined;
  key?: string | undefined;
  serviceTier?: string | undefined;
  speed?: string | undefined;
  inferenceGeo?: string | undefined;
  facts: Readonly<Record<string, unknown>>;
}

/** The amount as a record without tokens. Money given back is an `adjustment`; an amount of nothing is no record. */
export function costReportRecord(billed: BilledAmount, { warn }: ExportPlace): UsageRecord | undefined {
  const { amount, unitsPerUsd, currency, model, facts, ...told } = billed;
  requireUsd(currency);
  const costNanoUsd = usdOf(amount, "the amount", unitsPerUsd);
  if (!costNanoUsd) return undefined;
  warn(
    `amounts of a cost report are recorded as money without tokens, tagged ${COST_REPORT_TAG}; ` +
      "import usage or costs of a period, not both, or its spending counts twice",
  );
  return presentFields<UsageRecord>({
    ...told,
    model: model ?? "unknown",
    tokens: {},
    reportedCostNanoUsd: costNanoUsd,
    tags: [COST_REPORT_TAG],
    usageSource: "imported",
    status: costNanoUsd < 0 ? "adjustment" : undefined,
    metadata: factsOf(facts),
    // The amount of the current day grows.
    replay: growingSum(costNanoUsd),
  });
}
