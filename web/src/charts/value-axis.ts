/** Round steps for an axis of values, and the room a chart needs above and below its figures. */

export interface ValueScale {
  low: number;
  high: number;
}

/** Far below a nano-dollar: no axis has steps so small. */
const TINY = 1e-12;

/** The smallest of 1, 2, 2.5 and 5 times a power of ten that is not below `step`. */
export function roundStep(step: number): number {
  if (!(step > 0) || !Number.isFinite(step)) return 1;
  const power = 10 ** Math.floor(Math.log10(step));
  for (const factor of [1, 2, 2.5, 5, 10]) if (factor * power >= step * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

/**
 * A scale from round value to round value around all that is shown, as tight as about so many steps allow. Zero belongs to it unless `withoutZero`:
 * a bar or an area that doesn't begin at zero lies about its size.
 */
export function valueScale(values: Iterable<number | null>, steps: number, withoutZero = false): ValueScale & { step: number } {
  let low = withoutZero ? Number.POSITIVE_INFINITY : 0;
  let high = withoutZero ? Number.NEGATIVE_INFINITY : 0;
  for (const each of values) {
    if (each === null || !Number.isFinite(each)) continue;
    const value = Math.abs(each) < TINY ? 0 : each;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return { low: 0, high: 1, step: roundStep(1 / steps) };
  if (low === high) {
    const room = Math.abs(low) || 1;
    if (withoutZero || low > 0 || low === 0) high += room;
    if (withoutZero || high < 0) low -= room;
  }
  let tightest: (ValueScale & { step: number }) | undefined;
  for (let count = Math.max(1, steps - 1); count <= steps + 2; count += 1) {
    const step = roundStep((high - low) / count);
    const scale = { low: Math.floor(low / step + 1e-9) * step, high: Math.ceil(high / step - 1e-9) * step, step };
    const isCrowded = (scale.high - scale.low) / step > steps + 2;
    if (!tightest || (!isCrowded && scale.high - scale.low < (tightest.high - tightest.low) * 0.99)) tightest = scale;
  }
  return tightest as ValueScale & { step: number };
}

/** The multiples of `step` from `low` to `high`. */
export function valueTicks({ low, high, step }: ValueScale & { step: number }): number[] {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => {
    const tick = (first + index) * step;
    // 3 × 0.1 is not 0.3 to the machine, but is to the reader.
    return tick === 0 ? 0 : Number(tick.toPrecision(12));
  });
}
