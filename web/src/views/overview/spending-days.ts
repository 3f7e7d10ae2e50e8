/** Spending over the period for the chart: what was spent, the trend under it, and the days that stand out. */
import type { AnalysisDocument, GroupedCostsDocument } from "tokenledger/insights";
import { bucketGrid, bucketStart } from "../../charts/bucket-grid.ts";
import type { ChartMark, ChartSeries } from "../../charts/series.ts";
import type { Bucket } from "../../charts/time-axis.ts";
import { dollars, inPicture } from "../../format/amounts.ts";
import { addDays, dayText, localDayOf } from "../../format/instants.ts";

export type Anomaly = AnalysisDocument["total"]["anomalies"][number];

const FEWEST_DAYS = 56;

/** What is usual is told by eight weeks at least, however few days are looked at. */
export function daysAnalysed({ start, end }: { start: string; end: string }): { start: string; end: string } {
  const earliest = addDays(end, 1 - FEWEST_DAYS);
  return { start: earliest < start ? earliest : start, end };
}

export interface SpendingDays {
  times: number[];
  series: ChartSeries[];
}

export function spendingDays(
  document: GroupedCostsDocument,
  analysis: AnalysisDocument | undefined,
  { bucket, timeZone, nowMs }: { bucket: Bucket; timeZone: string; nowMs: number },
): SpendingDays {
  const costs = new Map(document.groups.map((row) => [bucketStart(String(row[bucket]), timeZone), row.cost_usd]));
  const grid = bucketGrid(document.period, bucket, timeZone, nowMs);
  const times = [...new Set([...grid, ...costs.keys()])].sort((a, b) => a - b);
  // A bucket that the answer leaves out had no calls, and cost nothing; one whose calls have no price is unknown.
  const exact = times.map((time) => (costs.has(time) ? (costs.get(time) ?? null) : "0"));
  const spent: ChartSeries = { name: "spent", values: exact.map(inPicture), exact, kind: "bars", colour: "accent" };
  const trend = bucket === "day" && analysis?.bucket === "day" && analysis.unit === "usd" ? trendOf(analysis, times) : undefined;
  return { times, series: trend === undefined ? [spent] : [spent, trend] };
}

function trendOf({ buckets, total }: AnalysisDocument, times: readonly number[]): ChartSeries | undefined {
  if (total.components.trend.length === 0) return undefined;
  const amounts = new Map(buckets.map((start, place) => [Date.parse(start), total.components.trend[place]]));
  const exact = times.map((time) => {
    const amount = amounts.get(time);
    return amount === undefined ? null : String(amount);
  });
  if (exact.every((amount) => amount === null)) return undefined;
  return { name: "trend", values: exact.map(inPicture), exact, kind: "line", colour: 2, dashed: true };
}

/** Those that begin within the days, the latest first; what is filtered by already is no cause worth telling. */
export function anomaliesWithin(
  { total, unit }: AnalysisDocument,
  { start, end }: { start: string; end: string },
  timeZone: string,
  filtered: readonly string[] = [],
): Anomaly[] {
  if (unit !== "usd") return [];
  return total.anomalies
    .filter((anomaly) => {
      const day = localDayOf(Date.parse(anomaly.start), timeZone);
      return day >= start && day <= end;
    })
    .map((anomaly) => ({ ...anomaly, causes: anomaly.causes.filter(({ dimension }) => !filtered.includes(dimension)) }))
    .sort((a, b) => (a.start < b.start ? 1 : -1));
}

export function marksOf(anomalies: readonly Anomaly[]): ChartMark[] {
  return anomalies.map((anomaly) => ({
    id: anomaly.start,
    timeMs: Date.parse(anomaly.start),
    tone: "serious",
    label: `${dollars(String(anomaly.value))} where ${dollars(String(anomaly.expected))} is usual${causeText(anomaly)}`,
  }));
}

function causeText({ causes: [cause] }: Anomaly): string {
  return cause === undefined ? "" : `; mostly ${cause.dimension} ${cause.name ?? "none"}, ${dollars(String(cause.impact))} above its usual`;
}

const CLOSER: Readonly<Record<string, string>> = { team: "user", project: "user", model: "user" };

/** The address changes that show the day's calls of its main cause. */
export function changesForAnomaly({ start, causes: [cause] }: Anomaly, timeZone: string): Record<string, string | undefined> {
  const day = localDayOf(Date.parse(start), timeZone);
  const days = { start: day, end: day, period: undefined };
  if (cause === undefined) return { ...days, by: "model" };
  return { ...days, [cause.dimension]: cause.name ?? "", by: CLOSER[cause.dimension] ?? "model" };
}

export function dayOfAnomaly({ start }: Anomaly, timeZone: string): string {
  return dayText(start, timeZone);
}
