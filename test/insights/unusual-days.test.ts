import { array, assert, bigInt, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { unusualDays } from "../../src/insights/unusual-days.ts";

const daysOf = (costs: readonly (number | bigint)[]) =>
  costs.map((cost, i) => ({ day: `2026-05-${String(i + 1).padStart(2, "0")}`, costNanoUsd: BigInt(cost) }));

describe("unusual days", () => {
  it("a day far above the others is found, with the usual cost; days without spending don't lower it", () => {
    expect(unusualDays(daysOf([90, 100, 110, 0, 0, 0, 100, 120, 80, 100, 1000, 110, 95]))).toEqual([
      { day: "2026-05-11", costNanoUsd: 1000n, usualNanoUsd: 100n },
    ]);
  });

  it("the dearest comes first", () => {
    const found = unusualDays(daysOf([10, 10, 11, 10, 9, 10, 10, 11, 10, 10, 50, 90]));
    expect(found.map(({ day }) => day)).toEqual(["2026-05-12", "2026-05-11"]);
  });

  it.each([
    ["too few days to have a usual", [1, 1, 1, 1, 1, 1, 1000]],
    ["cents on days that hardly differ", [1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1010]],
    ["working days beside weekends", [10, 11, 9, 10, 12, 1, 0, 11, 10, 10, 9, 11, 1, 1]],
    ["nothing spent", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])("none: %s", (_, costs) => {
    expect(unusualDays(daysOf(costs))).toEqual([]);
  });

  it("the order of the days does not matter, and what is found stands out by Tukey's rule reckoned in floating point", () => {
    assert(
      property(array(bigInt({ min: 0n, max: 10n ** 12n }), { maxLength: 40 }), (costs) => {
        const days = daysOf(costs);
        const names = (given: typeof days): string[] => unusualDays(given).map(({ day }) => day);
        expect(names([...days].reverse()).sort()).toEqual(names(days).sort());
        const spent = costs.map(Number).filter((cost) => cost > 0);
        spent.sort((a, b) => a - b);
        const quantile = (part: number): number => {
          const at = (spent.length - 1) * part;
          const low = spent[Math.floor(at)] as number;
          return low + ((spent[Math.ceil(at)] as number) - low) * (at % 1);
        };
        for (const { costNanoUsd } of unusualDays(days)) {
          expect(Number(costNanoUsd)).toBeGreaterThan(quantile(0.75) + 3 * (quantile(0.75) - quantile(0.25)) - 8);
          expect(Number(costNanoUsd)).toBeGreaterThanOrEqual(2 * quantile(0.5) - 8);
        }
      }),
    );
  });
});
