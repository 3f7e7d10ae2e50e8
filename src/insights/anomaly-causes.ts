/** Whose spending an anomaly was: what each name spent above what it usually spends in such a bucket. */
import { amountsOf, type BookSeries, type NamedSeries, type SeriesDimension, type Unit } from "./book-series.ts";
import { type LocalSlot, localSlots } from "./local-slots.ts";
import { medianAmount } from "./median-amount.ts";
import type { FoundAnomaly } from "./series-analysis.ts";

export interface Cause {
  dimension: SeriesDimension;
  name: string | null;
  impact: bigint;
  /** Of the anomaly's impact. */
  share: number;
}

/** Of each dimension so many, and only those that made a part worth telling. */
const MOST_CAUSES = 2;
const LEAST_SHARE = 0.1;
/** Fewer like it are no measure of what is usual. */
const FEWEST_ALIKE = 3;

/** @param dimensions the same buckets by each of them */
export function causesOf(anomaly: FoundAnomaly, dimensions: readonly { by: SeriesDimension; read: BookSeries }[]): Cause[] {
  const first = dimensions[0]?.read;
  if (!first || anomaly.impact <= 0n) return [];
  const alike = bucketsAlike(first, anomaly.index);
  return dimensions
    .flatMap(({ by, read }) => {
      const named = read.names.some(({ name }) => name !== null);
      if (!named) return [];
      return read.names
        .map((series) => ({ dimension: by, name: series.name, impact: aboveUsual(series, read.unit, anomaly.index, alike) }))
        .map((cause) => ({ ...cause, share: Number(cause.impact) / Number(anomaly.impact) }))
        .filter(({ share }) => share >= LEAST_SHARE)
        .sort(largestFirst)
        .slice(0, MOST_CAUSES);
    })
    .sort(largestFirst);
}

/** The others of the same hour on the same kind of day, or of the same weekday; all of them where these are too few. */
function bucketsAlike({ grid }: BookSeries, index: number): number[] {
  const slots = localSlots(grid);
  const own = slots[index] as LocalSlot;
  const isWeekend = ({ weekday }: LocalSlot): boolean => weekday >= 5;
  const isAlike =
    grid.bucket === "hour"
      ? (slot: LocalSlot) => slot.hour === own.hour && isWeekend(slot) === isWeekend(own)
      : (slot: LocalSlot) => slot.weekday === own.weekday;
  const others = slots.map((_, i) => i).filter((i) => i !== index);
  const alike = others.filter((i) => isAlike(slots[i] as LocalSlot));
  return alike.length >= FEWEST_ALIKE ? alike : others;
}

function aboveUsual(series: NamedSeries, unit: Unit, index: number, alike: readonly number[]): bigint {
  const amounts = amountsOf(series, unit);
  const value = amounts[index] as bigint;
  return value <= 0n ? value : value - medianAmount(alike.map((i) => amounts[i] as bigint));
}

/** Then in the order in which dimensions and names came. */
const largestFirst = (a: Cause, b: Cause): number => (a.impact === b.impact ? 0 : a.impact > b.impact ? -1 : 1);
