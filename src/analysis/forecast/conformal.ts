/** What can be promised from past forecasts alone, whatever the distribution (Vovk, Gammerman and Shafer 2005). */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { amounts, checkedAmount } from "../input.ts";

/** How far past forecasts were off, and where the course stands that is asked about; amounts in one unit. */
export interface PastRatios {
  /** Of courses that are over, what was spent over what had been forecast: 1.2 is a fifth more. */
  ratios: ArrayLike<number>;
  /** What the course has spent by now. */
  spent: number;
  /** What is forecast for the rest of it. */
  forecastRemaining: number;
}

/**
 * The chance that a course exceeds its limit, if its forecast is off as past ones were: (#{spent + f·rᵢ > L} + 1) / (n + 2), f what is
 * forecast, rᵢ the n ratios, L the limit; 1 when it is exceeded already. Never certain on the word of a few.
 *
 * @param limit what may be spent, in the same unit
 * @throws AnalysisInputError for what is no amount
 * @example
 * ```ts
 * import { conformalExceedance } from "tokenledger/analysis";
 * const past = { ratios: [0.8, 0.9, 1.1, 1.3], spent: 60, forecastRemaining: 40 };
 * conformalExceedance(past, 100); // => 0.5
 * conformalExceedance(past, 50); // => 1
 * conformalExceedance({ ...past, ratios: [] }, 100); // => 0.5
 * ```
 */
export function conformalExceedance(past: PastRatios, limit: number): number {
  const { ratios, spent, forecastRemaining } = checkedPast(past);
  checkedAmount(limit, "limit");
  if (spent > limit) return 1;
  const above = ratios.reduce((count, ratio) => count + (spent + forecastRemaining * ratio > limit ? 1 : 0), 0);
  return ruleOfSuccession(above, ratios.length);
}

/**
 * The sum that a share of such courses stays under: by the ⌈share·(n + 1)⌉-th smallest of the n ratios; `undefined` where they are too
 * few to promise so much, as four are for nine of ten.
 *
 * @param share above 0 and below 1
 * @throws AnalysisInputError for what is no amount, and for what is no such share
 * @example
 * ```ts
 * import { conformalUpper } from "tokenledger/analysis";
 * const past = { ratios: [0.8, 0.9, 1.1, 1.3], spent: 60, forecastRemaining: 40 };
 * conformalUpper(past, 0.8); // => 112
 * conformalUpper(past, 0.9); // => undefined
 * ```
 */
export function conformalUpper(past: PastRatios, share: number): number | undefined {
  const { ratios, spent, forecastRemaining } = checkedPast(past);
  if (typeof share !== "number" || !(share > 0 && share < 1))
    throw new AnalysisInputError(`share: ${quoteValue(share)} is not a share of courses; give a number above 0 and below 1.`);
  const ratio = ratios.sort()[Math.ceil(share * (ratios.length + 1)) - 1];
  return ratio === undefined ? undefined : spent + forecastRemaining * ratio;
}

/** Laplace (1814): what happened `times` in `of` cases has this chance in the next. */
export function ruleOfSuccession(times: number, of: number): number {
  return (times + 1) / (of + 2);
}

function checkedPast(past: PastRatios): PastRatios & { ratios: Float64Array } {
  if (typeof past !== "object" || past === null)
    throw new AnalysisInputError(`past: ${quoteValue(past)} is not { ratios, spent, forecastRemaining }.`);
  return {
    ratios: amounts(past.ratios, "ratios"),
    spent: checkedAmount(past.spent, "spent"),
    forecastRemaining: checkedAmount(past.forecastRemaining, "forecastRemaining"),
  };
}
