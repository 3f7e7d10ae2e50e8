/** Amounts for people, out of the exact texts that the server answers: never through floating point. */
import { divideHalfUp, parseUsd } from "../../../src/money.ts";

const CENT = 10_000_000n;
const SMALL = 100_000n;

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ",");

/** `"112.163421"` → `$112.16`; below a cent four decimals, and what is less still is told as such. */
export function dollars(usd: string): string {
  const nano = parseUsd(usd);
  const absolute = nano < 0n ? -nano : nano;
  const sign = nano < 0n ? "−" : "";
  if (absolute !== 0n && absolute < SMALL / 2n) return `${sign}<$0.0001`;
  if (absolute !== 0n && absolute < CENT) return `${sign}$0.${String(divideHalfUp(absolute, SMALL)).padStart(4, "0")}`;
  const cents = divideHalfUp(absolute, CENT);
  return `${sign}$${grouped(String(cents / 100n))}.${String(cents % 100n).padStart(2, "0")}`;
}

/** With a sign in front, for differences: `+$4.20`. */
export function dollarsMore(usd: string): string {
  return parseUsd(usd) > 0n ? `+${dollars(usd)}` : dollars(usd);
}

/** For axes and small places: `$1.2K`. Takes dollars as a number, for pictures only. */
export function dollarsShort(usd: number): string {
  const absolute = Math.abs(usd);
  const sign = usd < 0 ? "−" : "";
  if (absolute >= 999.5) return `${sign}$${countShort(absolute)}`;
  if (absolute >= 10 || absolute === 0) return `${sign}$${absolute.toFixed(0)}`;
  return `${sign}$${absolute >= 0.1 ? absolute.toFixed(2) : absolute.toPrecision(1)}`;
}

/** `1234567` → `1,234,567`. */
export function count(value: number): string {
  return value < 0 ? `−${grouped(String(-value))}` : grouped(String(value));
}

/** `1234567` → `1.2M`. */
export function countShort(value: number): string {
  for (const [size, unit] of SIZES) {
    if (Math.abs(value) >= size * 0.9995) return `${(value / size).toFixed(1).replace(/\.0$/, "")}${unit}`;
  }
  return String(Math.round(value * 10) / 10);
}

const SIZES = [
  [1e12, "T"],
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "K"],
] as const;

/** `0.12345` → `12.3%`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1).replace("-", "−")}%`;
}

/** Of a cap, in percent. Rounded down: only what is spent is 100.0%. */
export function usedText(percentUsed: number): string {
  return `${(Math.floor(percentUsed * 10) / 10).toFixed(1)}%`;
}

/** How much more or less than before; undefined where before there was nothing to compare with. */
export function changeShare(now: string | null, before: string | null): number | undefined {
  if (now === null || before === null) return undefined;
  const [nowNano, beforeNano] = [parseUsd(now), parseUsd(before)];
  return beforeNano <= 0n ? undefined : Number(nowNano - beforeNano) / Number(beforeNano);
}

/** Exact dollars as a number of them: for the height of a bar, never for a figure that is read. */
export function inPicture(usd: string | null): number | null {
  return usd === null ? null : Number(usd);
}

/** `1830` → `1.83 s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(2)} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
