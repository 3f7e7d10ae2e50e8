/** A series in one line of text. */

const BLOCKS = "▁▂▃▄▅▆▇█";

/** One block per value, the highest full; nothing at all is a dot. */
export function sparkline(values: readonly number[]): string {
  const highest = Math.max(0, ...values);
  return values
    .map((value) => {
      if (!(value > 0)) return "·";
      return BLOCKS[Math.min(BLOCKS.length - 1, Math.floor((value / highest) * BLOCKS.length))];
    })
    .join("");
}
