/** What spending means: where it goes, in what rhythm, what stood out and why, and what comes next. Sentences first. */
import type { UsageFilter } from "../ledger/index.ts";
import { formatUsd } from "../money.ts";
import { alternativesOf } from "./alternatives.ts";
import type { AnalysedBook } from "./analysed-book.ts";
import type { AnalysisDocument } from "./analysis-document.ts";
import { type Cause, causesOf } from "./anomaly-causes.ts";
import { type BookSeries, foldSeries, readSeries, type SeriesDimension, type SeriesRequest } from "./book-series.ts";
import type { BucketName } from "./bucket-grid.ts";
import { budgetForecasts } from "./budget-forecasts.ts";
import { analysisFindings } from "./findings/analysis-findings.ts";
import { heatMap } from "./heat-map.ts";
import { pricesOf } from "./list-prices.ts";
import { usageOfModels } from "./model-usage.ts";
import type { Period } from "./period.ts";
import { rounded } from "./rounding.ts";
import { type AnalysedSeries, analyseSeries } from "./series-analysis.ts";
import { pairsOf } from "./series-pairs.ts";
import { amountDocument, seriesDocument } from "./series-to-document.ts";
import { countText } from "./words.ts";

/** More names than this stand together at the end. */
const MOST_NAMES = 20;
/** Of a budget that counts each value by itself, so many are shown here; `tokenledger.forecast/1` has more. */
const MOST_VALUES = 3;
const DIMENSIONS: readonly SeriesDimension[] = ["model", "team", "project"];

export interface AnalysisRequest {
  period: Period;
  by: SeriesDimension;
  bucket: BucketName;
  filter?: UsageFilter;
  generatedAtMs: number;
}

/** See `analyses.ts`. */
export async function buildAnalysis(book: AnalysedBook, request: AnalysisRequest): Promise<AnalysisDocument> {
  const { period, by, bucket, filter, generatedAtMs: nowMs } = request;
  const question: SeriesRequest = { period, by, bucket, nowMs, ...(filter && { filter }) };
  const read = await readSeries(book, question);
  const folded = foldSeries(read.names, MOST_NAMES);
  const total = analyseSeries(read.total, read);
  const series = folded.map((each) => analyseSeries(each, read));
  const causes = await causesOfAll(book, total, question, read);
  const prices = await pricesOf(book);
  const usages = await usageOfModels(book, { startMs: period.startMs, endMs: Math.min(period.endMs, nowMs), filter }, prices);
  const alternatives = alternativesOf(usages, prices, nowMs);
  const { budgets, warnings } = await budgetForecasts(book, { nowMs, mostValues: MOST_VALUES });
  const pairs = pairsOf(read.names.slice(0, MOST_NAMES), read.grid);
  const document = { ...pairs, alternatives, budgets };
  return {
    schema: "tokenledger.analysis/1",
    generated_at: new Date(nowMs).toISOString(),
    range: { start: period.start, end: period.end, tz: period.timeZone },
    bucket,
    by,
    unit: read.unit,
    buckets: read.grid.startsMs.map((ms) => new Date(ms).toISOString()),
    findings: analysisFindings({ ...document, total, series, causes, grid: read.grid, by, timeZone: period.timeZone, nowMs }),
    totals: totalsOf(read),
    total: withCauses(seriesDocument(total, read), causes, read),
    series: series.map((each) => seriesDocument(each, read)),
    heat_map: bucket === "hour" && read.grid.startsMs.length > 0 ? heatMap(read) : null,
    ...document,
    warnings: [...warningsOf(read, by), ...warnings],
  };
}

/** Whose spending each anomaly of the whole was. Other dimensions are read only where there is something to explain. */
async function causesOfAll(book: AnalysedBook, total: AnalysedSeries, question: SeriesRequest, read: BookSeries): Promise<Cause[][]> {
  if (total.anomalies.length === 0) return [];
  const dimensions: { by: SeriesDimension; read: BookSeries }[] = [];
  for (const by of DIMENSIONS) dimensions.push({ by, read: by === question.by ? read : await readSeries(book, { ...question, by }) });
  return total.anomalies.map((anomaly) => causesOf(anomaly, dimensions));
}

function withCauses(document: AnalysisDocument["total"], causes: readonly Cause[][], { unit }: BookSeries): AnalysisDocument["total"] {
  const anomalies = document.anomalies.map((anomaly, i) => ({
    ...anomaly,
    causes: (causes[i] ?? []).map(({ dimension, name, impact, share }) => ({
      dimension,
      name,
      impact: amountDocument(impact, unit),
      share: rounded(share),
    })),
  }));
  return { ...document, anomalies };
}

function totalsOf({ total, names }: BookSeries): AnalysisDocument["totals"] {
  const isUnpriced = total.requests > 0 && total.unpricedRequests === total.requests;
  return {
    requests: total.requests,
    total_tokens: total.totalTokens,
    cost_usd: isUnpriced ? null : formatUsd(total.costNanoUsd),
    unpriced_requests: total.unpricedRequests,
    names: names.length,
  };
}

function warningsOf({ total, names, unit, futureRequests }: BookSeries, by: SeriesDimension): string[] {
  const warnings: string[] = [];
  if (unit === "tokens") warnings.push("Nothing in this range has a price; all series are of tokens.");
  else if (total.unpricedRequests > 0)
    warnings.push(
      `${countText(total.unpricedRequests, "request")} without a known price ${total.unpricedRequests === 1 ? "is" : "are"} in no cost here.`,
    );
  if (names.length > MOST_NAMES)
    warnings.push(`Of ${names.length} ${by}s the ${MOST_NAMES} largest have a series each; the others have one together.`);
  if (futureRequests > 0)
    warnings.push(
      `${countText(futureRequests, "request")} ${futureRequests === 1 ? "has a time" : "have times"} after now: in the totals, in no series.`,
    );
  return warnings;
}
