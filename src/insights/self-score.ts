/** How forecasts of the same kind would have fared on this book's own past. */
import { backtestForecast } from "../analysis/index.ts";
import type { SelfScoreDocument } from "./forecast-document.ts";
import { rounded, roundedOrNull } from "./rounding.ts";
import type { SpendingHistory } from "./spending-history.ts";

/** Past months are too few to be scored by; past weeks are more. */
const PERIOD_BUCKETS = 7;

/** Null: the past is too short. */
export function selfScore({ values, bucketMs, calendar }: SpendingHistory): SelfScoreDocument | null {
  const { decisions, intervals, brier, runRateBrier, coverage80 } = backtestForecast(values, {
    bucketMs,
    ...calendar,
    periodBuckets: PERIOD_BUCKETS,
  });
  if (coverage80 === undefined || intervals === 0) return null;
  return {
    forecasts: intervals,
    decisions,
    brier: roundedOrNull(brier),
    brier_run_rate: roundedOrNull(runRateBrier),
    coverage_80: rounded(coverage80),
  };
}
