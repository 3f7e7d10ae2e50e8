/** Numbers for people: the same on every machine, whatever its language. */
import { divideHalfUp, parseUsd } from "../../money.ts";

const group = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ",");

/** `1234567` → `1,234,567`. */
export function count(value: number): string {
  return value < 0 ? `-${group(String(-value))}` : group(String(value));
}

/** `1234567` → `1.2M`: for narrow screens and summaries. */
export function compactCount(value: number): string {
  for (const [size, unit] of [
    [1e12, "T"],
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "K"],
  ] as const) {
    if (Math.abs(value) >= size * 0.9995) return `${(value / size).toFixed(1).replace(/\.0$/, "")}${unit}`;
  }
  return String(value);
}

const CENT = 10_000_000n;
const SMALL = 100_000n;

/** Exact USD → dollars and cents; amounts below a cent keep four decimals, and what is less still is told as such. */
export function dollars(usd: string): string {
  const nano = parseUsd(usd);
  const absolute = nano < 0n ? -nano : nano;
  const sign = nano < 0n ? "-" : "";
  if (absolute !== 0n && absolute < SMALL / 2n) return sign ? "-<$0.0001" : "<$0.0001";
  if (absolute !== 0n && absolute < CENT) {
    return `${sign}$${(Number(divideHalfUp(absolute, SMALL)) / 10_000).toFixed(4)}`;
  }
  const cents = divideHalfUp(absolute, CENT);
  return `${sign}$${group((cents / 100n).toString())}.${(cents % 100n).toString().padStart(2, "0")}`;
}

/** `0.12345` → `12.3%`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

/** `1048576` → `1.0 MB`. */
export function bytes(value: number): string {
  for (const [size, unit] of [
    [1e9, "GB"],
    [1e6, "MB"],
    [1e3, "kB"],
  ] as const) {
    if (value >= size) return `${(value / size).toFixed(1)} ${unit}`;
  }
  return `${value} B`;
}
