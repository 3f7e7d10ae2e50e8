/** All that a list of calls tells about spending, in one call and without a book. */
import { correlate, decompose } from "../analysis/index.ts";
import { systemClock } from "../clock.ts";
import { AnalysisInputError, quoteValue } from "../errors.ts";
import { resolveTimeZone } from "../usage/index.ts";
import { elapsedFraction } from "./elapsed-fraction.ts";
import { checkDatapoints, givenSeries, type ReportDatapoint, seriesOfDatapoints, type TokenSeries } from "./report-series.ts";

type Decomposition = ReturnType<typeof decompose>;
type Correlation = ReturnType<typeof correlate>;

/** How one period stands against its limit. */
/** Every pair is looked at: of more models than this, the ones with the most tokens. */
const MOST_COMPARED = 200;

export interface PeriodStatus {
  period: string;
  zone: "green" | "yellow" | "orange" | "red";
  utilization: number;
  utilizationPct: number;
  remaining: number;
  overspend: number;
  isWarning: boolean;
  isExceeded: boolean;
}

/** What is needed of a `ConservationLaw`. */
export interface PeriodLimits {
  checkAll(spending: Readonly<Record<string, number>>): PeriodStatus[];
  predictOverspend(period: string, spent: number, elapsedFraction: number): number | undefined;
}

export interface SpendingReportOptions {
  datapoints: readonly ReportDatapoint[];
  /** In place of the series that the datapoints make. */
  series?: readonly TokenSeries[];
  /** Limits for periods such as `daily`, in the unit of `periodSpending`. */
  budgets?: PeriodLimits;
  /** What was spent in each period so far. */
  periodSpending?: Readonly<Record<string, number>>;
  /** The moment of the report, in milliseconds, as a Date or RFC 3339; default now. */
  at?: number | Date | string;
  /** Of the buckets that datapoints are summed in; default an hour. */
  bucketMs?: number;
  /** In which days, weeks and months begin; default UTC. */
  timeZone?: string;
}

/** A series and its parts, which add up to it. */
export interface Components extends Pick<Decomposition, "trend" | "oscillation" | "noise" | "levels" | "phase" | "rhythms"> {
  values: Float64Array;
}

export interface ModelStats {
  model: string;
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  requests: number;
  /** Of all tokens; 0 where there are none. */
  share: number;
  /** Undefined where no datapoint of the model tells a cost. */
  costUsd: number | undefined;
  components: Components;
}

export interface SpendingReport {
  currentPhase: Decomposition["phase"];
  budgetStatuses: PeriodStatus[];
  /** The most tokens first. */
  modelStats: ModelStats[];
  /** Of each period, by how much it will end above its limit; undefined: it will not, or that can't be told yet. */
  predictedOverspend: Record<string, number | undefined>;
  /** Of all models together; each model's own are in its stats. */
  components: Components;
  /** Of at most 200 models, those with the most tokens; so are communities, substitutes and holes. */
  correlation: Pick<Correlation, "models" | "pairs">;
  communities: Correlation["communities"];
  substitutes: Correlation["substitutes"];
  structuralHoles: Correlation["structuralHoles"];
  generatedAt: string;
  totalTokens: number;
  modelCount: number;
}

const HOUR_MS = 3_600_000;

/**
 * Where spending goes and in what rhythm, which models go together, and how budgets stand: of calls that a program has at hand.
 *
 * @throws AnalysisInputError for datapoints that are none, and for sums beyond the safe integers
 * @example
 * ```ts
 * import { ConservationLaw } from "tokenledger";
 * import { spendingReport } from "tokenledger/insights";
 * const datapoints = Array.from({ length: 48 }, (_, hour) => ({ model: "gpt-5", timestamp: hour * 3_600_000, inputTokens: 1000, outputTokens: 100 + hour }));
 * const budgets = new ConservationLaw([{ period: "daily", limit: 100_000 }]);
 * const report = spendingReport({ datapoints, budgets, periodSpending: { daily: 60_000 }, at: "2026-05-01T12:00:00Z" });
 * report.totalTokens; // => 53928
 * report.budgetStatuses[0]?.zone; // => "green"
 * report.predictedOverspend; // => { daily: 20000 }
 * ```
 */
export function spendingReport(options: SpendingReportOptions): SpendingReport {
  const { datapoints, series, budgets, periodSpending = {}, bucketMs = HOUR_MS } = options;
  checkDatapoints(datapoints);
  if (!Number.isSafeInteger(bucketMs) || bucketMs <= 0)
    throw new AnalysisInputError(`bucketMs: ${quoteValue(bucketMs)} is not a length; give whole milliseconds above 0.`);
  const timeZone = resolveTimeZone(options.timeZone ?? "UTC");
  const atMs = momentOf(options.at);
  const { byModel, total, start, bucketMs: length } = series === undefined ? seriesOfDatapoints(datapoints, bucketMs) : givenSeries(series);
  const componentsOf = (values: Float64Array): Components => {
    const { trend, oscillation, noise, levels, phase, rhythms } = decompose(values, {
      bucketMs: length,
      timeZone,
      ...(start !== undefined && { start }),
    });
    return { values, trend, oscillation, noise, levels, phase, rhythms };
  };
  const components = componentsOf(total);
  const sums = sumsByModel(datapoints, byModel.keys());
  const totalTokens = sums.reduce((sum, { totalTokens: own }) => safeSum(sum, own), 0);
  const compared = new Set(sums.slice(0, MOST_COMPARED).map(({ model }) => model));
  const { models, pairs, communities, substitutes, structuralHoles } = correlate(
    datapoints.filter(({ model }) => compared.has(model)),
    { bucketMs },
  );
  const statuses = budgets?.checkAll(periodSpending) ?? [];
  return {
    currentPhase: components.phase,
    budgetStatuses: statuses,
    modelStats: sums.map((own) => ({
      ...own,
      share: totalTokens === 0 ? 0 : own.totalTokens / totalTokens,
      components: componentsOf(byModel.get(own.model) ?? new Float64Array(total.length)),
    })),
    predictedOverspend: Object.fromEntries(
      statuses.map(({ period }) => {
        const elapsed = elapsedFraction(period, atMs, timeZone);
        const spent = periodSpending[period] as number;
        return [period, elapsed === undefined ? undefined : budgets?.predictOverspend(period, spent, elapsed)];
      }),
    ),
    components,
    correlation: { models, pairs },
    communities,
    substitutes,
    structuralHoles,
    generatedAt: new Date(atMs).toISOString(),
    totalTokens,
    modelCount: sums.length,
  };
}

function momentOf(at: SpendingReportOptions["at"]): number {
  if (at === undefined) return systemClock.now();
  const ms = typeof at === "number" ? at : at instanceof Date ? at.getTime() : Date.parse(at);
  if (!Number.isFinite(ms) || Number.isNaN(new Date(ms).getTime()))
    throw new AnalysisInputError(`at: ${quoteValue(at)} is not a moment; give milliseconds since 1970, a Date or RFC 3339.`);
  return ms;
}

type Sums = Omit<ModelStats, "share" | "components">;

/** Models of the series that no datapoint names have sums of nothing. The most tokens first, then by name. */
function sumsByModel(datapoints: readonly ReportDatapoint[], models: Iterable<string>): Sums[] {
  const byModel = new Map<string, Sums>();
  const of = (model: string): Sums => {
    let sums = byModel.get(model);
    if (!sums) {
      sums = { model, inputTokens: 0, outputTokens: 0, totalTokens: 0, requests: 0, costUsd: undefined };
      byModel.set(model, sums);
    }
    return sums;
  };
  for (const { model, inputTokens, outputTokens, costUsd } of datapoints) {
    const sums = of(model);
    sums.inputTokens = safeSum(sums.inputTokens, inputTokens);
    sums.outputTokens = safeSum(sums.outputTokens, outputTokens);
    sums.totalTokens = safeSum(sums.inputTokens, sums.outputTokens);
    sums.requests++;
    if (costUsd !== undefined) sums.costUsd = (sums.costUsd ?? 0) + costUsd;
  }
  for (const model of models) of(model);
  return [...byModel.values()].sort((a, b) => b.totalTokens - a.totalTokens || (a.model < b.model ? -1 : 1));
}

function safeSum(a: number, b: number): number {
  if (Number.isSafeInteger(a + b)) return a + b;
  throw new AnalysisInputError(
    `datapoints: their tokens add up to more than ${Number.MAX_SAFE_INTEGER}, which can't be counted exactly; give fewer.`,
  );
}
