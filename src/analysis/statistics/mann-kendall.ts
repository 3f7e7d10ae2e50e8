import { autocorrelation } from "./autocorrelation.ts";
import { averageRanks } from "./ranks.ts";
import { NORMAL_95, normalCdf } from "./special-functions.ts";
import { theilSenSlope } from "./theil-sen.ts";

const MOST_MEMORY = 0.95;

export interface MannKendall {
  /** How many pairs rise, less how many fall. */
  s: number;
  z: number;
  /** Of both sides. */
  p: number;
}

/**
 * Is there a trend, of whatever shape (Mann 1945, Kendall 1975)? The variance grows with what the ranks of the detrended values
 * remember of each other (Hamed and Rao 1998), as far back as `maxLag`, and at least as an
 * autoregression with the memory of neighbours has it; it never shrinks.
 */
export function mannKendall(values: Float64Array, maxLag: number = Math.floor(10 * Math.log10(values.length))): MannKendall {
  const n = values.length;
  let s = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const difference = (values[j] as number) - (values[i] as number);
      if (difference > 0) s++;
      else if (difference < 0) s--;
    }
  }
  let variance = n * (n - 1) * (2 * n + 5);
  for (const ties of tieCounts(values)) variance -= ties * (ties - 1) * (2 * ties + 5);
  variance = (variance / 18) * inflation(values, maxLag);
  const z = s === 0 || variance <= 0 ? 0 : (s - Math.sign(s)) / Math.sqrt(variance);
  return { s, z, p: Math.min(1, 2 * normalCdf(-Math.abs(z))) };
}

function inflation(values: Float64Array, maxLag: number): number {
  const n = values.length;
  if (n < 4) return 1;
  const slope = theilSenSlope(values);
  // On a straight line only rounding is left, and has no ranks.
  const digit = 1e-9 * values.reduce((most, value) => Math.max(most, Math.abs(value)), Number.MIN_VALUE);
  const rest = values.map((value, i) => Math.round((value - slope * i) / digit));
  const memory = autocorrelation(averageRanks(rest), Math.min(maxLag, n - 3));
  // Hamed and Rao count only what chance would hardly show.
  const notable = NORMAL_95 / Math.sqrt(n);
  let total = 0;
  for (let lag = 1; lag < memory.length; lag++) {
    const remembered = memory[lag] as number;
    if (Math.abs(remembered) > notable) total += (n - lag) * (n - lag - 1) * (n - lag - 2) * remembered;
  }
  return Math.max(1, 1 + (2 * total) / (n * (n - 1) * (n - 2)), ofMemory(memory[1] as number, n));
}

/**
 * What an autoregression of order 1 makes of the variance. Few values around a line that was fitted to them show less memory than
 * they have, by about (2 + 4φ)/n: a memory of ½ passes for chance in a month of days, and its slow waves for a trend.
 */
function ofMemory(seen: number, n: number): number {
  if (!(seen > 0)) return 1;
  const phi = Math.min(MOST_MEMORY, seen + (2 + 4 * seen) / n);
  return (1 + phi) / (1 - phi);
}

function tieCounts(values: Float64Array): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].filter((count) => count > 1);
}
