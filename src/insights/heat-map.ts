/** What the hours of each weekday cost on average. */
import { divideHalfUp } from "../money.ts";
import { amountsOf, type BookSeries } from "./book-series.ts";
import { localSlots } from "./local-slots.ts";
import type { Amount } from "./series-document.ts";
import { amountDocument } from "./series-to-document.ts";

/** Monday first; null where the range has no such hour. */
export function heatMap({ grid, total, unit }: BookSeries): (Amount | null)[][] {
  const sums = Array.from({ length: 7 }, () => new Array<bigint>(24).fill(0n));
  const counts = Array.from({ length: 7 }, () => new Array<bigint>(24).fill(0n));
  const amounts = amountsOf(total, unit);
  localSlots(grid).forEach(({ hour, weekday }, i) => {
    (sums[weekday] as bigint[])[hour] = ((sums[weekday] as bigint[])[hour] as bigint) + (amounts[i] as bigint);
    (counts[weekday] as bigint[])[hour] = ((counts[weekday] as bigint[])[hour] as bigint) + 1n;
  });
  return sums.map((row, weekday) =>
    row.map((sum, hour) => {
      const count = (counts[weekday] as bigint[])[hour] as bigint;
      return count === 0n ? null : amountDocument(divideHalfUp(sum, count), unit);
    }),
  );
}
