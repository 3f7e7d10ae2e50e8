/** Amounts of a series: money as exact texts, or counts of tokens where nothing has a price. */
import type { AnalysisDocument } from "tokenledger/insights";
import { formatUsd, parseUsd } from "../../../../src/money.ts";
import { count, countShort, dollars, dollarsShort } from "../../format/amounts.ts";

export type Unit = AnalysisDocument["unit"];
export type Amount = string | number;

/** As whole nano-USD or tokens, which add up exactly. */
export function unitsOf(amount: Amount, unit: Unit): bigint {
  return unit === "usd" ? parseUsd(amount) : BigInt(Math.round(Number(amount)));
}

export function amountOf(units: bigint, unit: Unit): Amount {
  return unit === "usd" ? formatUsd(units) : Number(units);
}

export function sumOf(amounts: readonly Amount[], unit: Unit): Amount {
  return amountOf(
    amounts.reduce((sum, amount) => sum + unitsOf(amount, unit), 0n),
    unit,
  );
}

export function amountText(amount: Amount, unit: Unit): string {
  return unit === "usd" ? dollars(String(amount)) : `${count(Math.round(Number(amount)))} tokens`;
}

/** For charts: money is written from the exact text where there is one. */
export function chartFormat(unit: Unit): { value: (value: number, exact?: string) => string; tick: (value: number) => string } {
  if (unit === "tokens") return { value: (value) => count(Math.round(value)), tick: countShort };
  return { value: (value, exact) => (exact === undefined ? dollarsShort(value) : dollars(exact)), tick: dollarsShort };
}
