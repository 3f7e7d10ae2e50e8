/** The decomposition of a bill once more, from its definition: every order of the factors is tried, in exact fractions. */
import type { BillPeriod } from "../../src/analysis/index.ts";

export interface Fraction {
  numerator: bigint;
  denominator: bigint;
}

export function fraction(numerator: bigint, denominator: bigint): Fraction {
  let [a, b] = [numerator < 0n ? -numerator : numerator, denominator];
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? { numerator: 0n, denominator: 1n } : { numerator: numerator / a, denominator: denominator / a };
}

export function plus(one: Fraction, other: Fraction): Fraction {
  return fraction(one.numerator * other.denominator + other.numerator * one.denominator, one.denominator * other.denominator);
}

function times(one: Fraction, other: Fraction): Fraction {
  return fraction(one.numerator * other.numerator, one.denominator * other.denominator);
}

function over(one: Fraction, other: Fraction): Fraction {
  return fraction(one.numerator * other.denominator, one.denominator * other.numerator);
}

export function toNumber({ numerator, denominator }: Fraction): number {
  return Number((numerator << 200n) / denominator) / 2 ** 200;
}

/** As many decimal places as the prices of these tests have. */
function of(value: number): Fraction {
  return fraction(BigInt(Math.round(value * 1e6)), 1_000_000n);
}

const ZERO = of(0);
const DIRECTIONS = { in: ["input", "cache_read", "audio_input"], out: ["output", "reasoning"] } as const;

export function costOf(period: BillPeriod): Fraction {
  let total = ZERO;
  for (const { tokens, pricePerMillion } of Object.values(period))
    for (const [kind, count] of Object.entries(tokens))
      total = plus(total, times(of(count), times(of(pricePerMillion[kind] ?? 0), of(1e-6))));
  return total;
}

function orders<T>(items: readonly T[]): T[][] {
  return items.length === 0
    ? [[]]
    : items.flatMap((item) => orders(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

const ORDERS = orders([0, 1, 2, 3, 4]);

/** By model, by effect. */
export function shapleyByOrders(before: BillPeriod, after: BillPeriod): Map<string, Record<string, Fraction>> {
  const periods = [new Map(Object.entries(before)), new Map(Object.entries(after))] as const;
  const found = new Map<string, Record<string, Fraction>>();
  for (const model of new Set([...periods[0].keys(), ...periods[1].keys()])) {
    const effects: Record<string, Fraction> = {
      volume: ZERO,
      mix: ZERO,
      length_in: ZERO,
      length_out: ZERO,
      kind_in: ZERO,
      kind_out: ZERO,
      price: ZERO,
    };
    found.set(model, effects);
    for (const [direction, kinds] of Object.entries(DIRECTIONS))
      for (const kind of kinds) {
        const known = periods.map((period) => factorsOf(period, model, kinds, kind));
        const names = ["volume", "mix", `length_${direction}`, `kind_${direction}`, "price"];
        const pairs = names.map((_, f) => {
          const [one, other] = [known[0]?.[f], known[1]?.[f]];
          return [one ?? other ?? ZERO, other ?? one ?? ZERO] as const;
        });
        for (const order of ORDERS) {
          const now = pairs.map(([start]) => start);
          let value = now.reduce(times);
          for (const f of order) {
            now[f] = pairs[f]?.[1] as Fraction;
            const next = now.reduce(times);
            const step = plus(next, { ...value, numerator: -value.numerator });
            const name = names[f] as string;
            effects[name] = plus(effects[name] as Fraction, times(step, fraction(1n, 120_000_000n)));
            value = next;
          }
        }
      }
  }
  return found;
}

function factorsOf(
  period: ReadonlyMap<string, BillPeriod[string]>,
  model: string,
  kinds: readonly string[],
  kind: string,
): (Fraction | undefined)[] {
  const all = of([...period.values()].reduce((total, { requests }) => total + requests, 0));
  const usage = period.get(model);
  const requests = of(usage?.requests ?? 0);
  const tokens = of(kinds.reduce((total, name) => total + (usage?.tokens[name] ?? 0), 0));
  const share = (part: Fraction, whole: Fraction) => (whole.numerator === 0n ? undefined : over(part, whole));
  const price = usage?.pricePerMillion[kind];
  return [
    all,
    share(requests, all),
    share(tokens, requests),
    share(of(usage?.tokens[kind] ?? 0), tokens),
    price === undefined ? undefined : of(price),
  ];
}
