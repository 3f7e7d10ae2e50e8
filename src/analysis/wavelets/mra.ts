/** A series taken apart into bands of periods, each aligned with it and as long, which add up to it. */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { checkOptions } from "../input.ts";
import { checkedSignal, checkLevels, checkWavelet, type Wavelet } from "./filters.ts";

/** What lies beyond the ends: the other end, or the series mirrored. */
export type Boundary = "periodic" | "reflection";

export interface MultiresolutionAnalysis {
  /** D₁ to D_J: what changes over 2 to 4 buckets, over 4 to 8, … over 2^J to 2^(J+1). */
  details: Float64Array[];
  /** S_J: what is slower. */
  smooth: Float64Array;
}

/**
 * The multiresolution analysis by the maximal overlap transform (Percival & Walden 2000, section 5.9), value for value as
 * waveslim's `mra`. Details and smooth add up to the series, at every bucket; the shape of a band stands where it stood in the
 * series; a series moved round by a bucket gives bands moved by a bucket.
 *
 * With `boundary: "reflection"`, the default, the series is followed by its mirror image; with `"periodic"` by itself: then the
 * smooth's sum is the sum of the series, and no detail has any.
 *
 * @throws AnalysisInputError for no values, for values that are not finite, for a number of levels that is none
 * @example
 * ```ts
 * import { mra } from "tokenledger/analysis";
 * const { details, smooth } = mra([1, 1, 1, 9, 1, 1, 1, 1], "haar", 1, { boundary: "periodic" });
 * details.map((detail) => [...detail]); // => [[0, 0, -2, 4, -2, 0, 0, 0]]
 * [...smooth]; // => [1, 1, 3, 5, 3, 1, 1, 1]
 * ```
 */
export function mra(
  x: ArrayLike<number>,
  wavelet: Wavelet,
  levels: number,
  options: { boundary?: Boundary } = {},
): MultiresolutionAnalysis {
  checkOptions(options, ["boundary"]);
  const { boundary = "reflection" } = options;
  checkAll(wavelet, levels, boundary);
  const details: Float64Array[] = [];
  let smooth = checkedSignal(x, "x");
  if (levels === 0) return { details, smooth: smooth.slice() };
  const split = wavelet === "haar" ? splitHaar : splitDb2;
  for (const shift of shifts(smooth.length, levels, boundary)) {
    const detail = new Float64Array(smooth.length);
    const next = new Float64Array(smooth.length);
    split(smooth, shift, boundary, detail, next);
    details.push(detail);
    smooth = next;
  }
  return { details, smooth };
}

function checkAll(wavelet: Wavelet, levels: number, boundary: Boundary): void {
  checkWavelet(wavelet);
  checkLevels(levels);
  if (boundary !== "periodic" && boundary !== "reflection")
    throw new AnalysisInputError(`boundary: ${quoteValue(boundary)} is not known; give "periodic" or "reflection".`);
}

/** How far apart the taps of each level are, round the circle. */
function shifts(length: number, levels: number, boundary: Boundary): number[] {
  const circle = boundary === "periodic" ? length : 2 * length;
  const places: number[] = [];
  for (let j = 0, shift = 1 % circle; j < levels; j++, shift = (2 * shift) % circle) places.push(shift);
  return places;
}

/*
 * Filters of a circle can be applied in any order, so the smooth of level j is the smooth of level j − 1 filtered forward and
 * back at once: by the filter's autocorrelation, which is ¼ (1 2 1) for Haar and (−1 0 9 16 9 0 −1) / 32 for db2, its places
 * 2^(j−1) apart. What it takes away is the detail. That is one pass for each level instead of J, no mirrored copy, since a
 * symmetric filter keeps a mirrored series mirrored, and nothing but differences in a detail: those of a constant are 0.
 */

function splitHaar(values: Float64Array, shift: number, boundary: Boundary, detail: Float64Array, smooth: Float64Array): void {
  const length = values.length;
  const from = Math.min(shift, length);
  const to = Math.max(from, length - shift);
  for (let t = 0; t < from; t++) edge(t);
  for (let t = from, before = from - shift, after = from + shift; t < to; t++, before++, after++) {
    const here = values[t] as number;
    const rough = 0.25 * (here - (values[before] as number) + (here - (values[after] as number)));
    detail[t] = rough;
    smooth[t] = here - rough;
  }
  for (let t = to; t < length; t++) edge(t);

  function edge(t: number): void {
    const here = values[t] as number;
    const before = values[wrapped(t - shift, length, boundary)] as number;
    const after = values[wrapped(t + shift, length, boundary)] as number;
    const rough = 0.25 * (here - before + (here - after));
    detail[t] = rough;
    smooth[t] = here - rough;
  }
}

function splitDb2(values: Float64Array, shift: number, boundary: Boundary, detail: Float64Array, smooth: Float64Array): void {
  const length = values.length;
  const far = (3 * shift) % (boundary === "periodic" ? length : 2 * length);
  const reach = Math.max(shift, far);
  const from = Math.min(reach, length);
  const to = Math.max(from, length - reach);
  for (let t = 0; t < from; t++) edge(t);
  for (let t = from; t < to; t++) {
    const here = values[t] as number;
    const near = here - (values[t - shift] as number) + (here - (values[t + shift] as number));
    const wide = here - (values[t - far] as number) + (here - (values[t + far] as number));
    const rough = 0.03125 * (9 * near - wide);
    detail[t] = rough;
    smooth[t] = here - rough;
  }
  for (let t = to; t < length; t++) edge(t);

  function edge(t: number): void {
    const here = values[t] as number;
    const near = here - at(t - shift) + (here - at(t + shift));
    const wide = here - at(t - far) + (here - at(t + far));
    const rough = 0.03125 * (9 * near - wide);
    detail[t] = rough;
    smooth[t] = here - rough;
  }

  function at(t: number): number {
    return values[wrapped(t, length, boundary)] as number;
  }
}

/** Where in the series index `t` lies, which is less than one round off. */
function wrapped(t: number, length: number, boundary: Boundary): number {
  const circle = boundary === "periodic" ? length : 2 * length;
  const at = t < 0 ? t + circle : t >= circle ? t - circle : t;
  return at < length ? at : circle - 1 - at;
}
