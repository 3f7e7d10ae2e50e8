/** Amounts of analyses, which are money or tokens, for people. */
import { compactCount, count, dollars } from "../printing/numbers.ts";

export type Unit = "usd" | "tokens";

/** As a table shows it. */
export function amountText(amount: string | number, unit: Unit): string {
  return unit === "usd" ? dollars(String(amount)) : count(Math.round(Number(amount)));
}

/** With its sign, as a change is told. */
export function changeText(amount: string | number, unit: Unit): string {
  return `${Number(amount) > 0 ? "+" : ""}${amountText(amount, unit)}`;
}

/** In few characters, as it stands beside a chart. */
export function roughText(amount: number, unit: Unit): string {
  if (unit === "tokens") return compactCount(Math.round(amount));
  const absolute = Math.abs(amount);
  if (absolute < 100) return dollars(amount.toFixed(9));
  const figure = absolute < 100_000 ? count(Math.round(absolute)) : compactCount(Math.round(absolute));
  return `${amount < 0 ? "-" : ""}$${figure}`;
}

const NANO_BY_DECIMALS: readonly (readonly [number, bigint])[] = [
  [2, 10_000_000n],
  [4, 100_000n],
  [6, 1_000n],
];

/** A sum has at least so many units, else it is told in smaller ones. */
const FEWEST_UNITS = 100n;

/**
 * Amounts of nano-USD as texts that still add up: each is rounded by itself, and where the sum then misses, those that rounding
 * changed most give way by one. Cents, and for sums below a dollar smaller units, down to all nine decimals.
 */
export function addingUp(start: bigint, steps: readonly bigint[]): { start: string; steps: string[]; end: string } {
  const sums = [start];
  for (const step of steps) sums.push((sums.at(-1) as bigint) + step);
  const end = sums.at(-1) as bigint;
  const largest = [...sums, ...steps].map(absolute).reduce((a, b) => (b > a ? b : a));
  const found = NANO_BY_DECIMALS.find(([, size]) => largest === 0n || largest >= size * FEWEST_UNITS);
  const [decimals, unit] = found ?? [9, 1n];
  const rounded = steps.map((step) => rounding(step, unit));
  let missing = rounding(end, unit) - rounding(start, unit) - rounded.reduce((sum, step) => sum + step, 0n);
  const towards = missing > 0n ? 1n : -1n;
  const lost = (i: number): bigint => towards * ((steps[i] as bigint) - (rounded[i] as bigint) * unit);
  const byLoss = steps.map((_, i) => i).sort((a, b) => (lost(a) === lost(b) ? a - b : lost(a) > lost(b) ? -1 : 1));
  for (const i of byLoss) {
    if (missing === 0n) break;
    rounded[i] = (rounded[i] as bigint) + towards;
    missing -= towards;
  }
  return {
    start: unitsText(rounding(start, unit), decimals),
    steps: rounded.map((step) => (step > 0n ? `+${unitsText(step, decimals)}` : unitsText(step, decimals))),
    end: unitsText(rounding(end, unit), decimals),
  };
}

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

function rounding(nano: bigint, unit: bigint): bigint {
  const units = (2n * absolute(nano) + unit) / (2n * unit);
  return nano < 0n ? -units : units;
}

function unitsText(units: bigint, decimals: number): string {
  const digits = absolute(units)
    .toString()
    .padStart(decimals + 1, "0");
  const whole = digits.slice(0, -decimals).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${units < 0n ? "-" : ""}$${whole}.${digits.slice(-decimals)}`;
}
