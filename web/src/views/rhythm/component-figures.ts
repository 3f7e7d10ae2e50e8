/** A series taken apart, arranged for three charts over each other: what was spent, what comes again and again, the rest. */
import type { SeriesDocument } from "tokenledger/insights";
import type { ChartSeries } from "../../charts/series.ts";
import type { Amount } from "./amounts.ts";

export interface ComponentFigures {
  name: "spending" | "oscillation" | "noise";
  series: ChartSeries[];
  /** Where few values would press all others flat: how far is drawn, how many values go farther, and the farthest of them. */
  cut: { at: number; values: number; farthest: Amount } | undefined;
}

const exactTexts = (amounts: readonly Amount[]): string[] => amounts.map(String);

export function componentFigures(
  { values, trend, oscillation, noise }: SeriesDocument["components"],
  { isCut, isPriced }: { isCut: boolean; isPriced: boolean },
): ComponentFigures[] {
  const whole = cutFigures(values, isCut);
  const again = cutFigures(oscillation, isCut);
  const rest = cutFigures(noise, isCut);
  return [
    {
      name: "spending",
      cut: whole.cut,
      series: [
        { name: isPriced ? "spending" : "tokens", values: whole.shown, exact: exactTexts(values), kind: "area", colour: 1 },
        { name: "trend", values: trend.map(Number), exact: exactTexts(trend), kind: "line", colour: 2 },
      ],
    },
    {
      name: "oscillation",
      cut: again.cut,
      series: [{ name: "oscillation", values: again.shown, exact: exactTexts(oscillation), kind: "line", colour: 3 }],
    },
    {
      name: "noise",
      cut: rest.cut,
      series: [{ name: "noise", values: rest.shown, exact: exactTexts(noise), kind: "line", colour: 6 }],
    },
  ];
}

/** Of a hundred values the two farthest from nothing may be cut off, where they are at least twice as far as the others. */
const LARGEST_SHARE_CUT = 0.02;
const LEAST_FACTOR = 2;
const ROOM = 1.15;
const FEWEST_VALUES = 20;

export function cutFigures(amounts: readonly Amount[], isCut: boolean): { shown: number[]; cut: ComponentFigures["cut"] } {
  const numbers = amounts.map(Number);
  const at = isCut ? cutAt(numbers) : undefined;
  if (at === undefined) return { shown: numbers, cut: undefined };
  let values = 0;
  let farthest = 0;
  for (const [index, value] of numbers.entries()) {
    if (Math.abs(value) <= at) continue;
    values += 1;
    if (Math.abs(value) > Math.abs(numbers[farthest] as number)) farthest = index;
  }
  return { shown: numbers.map((value) => Math.max(-at, Math.min(at, value))), cut: { at, values, farthest: amounts[farthest] as Amount } };
}

function cutAt(numbers: readonly number[]): number | undefined {
  if (numbers.length < FEWEST_VALUES) return undefined;
  const sizes = numbers.map(Math.abs).sort((a, b) => a - b);
  const largest = sizes.at(-1) as number;
  const usual = (sizes[Math.floor((sizes.length - 1) * (1 - LARGEST_SHARE_CUT))] as number) * ROOM;
  return usual > 0 && largest > usual * LEAST_FACTOR ? usual : undefined;
}
