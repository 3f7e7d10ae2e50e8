import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { comparedPeriods } from "../../src/insights/questions/compared-periods.ts";
import { formatUsd, parseUsd } from "../../src/money.ts";
import {
  askedComparison,
  COMPARISONS,
  type ComparisonName,
  comparisonNamed,
  daysOfWords,
  monthComparison,
  wordsOf,
} from "../../web/src/views/why/comparison.ts";
import { EFFECTS, type EffectName, mainCause, type NameChange, rowsBehind, sumUsd } from "../../web/src/views/why/effects.ts";
import { requestsLink } from "../../web/src/views/why/requests-link.ts";
import { roundedToAddUp, waterfallSteps } from "../../web/src/views/why/waterfall-steps.ts";

const nano = fc.bigInt({ min: -3_000_000_000_000n, max: 3_000_000_000_000n });
const start = fc.bigInt({ min: 0n, max: 5_000_000_000_000n });
const effectNames = Object.keys(EFFECTS) as EffectName[];
/** What a person reads off a bar: `−$1,234.56` as a count of its smallest units. */
const unitsRead = (text: string): bigint => BigInt(text.replace(/[$,.+]/g, "").replace("−", "-"));

describe("the way from before to after", () => {
  test("its steps add up to after, to the last digit, and so do the amounts beside the bars", () => {
    fc.assert(
      fc.property(start, fc.array(nano, { maxLength: 10 }), (before, amounts) => {
        const after = amounts.reduce((sum, amount) => sum + amount, before);
        const way = waterfallSteps({
          from: { start: "2026-04-01", end: "2026-04-30", requests: 1, cost_usd: formatUsd(before) },
          to: { start: "2026-05-01", end: "2026-05-31", requests: 1, cost_usd: formatUsd(after) },
          effects: amounts.map((amount, index) => ({ effect: effectNames[index] as EffectName, amount_usd: formatUsd(amount) })),
        });
        expect(way.steps.reduce((sum, { exact }) => sum + parseUsd(exact), parseUsd(way.before.exact))).toBe(parseUsd(way.after.exact));
        expect(way.steps.reduce((sum, { text }) => sum + unitsRead(text), unitsRead(way.before.text))).toBe(unitsRead(way.after.text));
      }),
    );
  });

  test("where most of both periods is the same, the picture begins higher, and no bar before nothing", () => {
    fc.assert(
      fc.property(start, fc.array(nano, { maxLength: 10 }), (before, amounts) => {
        const after = amounts.reduce((sum, amount) => sum + amount, before);
        const way = waterfallSteps({
          from: { start: "2026-04-01", end: "2026-04-30", requests: 1, cost_usd: formatUsd(before) },
          to: { start: "2026-05-01", end: "2026-05-31", requests: 1, cost_usd: formatUsd(after) },
          effects: amounts.map((amount, index) => ({ effect: effectNames[index] as EffectName, amount_usd: formatUsd(amount) })),
        });
        const base = parseUsd(way.base_usd);
        expect(way.before.value).toBe(Number(formatUsd(before - base)));
        expect(way.after.value).toBe(Number(formatUsd(after - base)));
        if (base > 0n) {
          let sum = before;
          for (const amount of [0n, ...amounts]) {
            sum += amount;
            expect(sum).toBeGreaterThan(base);
          }
        }
      }),
    );
    const leastOfAll = waterfallSteps({
      from: { start: "2026-05-01", end: "2026-05-30", requests: 1, cost_usd: "0.000000006" },
      to: { start: "2026-06-01", end: "2026-06-30", requests: 1, cost_usd: "0.000000005" },
      effects: [{ effect: "volume", amount_usd: "-0.000000001" }],
    });
    expect(leastOfAll.base_usd).toBe("0.000000004");
    const alike = waterfallSteps({
      from: { start: "2026-05-01", end: "2026-05-30", requests: 1, cost_usd: "21292.27" },
      to: { start: "2026-06-01", end: "2026-06-30", requests: 1, cost_usd: "21238.76" },
      effects: [{ effect: "volume", amount_usd: "-53.51" }],
    });
    expect(alike.base_usd).toBe("21212.005");
  });

  test("what is rounded differs from the amount by less than one unit", () => {
    fc.assert(
      fc.property(fc.array(nano, { minLength: 1, maxLength: 10 }), (amounts) => {
        const { steps } = roundedToAddUp(1_000_000_000n, amounts);
        for (const [index, text] of steps.entries()) {
          const off = unitsRead(text) * 10_000_000n - (amounts[index] as bigint);
          expect(off < 0n ? -off : off).toBeLessThanOrEqual(10_000_000n);
        }
      }),
    );
  });

  test("amounts below a dollar are told in smaller units", () => {
    expect(roundedToAddUp(1_200_000n, [3_400_000n])).toEqual({ start: "$0.001200", steps: ["+$0.003400"], end: "$0.004600" });
  });
});

describe("who is behind an effect", () => {
  const changes = fc.array(
    fc.array(fc.tuple(fc.constantFrom(...effectNames), nano), { maxLength: 5 }).map((effects) => ({
      effects: effects.map(([effect, amount]) => ({ effect, amount_usd: formatUsd(amount) })),
    })),
    { maxLength: 12 },
  );

  test("the rows behind all bars together are the effects of all names, to the last digit, the largest first", () => {
    fc.assert(
      fc.property(changes, (parts) => {
        const names = parts.map(
          ({ effects }, index): NameChange => ({ name: `m${index}`, names: 1, from_usd: "0", to_usd: "0", change_usd: "0", effects }),
        );
        const behind = effectNames.map((effect) => rowsBehind(names, effect));
        for (const { rows, sum_usd: sum } of behind) {
          expect(sumUsd(rows.map(({ amount_usd: amount }) => amount))).toBe(sum);
          const sizes = rows.map(({ amount_usd: amount }) => Math.abs(Number(amount)));
          expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
        }
        expect(sumUsd(behind.map(({ sum_usd: sum }) => sum))).toBe(
          sumUsd(names.flatMap(({ effects }) => effects.map(({ amount_usd: amount }) => amount))),
        );
      }),
    );
  });

  test("the main cause goes where the change goes", () => {
    const effects = [
      { effect: "volume", amount_usd: "-9" },
      { effect: "mix", amount_usd: "4" },
      { effect: "price", amount_usd: "6" },
    ] as const;
    expect(mainCause({ change_usd: "1", effects: [...effects] })?.effect).toBe("price");
    expect(mainCause({ change_usd: "-1", effects: [...effects] })?.effect).toBe("volume");
    expect(mainCause({ change_usd: "0", effects: [] })).toBeUndefined();
  });
});

describe("the two periods", () => {
  test("those of the command mean the same days here", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000 }), (days) => {
        const nowMs = Date.parse("2020-01-01T12:00:00Z") + days * 86_400_000;
        const anchor = new Date(nowMs).toISOString().slice(0, 10);
        for (const [name, words] of [
          ["month", "this-month"],
          ["last-month", "last-month"],
          ["7d", "7d"],
          ["30d", "30d"],
          ["yesterday", "yesterday"],
        ] as const) {
          const { from, to } = comparedPeriods({ to: words }, nowMs, "UTC");
          expect(comparisonNamed(name, anchor)).toEqual({
            from: { start: from.start, end: from.end },
            to: { start: to.start, end: to.end },
          });
        }
      }),
    );
  });

  test("a pair that was chosen is found again by its days", () => {
    for (const name of Object.keys(COMPARISONS) as ComparisonName[]) {
      const words = wordsOf(comparisonNamed(name, "2026-05-20"));
      const { parameters, name: found } = askedComparison({ ...words, carried: undefined }, "2026-05-20");
      expect(parameters).toEqual(words);
      expect(comparisonNamed(found as ComparisonName, "2026-05-20")).toEqual(comparisonNamed(name, "2026-05-20"));
    }
  });

  test("an address from an anomaly names two days; one with neither has this month beside the last", () => {
    expect(askedComparison({ to: "2026-05-12", from: "2026-05-11", carried: undefined }, "2026-05-20")).toEqual({
      parameters: { to: "2026-05-12", from: "2026-05-11" },
      name: undefined,
    });
    expect(askedComparison({ to: undefined, from: undefined, carried: undefined }, "2026-03-31").parameters).toEqual({
      to: "2026-03-01..2026-03-31",
      from: "2026-02-01..2026-02-28",
    });
  });

  test("days that another view was asked for are compared with as many before, a whole month with the month before", () => {
    const carried = (start: string, end: string) =>
      askedComparison({ to: undefined, from: undefined, carried: { start, end } }, "2026-05-20");
    expect(carried("2026-05-04", "2026-05-06").parameters).toEqual({ to: "2026-05-04..2026-05-06", from: "2026-05-01..2026-05-03" });
    expect(carried("2026-03-01", "2026-03-31").parameters).toEqual({ to: "2026-03-01..2026-03-31", from: "2026-02-01..2026-02-28" });
    expect(carried("2026-05-01", "2026-05-20").name).toBe("month");
  });

  test("a month by its number is the month beside the one before, in January too", () => {
    expect(monthComparison("2026-01")).toEqual({
      from: { start: "2025-12-01", end: "2025-12-31" },
      to: { start: "2026-01-01", end: "2026-01-31" },
    });
    expect(askedComparison({ to: "2026-01", from: undefined, carried: undefined }, "2026-05-20").name).toBe("a-month");
    expect(daysOfWords("2024-02")).toEqual({ start: "2024-02-01", end: "2024-02-29" });
    expect(daysOfWords("last-week")).toBeUndefined();
    expect(daysOfWords("2026-05-12..2026-05-11")).toBeUndefined();
  });
});

describe("the way to the requests", () => {
  const link = (path: string, changes: Readonly<Record<string, unknown>> = {}): string => `${path} ${JSON.stringify(changes)}`;
  const days = { start: "2026-05-12", end: "2026-05-12" };

  test("leads to the name's dearest requests of the period, and to those without a name", () => {
    expect(requestsLink({ link }, days, { by: "team", name: "a&b", names: 1 })).toBe(
      link("/requests", { period: undefined, ...days, team: ["a&b"], sort: "cost" }),
    );
    expect(requestsLink({ link }, days, { by: "team", name: null, names: 1 })).toContain('"team":[""]');
  });

  test("leads nowhere where requests can't be chosen so", () => {
    expect(requestsLink({ link }, days, { by: "model", name: null, names: 12 })).toBeUndefined();
    expect(requestsLink({ link }, days, { by: "org", name: "acme", names: 1 })).toBeUndefined();
  });
});
