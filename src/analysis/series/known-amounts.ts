/** Amounts of which some may be unknown: an outage is not a day without spending. */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { amounts, checkedLength, finiteValues } from "../input.ts";

export interface KnownAmounts {
  /** 0 where unknown. */
  values: Float64Array;
  /** 1 where known. */
  known: Uint8Array;
  /** How many are known. */
  count: number;
}

/**
 * @param gaps truthy where a value is not known; what stands in its place is not looked at
 * @throws AnalysisInputError for what is no list of finite numbers, and for amounts below zero if `allowNegative` is not set
 */
export function knownAmounts(
  values: ArrayLike<number>,
  gaps: ArrayLike<boolean | number> | undefined,
  allowNegative: boolean = false,
): KnownAmounts {
  const length = checkedLength(values, "values");
  const known = new Uint8Array(length).fill(1);
  let given = values;
  if (gaps !== undefined) {
    if (typeof gaps !== "object" || gaps === null || gaps.length !== length)
      throw new AnalysisInputError(
        `gaps: ${quoteValue(gaps)} has not one entry for each of the ${known.length} values; give true where one is not known.`,
      );
    for (let i = 0; i < known.length; i++) if (gaps[i]) known[i] = 0;
    given = Float64Array.from({ length: known.length }, (_, i) => (known[i] ? (values[i] as number) : 0));
  }
  const copy = allowNegative ? finiteValues(given, "values") : amounts(given, "values");
  return { values: copy, known, count: known.reduce((total, one) => total + one, 0) };
}

/** In units of the largest value, so that no sum of finite values is infinite on the way; as they are where all are 0. */
export function inUnitsOfLargest(series: KnownAmounts): { series: KnownAmounts; largest: number } {
  const largest = series.values.reduce((most, value) => Math.max(most, value), 0);
  if (largest === 0) return { series, largest };
  return { series: { ...series, values: series.values.map((value) => value / largest) }, largest };
}
