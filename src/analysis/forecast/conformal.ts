/** What can be promised from past forecasts alone, whatever the distribution (Vovk, Gammerman and Shafer 2005). */

/** What was spent over what had been forecast, for courses that are over, and the course that is asked about. */
export interface PastRatios {
  ratios: ArrayLike<number>;
  spent: number;
  forecastRemaining: number;
}

/** (#{spent + f·rᵢ > L} + 1) / (n + 2), and 1 when it is exceeded already: never certain on the word of a few. */
export function conformalExceedance({ ratios, spent, forecastRemaining }: PastRatios, limit: number): number {
  if (spent > limit) return 1;
  let above = 0;
  for (let i = 0; i < ratios.length; i++) if (spent + forecastRemaining * (ratios[i] as number) > limit) above++;
  return ruleOfSuccession(above, ratios.length);
}

/** The sum that a share `q` of courses stays under: with the ⌈q(n+1)⌉-th smallest ratio, `undefined` where n is too small for that. */
export function conformalUpper({ ratios, spent, forecastRemaining }: PastRatios, q: number): number | undefined {
  const sorted = Float64Array.from(ratios).sort();
  const ratio = sorted[Math.ceil(q * (sorted.length + 1)) - 1];
  return ratio === undefined ? undefined : spent + forecastRemaining * ratio;
}

/** Laplace (1814): what happened `times` in `of` cases has this chance in the next. */
export function ruleOfSuccession(times: number, of: number): number {
  return (times + 1) / (of + 2);
}
