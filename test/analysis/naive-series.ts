/** Series of known kinds, made by seed, and how tests look at them. */
import { normalDeviate, seededRandom } from "../../src/analysis/statistics/random.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS: number = 24 * HOUR_MS;

/** Noise of variance 1 that remembers φ of the bucket before. */
export function remembering(n: number, phi: number, random: () => number): number[] {
  const scale = Math.sqrt(1 - phi * phi);
  let at = normalDeviate(random);
  return Array.from({ length: n }, () => {
    const now = at;
    at = phi * at + scale * normalDeviate(random);
    return now;
  });
}

export function white(n: number, seed: number): number[] {
  return remembering(n, 0, seededRandom(seed));
}

export function spread(values: ArrayLike<number>): number {
  const all = Array.from(values);
  const mean = all.reduce((total, value) => total + value, 0) / all.length;
  return all.reduce((total, value) => total + (value - mean) ** 2, 0) / all.length;
}

export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const sums = Array.from(a, (value, t) => value + (b[t] as number));
  return (spread(sums) - spread(a) - spread(b)) / (2 * Math.sqrt(spread(a) * spread(b)));
}

/** Growth, a day's and a week's rhythm of any shape, noise with some memory, spikes: and what each of them is. */
export function mixture(days: number, seed: number, spikes: number) {
  const random = seededRandom(seed);
  const n = 24 * days;
  const phases = Array.from({ length: 4 }, () => 2 * Math.PI * random());
  const trend = Array.from({ length: n }, (_, t) => 1000 + t);
  const rhythm = trend.map((_, t) => {
    const day =
      600 * Math.sin((2 * Math.PI * t) / 24 + (phases[0] as number)) + 150 * Math.sin((2 * Math.PI * t) / 12 + (phases[1] as number));
    return (
      day + 300 * Math.sin((2 * Math.PI * t) / 168 + (phases[2] as number)) + 100 * Math.sin((2 * Math.PI * t) / 84 + (phases[3] as number))
    );
  });
  const noise = remembering(n, 0.3, random).map((value) => 200 * value);
  const places = new Set<number>();
  while (places.size < spikes) places.add(48 + Math.floor(random() * (n - 96)));
  for (const place of places) noise[place] = (noise[place] as number) + 2500;
  const values = trend.map((value, t) => value + (rhythm[t] as number) + (noise[t] as number));
  return { values, trend, rhythm, noise, spikes: [...places] };
}
