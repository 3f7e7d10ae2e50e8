/** How sentences say amounts, shares, periods and chances. */
import { quoteValue } from "../errors.ts";
import { divideHalfUp, formatUsd, NANO_PER_USD } from "../money.ts";
import type { Unit } from "./book-series.ts";

const CENT = NANO_PER_USD / 100n;
/** From here on cents are noise, unless an amount has none anyway. */
const WITHOUT_CENTS = 1000n * NANO_PER_USD;
/** Sentences are read on terminals, too: other names are quoted, their control characters escaped. */
const PLAIN_NAME = /^[\w.:/@()+-]+$/;

/** `$0.0042`, `$12.50`, `$5,000`. */
export function dollars(nanoUsd: bigint): string {
  const amount = nanoUsd < 0n ? -nanoUsd : nanoUsd;
  const sign = nanoUsd < 0n ? "-" : "";
  if (amount > 0n && amount < CENT) return `${sign}$${formatUsd(twoDigits(amount))}`;
  if (amount >= WITHOUT_CENTS) return `${sign}$${grouped(divideHalfUp(amount, NANO_PER_USD))}`;
  const cents = divideHalfUp(amount, CENT);
  return `${sign}$${cents / 100n}.${String(cents % 100n).padStart(2, "0")}`;
}

/** An amount in a series' unit. */
export function amountText(amount: bigint, unit: Unit): string {
  return unit === "usd" ? dollars(amount) : `${amount < 0n ? "-" : ""}${grouped(amount < 0n ? -amount : amount)} tokens`;
}

function twoDigits(amount: bigint): bigint {
  const drop = 10n ** BigInt(Math.max(0, String(amount).length - 2));
  return divideHalfUp(amount, drop) * drop;
}

function grouped(whole: bigint): string {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `12 %`, `0.4 %`. */
export function percentText(percent: number): string {
  const size = Math.abs(percent);
  const shown = size >= 10 ? Math.round(percent) : Number(percent.toPrecision(2));
  return `${size >= 10_000 ? shown.toExponential(1) : shown} %`;
}

/** A probability of something to come, never said to be certain or impossible. */
export function chanceText(probability: number): string {
  if (probability > 0.99) return "more than 99 %";
  return probability < 0.01 ? "less than 1 %" : `${Math.round(100 * probability)} %`;
}

/** How a test came out: `p = 0.30`, `p < 0.001`. */
export function pText(p: number): string {
  if (p < 0.001) return "p < 0.001";
  return `p = ${p < 0.01 ? p.toFixed(3) : p.toFixed(2)}`;
}

/** A name as it may stand in a sentence. */
export function nameText(name: string | null, dimension: string): string {
  if (name === null) return `what has no ${dimension}`;
  return PLAIN_NAME.test(name) ? name : quoteValue(name);
}

/** `a, b and c`. */
export function listText(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** `1 request`, `2 requests`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NAMED_PERIODS: readonly [periodMs: number, name: string][] = [
  [HOUR_MS, "hourly"],
  [12 * HOUR_MS, "half-daily"],
  [DAY_MS, "daily"],
  [7 * DAY_MS, "weekly"],
];

/** `daily`; of a period without a name, `17-hour`. */
export function rhythmName(periodMs: number): string {
  const named = NAMED_PERIODS.find(([length]) => length === periodMs);
  if (named) return named[1];
  const days = periodMs / DAY_MS;
  if (days > 28 && days < 32) return "monthly";
  const [count, unit] = days >= 2 ? [days, "day"] : [periodMs / HOUR_MS, "hour"];
  return `${Number(count.toPrecision(3))}-${unit}`;
}
