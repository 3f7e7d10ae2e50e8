import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BillPeriod, type Effects, explainChange, logMeanDivisia, roundToTotal } from "../../src/analysis/index.ts";
import { AnalysisInputError } from "../../src/errors.ts";
import { dataPath, readData, withData } from "../shared-data.ts";
import { costOf, type Fraction, fraction, plus, shapleyByOrders, toNumber } from "./naive-bill.ts";

interface BillCase {
  name: string;
  period0: BillPeriod;
  period1: BillPeriod;
  cost0: number;
  cost1: number;
  delta: number;
  shapley: Effects;
  shapleyExact: Record<string, string>;
  shapleyByModel: Record<string, Effects>;
  entryExit: Record<string, number>;
  entryExitExact: Record<string, string>;
  lmdi: Effects;
  roundedMicroUsd: Record<string, number> | null;
}

const EFFECTS = ["volume", "mix", "length_in", "length_out", "kind_in", "kind_out", "price"] as const;
const opus = { input: 15, cache_read: 1.5, cache_write_5m: 18.75, output: 75, reasoning: 75 };
const haiku = { input: 1, cache_read: 0.1, output: 5 };

function sum(effects: object): number {
  return Object.values(effects).reduce((total, amount) => total + amount, 0);
}

/** The largest difference of any amount, as a share of the larger bill. */
function distance(found: object, expected: object, bill: number): number {
  const [one, other] = [new Map(Object.entries(found)), new Map(Object.entries(expected))];
  expect([...one.keys()].sort()).toEqual([...other.keys()].sort());
  return Math.max(0, ...[...one].map(([name, amount]) => Math.abs(amount - other.get(name)))) / (bill || 1);
}

withData("vectors/bill.json", () => {
  const { cases } = JSON.parse(readData("vectors/bill.json")) as { cases: BillCase[] };

  test("there are the twelve", () => {
    expect(cases.length, dataPath("vectors/bill.json")).toBe(12);
  });

  describe.each(cases)("analysis E1: $name", (known) => {
    const bill = Math.max(known.cost0, known.cost1);
    const found = explainChange(known.period0, known.period1);

    test("effects, of all and of each model, are the Shapley values found in exact fractions", () => {
      expect(distance(found.effects, known.shapley, bill)).toBeLessThanOrEqual(1e-12);
      for (const [name, exact] of Object.entries(known.shapleyExact)) {
        const [numerator = 0n, denominator = 1n] = exact.split("/").map(BigInt);
        expect(Math.abs(found.effects[name as keyof Effects] - toNumber(fraction(numerator, denominator)))).toBeLessThanOrEqual(
          1e-15 * bill,
        );
      }
      expect(Object.keys(found.byModel).sort()).toEqual(Object.keys(known.shapleyByModel).sort());
      for (const [model, effects] of Object.entries(known.shapleyByModel))
        expect(distance(found.byModel[model] as Effects, effects, bill)).toBeLessThanOrEqual(1e-12);
    });

    test("with new and retired models apart, too", () => {
      expect(distance(found.entryExit, known.entryExit, bill)).toBeLessThanOrEqual(1e-12);
      expect(sum(found.entryExit)).toBeCloseTo(known.delta, 9);
      const byModel = Object.values(found.entryExitByModel).map(sum);
      expect(byModel.reduce((total, amount) => total + amount, 0)).toBeCloseTo(known.delta, 9);
    });

    test("logarithmic means give what they are known to give", () => {
      expect(distance(logMeanDivisia(known.period0, known.period1), known.lmdi, bill)).toBeLessThanOrEqual(1e-12);
    });

    test("rounded to micro-dollars, and to nano-dollars, the lines add up to the change", () => {
      for (const unit of [1e6, 1e9]) {
        const change = BigInt(Math.round(known.delta * unit));
        const lines = roundToTotal(
          EFFECTS.map((name) => found.effects[name] * unit),
          change,
        );
        expect(lines.reduce((total, line) => total + line, 0n)).toBe(change);
        if (unit === 1e6 && known.roundedMicroUsd !== null)
          expect(lines.map(Number)).toEqual(EFFECTS.map((name) => known.roundedMicroUsd?.[name]));
      }
    });
  });
});

const arbitraryUsage = fc
  .record({
    requests: fc.integer({ min: 0, max: 50 }),
    tokens: fc.dictionary(fc.constantFrom("input", "cache_read", "audio_input", "output", "reasoning"), fc.nat(1e6)),
    pricePerMillion: fc.record({
      input: fc.constantFrom(0, 0.1, 3, 15),
      cache_read: fc.constantFrom(0.01, 0.3),
      audio_input: fc.constantFrom(32, 40.123),
      output: fc.constantFrom(5, 75),
      reasoning: fc.constantFrom(5, 75),
    }),
  })
  .map((usage) => (usage.requests === 0 ? { ...usage, tokens: {} } : usage));
const arbitraryPeriod = fc.dictionary(fc.constantFrom("opus", "sonnet", "__proto__", "4"), arbitraryUsage, { noNullPrototype: true });

describe("any two periods", () => {
  test("have the effects that trying all 120 orders in exact fractions gives", () => {
    fc.assert(
      fc.property(arbitraryPeriod, arbitraryPeriod, (before, after) => {
        const found = explainChange(before, after);
        const exact = shapleyByOrders(before, after);
        const bill = Math.max(toNumber(costOf(before)), toNumber(costOf(after)));
        for (const [model, parts] of exact) {
          const effects = new Map(Object.entries(found.byModel)).get(model);
          for (const name of EFFECTS)
            expect(Math.abs((effects?.[name] ?? Number.NaN) - toNumber(parts[name] as Fraction)), `${model} ${name}`).toBeLessThanOrEqual(
              1e-15 * bill,
            );
        }
        for (const name of EFFECTS) {
          const total = [...exact.values()].reduce((all, parts) => plus(all, parts[name] as Fraction), fraction(0n, 1n));
          expect(Math.abs(found.effects[name] - toNumber(total))).toBeLessThanOrEqual(1e-15 * bill);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("have effects that add up to the change, in both modes, and negate when time runs backwards", () => {
    fc.assert(
      fc.property(arbitraryPeriod, arbitraryPeriod, (before, after) => {
        const there = explainChange(before, after);
        const back = explainChange(after, before);
        const [cost0, cost1] = [toNumber(costOf(before)), toNumber(costOf(after))];
        for (const effects of [there.effects, there.entryExit, logMeanDivisia(before, after)]) {
          // Effects that cancel may be much larger than either bill: their floats can't add up more exactly than they are.
          const size = Object.values(effects).reduce((total, amount) => total + Math.abs(amount), 0);
          expect(Math.abs(sum(effects) - (cost1 - cost0))).toBeLessThanOrEqual(1e-12 * Math.max(cost0, cost1) + 1e-14 * size);
        }
        for (const name of EFFECTS) expect(there.effects[name] + back.effects[name]).toBe(0);
        expect(there.entryExit.new + back.entryExit.retired).toBe(0);
      }),
    );
  });
});

test("a cost that all but goes away has effects that add up too", () => {
  const rates = { input: 15, output: 5 };
  const before = { opus: { requests: 1, tokens: { input: 1823 }, pricePerMillion: rates } };
  const after = { opus: { requests: 1, tokens: { input: 1 }, pricePerMillion: { ...rates, input: 0.1 } } };
  expect(Math.abs(sum(logMeanDivisia(before, after)) - (1e-7 - 0.027345))).toBeLessThan(1e-16);
});

describe("what one cause changed is that cause's effect", () => {
  const usage = { requests: 1000, tokens: { input: 2e6, cache_read: 8e6, output: 5e5 }, pricePerMillion: opus };
  const cost = 2 * 15 + 8 * 1.5 + 0.5 * 75;

  test.each([
    ["volume", { requests: 2000, tokens: { input: 4e6, cache_read: 16e6, output: 1e6 } }, cost],
    ["length_in", { tokens: { input: 4e6, cache_read: 16e6, output: 5e5 } }, 42],
    ["length_out", { tokens: { input: 2e6, cache_read: 8e6, output: 1e6 } }, 37.5],
    ["kind_in", { tokens: { input: 10e6, cache_read: 0, output: 5e5 } }, 8 * 13.5],
    ["price", { pricePerMillion: { ...opus, input: 5 } }, -20],
  ] as const)("%s", (name, changed, amount) => {
    const { effects } = explainChange({ opus: usage }, { opus: { ...usage, ...changed } });
    for (const effect of EFFECTS) expect(effects[effect]).toBeCloseTo(effect === name ? amount : 0, 9);
  });

  test("reasoning in place of answers is a change of kind, where it costs more", () => {
    const before = { requests: 10, tokens: { output: 100_000, reasoning: 0 }, pricePerMillion: { output: 10, reasoning: 60 } };
    const { effects } = explainChange({ m: before }, { m: { ...before, tokens: { output: 50_000, reasoning: 50_000 } } });
    expect(effects).toEqual({ volume: 0, mix: 0, length_in: 0, length_out: 0, kind_in: 0, kind_out: 2.5, price: 0 });
  });

  test("amounts that all but cancel stay exact: a million times the volume at a millionth of the price", () => {
    const before = { requests: 1, tokens: { input: 1e6 }, pricePerMillion: { input: 1000 } };
    const after = { requests: 1e6, tokens: { input: 1e12 }, pricePerMillion: { input: 0.001 } };
    const { effects } = explainChange({ m: before }, { m: after });
    expect(effects.volume).toBe(-effects.price);
    expect(sum(effects)).toBe(0);
  });

  test("expected values need be no whole numbers", () => {
    const before = { requests: 0.5, tokens: { input: 1234.5 }, pricePerMillion: { input: 2 } };
    const { effects } = explainChange({ m: before }, { m: { ...before, requests: 1.5, tokens: { input: 3703.5 } } });
    expect(effects.volume).toBeCloseTo(0.004938, 15);
  });
});

describe("an upgraded model", () => {
  const older = { requests: 100, tokens: { input: 1e6 }, pricePerMillion: { input: 15 } };
  const newer = { requests: 100, tokens: { input: 1e6 }, pricePerMillion: { input: 5 } };

  test("is a model that left and one that came, unless it is said to follow", () => {
    expect(explainChange({ "opus-4": older }, { "opus-5": newer }).entryExit).toMatchObject({ new: 5, retired: -15, price: 0 });
    const { entryExit, byModel } = explainChange({ "opus-4": older }, { "opus-5": newer }, { successorOf: { "opus-4": "opus-5" } });
    expect(entryExit).toMatchObject({ new: 0, retired: 0, price: -10 });
    expect(Object.keys(byModel)).toEqual(["opus-5"]);
  });

  test("follows over several steps, and both used in one period are one model at the mean of their prices", () => {
    const successorOf = { "opus-3": "opus-4", "opus-4": "opus-5" };
    const { effects } = explainChange({ "opus-3": older }, { "opus-4": older, "opus-5": newer }, { successorOf });
    expect(effects.price).toBeCloseTo(-7.5, 12);
    expect(effects.volume).toBeCloseTo(12.5, 12);
    expect(effects.mix).toBe(0);
  });

  test("can't follow itself", () => {
    expect(() => explainChange({}, {}, { successorOf: { a: "b", b: "a" } })).toThrow('successorOf: "a" comes after itself');
    expect(() => explainChange({}, {}, { successorOf: { a: 1 as unknown as string } })).toThrow("is not a model's name");
  });
});

describe("what is no bill is refused with a sentence", () => {
  const usage = { requests: 1, tokens: { input: 1 }, pricePerMillion: haiku };

  test.each([
    [{ m: { ...usage, tokens: { thoughts: 1 } } }, 'before["m"].tokens: "thoughts" is not a kind of token; the kinds are input,'],
    [{ m: { ...usage, tokens: { input: -1 } } }, 'before["m"].tokens.input: -1 is not an amount'],
    [{ m: { ...usage, tokens: { input: Number.NaN } } }, 'before["m"].tokens.input: NaN is not an amount'],
    [{ m: { ...usage, pricePerMillion: { input: Number.POSITIVE_INFINITY } } }, "pricePerMillion.input: Infinity is not an amount"],
    [{ m: { ...usage, tokens: { reasoning: 1 } } }, "pricePerMillion.reasoning: missing"],
    [{ m: { ...usage, requests: 0 } }, 'before["m"].requests: 0, but there are 1 input tokens'],
    [{ m: { ...usage, requests: 2 ** 54 } }, "is not an amount; give a number from 0 to 9007199254740991"],
    [{ m: null }, 'before["m"]: null is not a model\'s usage'],
    [{ m: { requests: 1 } }, 'before["m"].tokens: "undefined" is not an object'],
    [[], "before: [] is not a period"],
    [null, "before: null is not a period"],
  ])("%j", (before, sentence) => {
    const act = () => explainChange(before as unknown as BillPeriod, {});
    expect(act).toThrow(AnalysisInputError);
    expect(act).toThrow(sentence);
  });

  test("after is looked at like before", () => {
    expect(() => explainChange({}, 7 as unknown as BillPeriod)).toThrow("after: 7 is not a period");
    expect(() => explainChange({}, {}, { successorOf: 7 as never })).toThrow("successorOf: 7");
  });
});

describe("amounts rounded to a total", () => {
  const cents = fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 30 });

  test("add up to it, each less than one off, none with another sign", () => {
    fc.assert(
      fc.property(cents, (thousandths) => {
        const total = BigInt(Math.round(thousandths.reduce((all, part) => all + part, 0) / 1000));
        // What is missing to a whole total is one more amount.
        const rest = Number(total) * 1000 - thousandths.reduce((all, part) => all + part, 0);
        const amounts = [...thousandths, rest].map((part) => part / 1000);
        const lines = roundToTotal(amounts, total);
        expect(lines.reduce((all, line) => all + line, 0n)).toBe(total);
        amounts.forEach((amount, i) => {
          expect(Math.abs(Number(lines[i]) - amount)).toBeLessThan(1);
          expect(Math.sign(Number(lines[i])) * Math.sign(amount)).toBeGreaterThanOrEqual(0);
        });
        expect(
          roundToTotal(
            amounts.map((amount) => -amount),
            -total,
          ),
        ).toEqual(lines.map((line) => -line));
      }),
    );
  });

  test("of equals the first is rounded up; what is whole stays", () => {
    expect(roundToTotal([0.5, 0.5, 3, 0.5, 0.5], 5n)).toEqual([1n, 1n, 3n, 0n, 0n]);
    expect(roundToTotal([], 0n)).toEqual([]);
  });

  test("what floats lose of large amounts is no obstacle", () => {
    const amounts = [4.123456789e17, -4.123456789e17 + 64, 0.3];
    const lines = roundToTotal(amounts, 63n);
    expect(lines.reduce((all, line) => all + line, 0n)).toBe(63n);
    expect(lines[2]).toBeLessThanOrEqual(1n);
  });

  test("another total is refused", () => {
    expect(() => roundToTotal([1, 2], 7n)).toThrow("total: 7 is not what the amounts add up to; they are less.");
    expect(() => roundToTotal([], 1n)).toThrow(AnalysisInputError);
    expect(() => roundToTotal([1.5], 2 as unknown as bigint)).toThrow("total: 2 is not a bigint");
    expect(() => roundToTotal([Number.NaN], 2n)).toThrow("amounts[0]: NaN");
  });
});
