/**
 * The additive logarithmic mean Divisia index (LMDI-I: Ang 2005, 2015), another way to take a change apart without a rest.
 * It serves as a second opinion on the Shapley values: where the factors change little, both agree.
 */
import { checkOptions } from "../input.ts";
import { type BilledModel, type BillPeriod, billOf, type Direction, type Successors } from "./bill-period.ts";
import { EFFECTS, type Effects } from "./explain-change.ts";

/**
 * The effects of `explainChange` by logarithmic means. Where a factor is zero in one period, the limit is taken that the
 * effects have as it goes to zero (Wood & Lenzen 2006; Ang & Liu 2007), not a small number in its place.
 *
 * @throws AnalysisInputError as `explainChange` does
 * @example
 * ```ts
 * import { logMeanDivisia } from "tokenledger/analysis";
 * const usage = { tokens: { input: 1e6 }, pricePerMillion: { input: 3 } };
 * logMeanDivisia({}, { sonnet: { requests: 100, ...usage } }).volume; // => 3
 * ```
 */
export function logMeanDivisia(before: BillPeriod, after: BillPeriod, options: { successorOf?: Successors } = {}): Effects {
  checkOptions(options, ["successorOf"]);
  const { models, scale } = billOf(before, after, options.successorOf);
  const effects = Object.fromEntries(EFFECTS.map((name) => [name, 0])) as unknown as Effects;
  const all = [0, 1].map((period) => Number(models.reduce((sum, { requests }) => sum + requests[period as 0 | 1], 0n))) as [number, number];
  for (const model of models) for (const direction of model.directions) addDirection(effects, all, model, direction, Number(scale));
  return effects;
}

type Pair = [before: number, after: number];

function addDirection(effects: Effects, all: Pair, { requests }: BilledModel, direction: Direction, scale: number): void {
  const asked = requests.map(Number) as Pair;
  const tokens = direction.tokens.map(Number) as Pair;
  const names = ["volume", "mix", direction.lengthEffect, direction.kindEffect, "price"] as const;
  for (const kind of direction.kinds) {
    const counts = kind.tokens.map(Number) as Pair;
    const factors: Pair[] = [all, ratio(asked, all), ratio(tokens, asked), ratio(counts, tokens), kind.price.map(Number) as Pair];
    const costs: Pair = [(counts[0] * Number(kind.price[0])) / scale, (counts[1] * Number(kind.price[1])) / scale];
    const shares = sharesOfChange(factors, costs);
    names.forEach((name, i) => {
      effects[name] += shares[i] as number;
    });
  }
}

function ratio(part: Pair, whole: Pair): Pair {
  if (whole[0] === 0) return whole[1] === 0 ? [0, 0] : [part[1] / whole[1], part[1] / whole[1]];
  if (whole[1] === 0) return [part[0] / whole[0], part[0] / whole[0]];
  return [part[0] / whole[0], part[1] / whole[1]];
}

function sharesOfChange(factors: readonly Pair[], [cost0, cost1]: Pair): number[] {
  if (cost0 === 0 && cost1 === 0) return factors.map(() => 0);
  if (cost0 === 0 || cost1 === 0) {
    // ln(f) of what goes to zero outgrows all else; several that do so share alike.
    const zeros = factors.map(([before, after]) => (cost0 === 0 ? before : after) === 0);
    const count = zeros.filter(Boolean).length;
    return zeros.map((zero) => (zero ? (cost1 - cost0) / count : 0));
  }
  const mean = logarithmicMean(cost1, cost0);
  return factors.map(([before, after]) => mean * Math.log(after / before));
}

/** L(a, b) = (a − b) / ln(a / b), and L(a, a) = a. */
function logarithmicMean(a: number, b: number): number {
  const difference = (a - b) / b;
  if (difference === 0) return a;
  // Near 1 the ratio's logarithm needs the difference; near 0 the difference has lost the ratio.
  return (a - b) / (Math.abs(difference) < 0.5 ? Math.log1p(difference) : Math.log(a / b));
}
