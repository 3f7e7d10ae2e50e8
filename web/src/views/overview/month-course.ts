/** The sum so far and where it leads, as a forecast's document tells it: one place on the chart for each bucket. */
import type { ForecastDocument } from "tokenledger/insights";
import type { ChartBand, ChartSeries } from "../../charts/series.ts";
import { type Bucket, instantOf } from "../../charts/time-axis.ts";
import { inPicture } from "../../format/amounts.ts";
import { localDayOf } from "../../format/instants.ts";

type Course = Pick<ForecastDocument["period"], "burn" | "window">;

export interface MonthCourse {
  times: number[];
  bucket: Bucket;
  series: ChartSeries[];
  bands: ChartBand[];
}

interface Place {
  spent: string | null;
  p10: string | null;
  p50: string | null;
  p90: string | null;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The document's instants are the ends of buckets; the one under way has two: what it is by now, and what it will be. */
export function monthCourse({ burn, window }: Course, timeZone: string): MonthCourse {
  const bucket: Bucket = Date.parse(window.end) - Date.parse(window.start) <= 3 * DAY_MS ? "hour" : "day";
  const places = new Map<number, Place>();
  for (const { at, spent_usd: spent, p10_usd: p10, p50_usd: p50, p90_usd: p90 } of burn) {
    const start = startOfBucket(Date.parse(at) - 1, bucket, timeZone);
    const place = places.get(start) ?? { spent: null, p10: null, p50: null, p90: null };
    places.set(start, { spent: spent ?? place.spent, p10: p10 ?? place.p10, p50: p50 ?? place.p50, p90: p90 ?? place.p90 });
  }
  const times = [...places.keys()].sort((a, b) => a - b);
  const column = (name: keyof Place): (string | null)[] => times.map((time) => places.get(time)?.[name] ?? null);
  const spent = column("spent");
  const isForecast = column("p50").some((amount) => amount !== null);
  const series: ChartSeries[] = [{ name: "spent so far", values: spent.map(inPicture), exact: spent, kind: "area", colour: 1 }];
  if (!isForecast) return { times, bucket, series, bands: [] };
  const p50 = column("p50");
  series.push({ name: "P50", values: fromNow(p50, spent), exact: p50, kind: "line", colour: 1, dashed: true });
  const bands = [{ name: "P10 to P90", low: fromNow(column("p10"), spent), high: fromNow(column("p90"), spent), colour: 1 as const }];
  return { times, bucket, series, bands };
}

/** The cone begins where the line ends: what is spent is certain. */
function fromNow(forecast: readonly (string | null)[], spent: readonly (string | null)[]): (number | null)[] {
  const first = forecast.findIndex((amount) => amount !== null);
  const joint = first > 0 ? first - 1 : -1;
  return forecast.map((amount, place) => inPicture(place === joint ? (spent[place] ?? null) : amount));
}

function startOfBucket(instantMs: number, bucket: Bucket, timeZone: string): number {
  if (bucket === "hour") return Math.floor(instantMs / HOUR_MS) * HOUR_MS;
  return instantOf(Date.parse(`${localDayOf(instantMs, timeZone)}T00:00:00Z`), timeZone);
}
