/** What the rows that are not shown add up to: the totals are of all, so that the difference is exact. */
import { divideHalfUp, formatUsd, parseUsd } from "../../../src/money.ts";

export interface Sums {
  requests: number;
  input_tokens: number;
  output_tokens: number;
  total_tokens: number;
  cost_usd: string | null;
  unpriced_requests: number;
}

export const NO_SUMS: Sums = { requests: 0, input_tokens: 0, output_tokens: 0, total_tokens: 0, cost_usd: "0", unpriced_requests: 0 };

const COUNTS = ["requests", "input_tokens", "output_tokens", "total_tokens", "unpriced_requests"] as const;

/** Totals less the rows; a cost that is known of nothing in it is unknown, not nothing. */
export function restOfRows(totals: Sums, rows: readonly Sums[]): Sums {
  return added(totals, rows, -1);
}

/** The rows added up. */
export function sumOfRows(rows: readonly Sums[]): Sums {
  return added(NO_SUMS, rows, 1);
}

function added(first: Sums, rows: readonly Sums[], sign: 1 | -1): Sums {
  const sum = { ...NO_SUMS };
  for (const count of COUNTS) sum[count] = rows.reduce((so, row) => so + sign * row[count], first[count]);
  const nanoUsd = rows.reduce((so, row) => so + BigInt(sign) * nanoOf(row), nanoOf(first));
  return { ...sum, cost_usd: costOf(sum, nanoUsd) };
}

function costOf({ requests, unpriced_requests: unpriced }: Sums, nanoUsd: bigint): string | null {
  return nanoUsd === 0n && requests > 0 && unpriced === requests ? null : formatUsd(nanoUsd);
}

function nanoOf({ cost_usd: usd }: Sums): bigint {
  return usd === null ? 0n : parseUsd(usd);
}

/** A part of a whole in dollars, from 0 to 1 with six decimals as in the answers; null where either is unknown or the whole is nothing. */
export function shareOfCost(partUsd: string | null, wholeUsd: string | null): number | null {
  if (partUsd === null || wholeUsd === null) return null;
  const whole = parseUsd(wholeUsd);
  return whole === 0n ? null : Number(divideHalfUp(parseUsd(partUsd) * 1_000_000n, whole)) / 1e6;
}
