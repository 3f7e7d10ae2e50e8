/** A budget's forecast as the series of a burn-down: what was spent at the end of each bucket, and where it leads. */
import type { BudgetForecastDocument } from "tokenledger/insights";
import { inPicture } from "../../format/amounts.ts";

export interface BurnSeries {
  /** The beginnings of the buckets. */
  times: number[];
  bucket: "hour" | "day";
  spent: (number | null)[];
  spentExact: (string | null)[];
  p10: (number | null)[];
  p50: (number | null)[];
  p90: (number | null)[];
}

const DAY_MS = 86_400_000;
/** A day in which the clock is put forward has 23 hours. */
const SHORTEST_DAY_MS = 22 * 3_600_000;

/** The bucket that is under way has both: what is spent until now, and what its end is likely to be. */
export function burnSeriesOf({ burn, window }: Pick<BudgetForecastDocument, "burn" | "window">): BurnSeries {
  const points: BudgetForecastDocument["burn"] = [];
  for (const [index, point] of burn.entries()) {
    const before = burn[index - 1];
    const follows = before?.spent_usd !== undefined && before.spent_usd !== null && point.spent_usd === null;
    if (follows) points[points.length - 1] = { ...point, spent_usd: before.spent_usd };
    else points.push(point);
  }
  const ends = points.map(({ at }) => Date.parse(at));
  const bucket = isOfDays(ends) ? "day" : "hour";
  const lengthMs = bucket === "day" ? DAY_MS : 3_600_000;
  const startMs = Date.parse(window.start);
  return {
    times: ends.map((endMs, index) => ends[index - 1] ?? Math.max(startMs, endMs - lengthMs)),
    bucket,
    spent: points.map(({ spent_usd }) => inPicture(spent_usd)),
    spentExact: points.map(({ spent_usd }) => spent_usd),
    p10: points.map(({ p10_usd }) => inPicture(p10_usd)),
    p50: points.map(({ p50_usd }) => inPicture(p50_usd)),
    p90: points.map(({ p90_usd }) => inPicture(p90_usd)),
  };
}

/** By the most usual distance: the first and the last bucket may be cut. */
function isOfDays(ends: readonly number[]): boolean {
  const distances = ends.slice(1).map((end, index) => end - (ends[index] as number));
  return distances.length === 0 || distances.filter((distance) => distance >= SHORTEST_DAY_MS).length * 2 >= distances.length;
}
