import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conservationZone } from "../../src/analysis/index.ts";
import { conservationZone as zoneOfBudgets } from "../../src/budget/index.ts";
import { AnalysisInputError } from "../../src/errors.ts";
import { readData, withData } from "../shared-data.ts";

type Row = [spent: number, limit: number, warnBp: number, toleranceBp: number, zone: string];

withData("vectors/rules.json", () => {
  test("analysis C3: all 435 rows at the borders of zones", () => {
    const { rows } = JSON.parse(readData("vectors/rules.json")).zones as { rows: Row[] };
    expect(rows.length).toBe(435);
    const found = rows.map(([spent, limit, warnBp, toleranceBp]) =>
      conservationZone(spent, limit, { warnAt: warnBp / 10_000, tolerance: toleranceBp / 10_000 }),
    );
    expect(found).toEqual(rows.map(([, , , , zone]) => zone));
  });
});

describe("conservation zones", () => {
  test("are those that budgets have", () => {
    fc.assert(
      fc.property(fc.nat(2e6), fc.nat(1e6), fc.nat(10_000), fc.nat(20_000), (spent, limit, warnBp, toleranceBp) => {
        const options = { warnAt: warnBp / 10_000, tolerance: toleranceBp / 10_000 };
        expect(conservationZone(spent / 100, limit / 100, options)).toBe(zoneOfBudgets(spent / 100, limit / 100, options));
        expect(conservationZone(spent, limit)).toBe(zoneOfBudgets(spent, limit));
      }),
    );
  });

  test("what was given back is green, even of nothing", () => {
    expect(conservationZone(-5, 100)).toBe("green");
    expect(conservationZone(-5, 0)).toBe("green");
    expect(conservationZone(1e-9, 0)).toBe("red");
  });

  test("what is no amount and no share is refused with a sentence", () => {
    for (const amount of [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "5", null, undefined] as number[]) {
      expect(() => conservationZone(amount, 1)).toThrow(AnalysisInputError);
      expect(() => conservationZone(1, amount)).toThrow(AnalysisInputError);
    }
    expect(() => conservationZone(1, -1)).toThrow("limit: -1 is not an amount; give a number from 0 to 9007199254740991.");
    expect(() => conservationZone(1, 1, { warnAt: 1.1 })).toThrow("warnAt: 1.1 is not a share of the limit; give a number from 0 to 1.");
    expect(() => conservationZone(1, 1, { tolerance: -0.1 })).toThrow("tolerance: -0.1 is not a share");
  });
});
