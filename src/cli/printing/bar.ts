/** A share as a bar of blocks. */

const FULL = "█";
const EMPTY = "░";

/** Full at 1 and above; what is more than nothing shows, and what is less than all leaves room. */
export function bar(share: number, width: number): string {
  const blocks = Math.round(share * width);
  const filled = share >= 1 ? width : Math.min(width - 1, Math.max(share > 0 ? 1 : 0, blocks));
  return FULL.repeat(filled) + EMPTY.repeat(width - filled);
}
