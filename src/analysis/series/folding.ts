/** What is left of a period's shape when it is folded into parts. */
import { type Period, slotsAt } from "./periods.ts";

/**
 * Whether a period is but the overtone of one m times as long. Of the variance between the longer one's slots, levels of its m parts
 * apart, a shape that comes once leaves one m-th when folded m times, and a shape that comes in each part leaves all.
 */
export function isFoldOf(values: Float64Array, shortMs: number, { periodMs: longMs, position }: Period, bucketMs: number): boolean {
  const slots = longMs / bucketMs;
  const folded = shortMs / bucketMs;
  const parts = longMs / shortMs;
  if (!Number.isInteger(slots) || !Number.isInteger(folded) || slots > values.length / 2) return false;
  const sums = new Float64Array(slots);
  const counts = new Float64Array(slots);
  const { slot: slotOf } = slotsAt(position, slots);
  let squares = 0;
  for (let t = 0; t < values.length; t++) {
    const slot = slotOf[t] as number;
    const value = values[t] as number;
    sums[slot] = (sums[slot] as number) + value;
    counts[slot] = (counts[slot] as number) + 1;
    squares += value * value;
  }
  const all = between(sums, counts, slots, (slot) => slot);
  const chance = (squares - all) / Math.max(1, values.length - slots);
  const levels = between(sums, counts, parts, (slot) => Math.floor(slot / folded)) - chance * (parts - 1);
  const whole = all - chance * (slots - 1) - Math.max(0, levels);
  const fold = between(sums, counts, folded, (slot) => slot % folded) - chance * (folded - 1);
  return fold < whole / Math.sqrt(parts);
}

/** The sum of squares between groups of slots. */
function between(sums: Float64Array, counts: Float64Array, groups: number, groupOf: (slot: number) => number): number {
  const grouped = new Float64Array(groups);
  const sizes = new Float64Array(groups);
  for (let slot = 0; slot < sums.length; slot++) {
    const group = groupOf(slot);
    grouped[group] = (grouped[group] as number) + (sums[slot] as number);
    sizes[group] = (sizes[group] as number) + (counts[slot] as number);
  }
  return grouped.reduce((total, sum, group) => total + (sum === 0 ? 0 : (sum * sum) / (sizes[group] as number)), 0);
}
