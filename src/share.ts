/** Shares of an amount, compared exactly: as integers, never as rounded decimals. */

/** Fifteen places are what a number tells truly. */
const ONE = 10n ** 15n;

function scaled(share: number): bigint {
  return BigInt(Math.round(share * Number(ONE)));
}

/** `amount × share`, rounded down. */
export function shareOf(amount: bigint, share: number): bigint {
  return (amount * scaled(share)) / ONE;
}

/** Whether `part` is more than `amount × share`. */
export function isMoreThanShare(part: bigint, amount: bigint, share: number): boolean {
  return part * ONE > amount * scaled(share);
}

/** Whether `part` is at least so many percent of `amount`. */
export function reachesPercent(part: bigint, amount: bigint, percent: number): boolean {
  return part * ONE >= amount * scaled(percent / 100);
}

/** The least that is at least so many percent of `amount`. */
export function leastOfPercent(amount: bigint, percent: number): bigint {
  return (amount * scaled(percent / 100) + ONE - 1n) / ONE;
}
