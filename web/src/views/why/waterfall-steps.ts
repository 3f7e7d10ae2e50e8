/** The way from the earlier cost over the effects to the later one, with amounts that still add up once they are rounded. */
import type { ExplanationDocument } from "tokenledger/insights";
import { divideHalfUp, formatUsd, parseUsd } from "../../../../src/money.ts";
import type { EffectName } from "./effects.ts";

export interface WaterfallStep {
  effect: EffectName;
  /** For the picture alone. */
  value: number;
  exact: string;
  text: string;
}

/** Effects that come to less than this part of what both periods have in common would be slivers beside it. */
const LEAST_PART = 4n;

export interface WaterfallSteps {
  /** Where the first and the last bar begin in the picture; 0 unless most of both is the same. */
  base_usd: string;
  before: { exact: string; value: number; text: string };
  steps: WaterfallStep[];
  after: { exact: string; value: number; text: string };
}

export function waterfallSteps({ from, to, effects }: Pick<ExplanationDocument, "from" | "to" | "effects">): WaterfallSteps {
  const amounts = effects.map(({ amount_usd: amount }) => parseUsd(amount));
  const texts = roundedToAddUp(parseUsd(from.cost_usd), amounts);
  const base = baseOf(parseUsd(from.cost_usd), amounts);
  const pictured = (usd: string): number => Number(formatUsd(parseUsd(usd) - base));
  return {
    base_usd: formatUsd(base),
    before: { exact: from.cost_usd, value: pictured(from.cost_usd), text: texts.start },
    steps: effects.map(({ effect, amount_usd: exact }, index) => ({
      effect,
      exact,
      value: Number(exact),
      text: texts.steps[index] as string,
    })),
    after: { exact: to.cost_usd, value: pictured(to.cost_usd), text: texts.end },
  };
}

/** What is cut off the first and the last bar: half the effects' reach is left of them, and never nothing. */
function baseOf(start: bigint, steps: readonly bigint[]): bigint {
  let [sum, low, high] = [start, start, start];
  for (const step of steps) {
    sum += step;
    if (sum < low) low = sum;
    if (sum > high) high = sum;
  }
  const reach = high - low;
  return reach > 0n && reach * LEAST_PART < low ? low - (reach + 1n) / 2n : 0n;
}

const NANO_BY_DECIMALS: readonly (readonly [decimals: number, nanoUsd: bigint])[] = [
  [2, 10_000_000n],
  [4, 100_000n],
  [6, 1_000n],
];
/** A sum has at least so many units, else it is told in smaller ones. */
const FEWEST_UNITS = 100n;

const size = (amount: bigint): bigint => (amount < 0n ? -amount : amount);

/**
 * Each is rounded by itself; where the sum then misses, those that rounding changed most give way by one unit. Units are cents,
 * and of sums below a dollar smaller ones.
 */
export function roundedToAddUp(start: bigint, steps: readonly bigint[]): { start: string; steps: string[]; end: string } {
  const sums = [start];
  for (const step of steps) sums.push((sums.at(-1) as bigint) + step);
  const end = sums.at(-1) as bigint;
  const largest = [...sums, ...steps].map(size).reduce((a, b) => (b > a ? b : a));
  const [decimals, unit] = NANO_BY_DECIMALS.find(([, nano]) => largest === 0n || largest >= nano * FEWEST_UNITS) ?? [9, 1n];
  const rounded = steps.map((step) => divideHalfUp(step, unit));
  let missing = divideHalfUp(end, unit) - divideHalfUp(start, unit) - rounded.reduce((sum, step) => sum + step, 0n);
  const towards = missing > 0n ? 1n : -1n;
  const lost = steps.map((step, index) => towards * (step - (rounded[index] as bigint) * unit));
  const byLoss = steps.map((_, index) => index);
  byLoss.sort((a, b) => (lost[a] === lost[b] ? a - b : (lost[a] as bigint) > (lost[b] as bigint) ? -1 : 1));
  for (const index of byLoss) {
    if (missing === 0n) break;
    rounded[index] = (rounded[index] as bigint) + towards;
    missing -= towards;
  }
  return {
    start: unitsText(divideHalfUp(start, unit), decimals),
    steps: rounded.map((step) => (step > 0n ? `+${unitsText(step, decimals)}` : unitsText(step, decimals))),
    end: unitsText(divideHalfUp(end, unit), decimals),
  };
}

function unitsText(units: bigint, decimals: number): string {
  const digits = String(size(units)).padStart(decimals + 1, "0");
  const whole = digits.slice(0, -decimals).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${units < 0n ? "−" : ""}$${whole}.${digits.slice(-decimals)}`;
}
