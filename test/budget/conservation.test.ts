import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConservationLaw, conservationZone, type PeriodLimit } from "../../src/budget/index.ts";
import { InvalidInput } from "../../src/errors.ts";

describe("the law of conservation", () => {
  test.each([
    [500, "green", 50],
    [800, "green", 80],
    [800.01, "yellow", 80.001],
    [1000, "yellow", 100],
    [1000.01, "orange", 100.001],
    [1050, "orange", 105],
    [1100, "orange", 110],
    [1100.0001, "red", 110.00001],
    [1150, "red", 115],
  ])("acceptance C1: of 1000, %d is %s", (spent, zone, percent) => {
    const law = new ConservationLaw([{ limit: 1000, period: "daily" }], { warnAt: 0.8, tolerance: 0.1 });
    const result = law.check("daily", spent);
    expect(result).toMatchObject({ period: "daily", zone, isWarning: zone === "yellow" || zone === "orange", isExceeded: zone === "red" });
    expect(result.utilizationPct).toBeCloseTo(percent, 9);
    expect(result.utilization).toBeCloseTo(percent / 100, 9);
    expect(conservationZone(spent, 1000)).toBe(zone);
  });

  test("acceptance C1: what remains and what is overspent are exact", () => {
    const law = new ConservationLaw([{ limit: 1000, period: "daily" }]);
    expect(law.check("daily", 1100.0001)).toMatchObject({ overspend: 100.0001, remaining: 0 });
    expect(law.check("daily", 999.9999)).toMatchObject({ overspend: 0, remaining: 0.0001 });
    expect(law.check("daily", 1150).utilizationPct).toBe(115);
  });

  test("acceptance C2: warning and tolerance can be chosen", () => {
    const law = new ConservationLaw([{ limit: 100, period: "run" }], { warnAt: 0.9, tolerance: 0.05 });
    expect([90, 95, 100, 105, 105.01].map((spent) => law.check("run", spent).zone)).toEqual(["green", "yellow", "yellow", "orange", "red"]);
  });

  test("acceptance C3: several periods, and the usual warning and tolerance", () => {
    const limits: PeriodLimit[] = [
      { limit: 1_000_000, period: "daily" },
      { limit: 5_000_000, period: "weekly" },
      { limit: 20_000_000, period: "monthly" },
    ];
    const law = new ConservationLaw(limits);
    expect(law).toMatchObject({ warnAt: 0.8, tolerance: 0.1 });
    const results = law.checkAll({ monthly: 15_000_000, daily: 500_000, weekly: 2_000_000 });
    expect(results.map(({ period, utilizationPct, zone }) => [period, utilizationPct, zone])).toEqual([
      ["daily", 50, "green"],
      ["weekly", 40, "green"],
      ["monthly", 75, "green"],
    ]);
    expect(law.checkAll({ weekly: 1 }).map(({ period }) => period)).toEqual(["weekly"]);
  });

  test.each([
    ["600k of 1M after a quarter", 1_000_000, 600_000, 0.25, 1_400_000],
    ["100k after half", 1_000_000, 100_000, 0.5, undefined],
    ["the period is over, and it was too much", 1000, 5000, 1, 4000],
    ["nothing has passed", 1_000_000, 600_000, 0, undefined],
    ["one token in the first minute of a day", 1000, 1, 1 / 1440, undefined],
    ["the day ended below its limit", 1000, 600, 1, undefined],
    ["in the first minute everything is spent already", 1000, 1500, 1 / 1440, 500],
    ["exactly on course to the limit", 1000, 500, 0.5, undefined],
  ])("acceptance C4: %s", (_what, limit, spent, elapsed, overspend) => {
    expect(new ConservationLaw([{ limit, period: "daily" }]).predictOverspend("daily", spent, elapsed)).toBe(overspend);
  });

  test("acceptance C6: a limit of zero, and what is no amount, no share and no period", () => {
    const law = new ConservationLaw([{ limit: 0, period: "daily" }]);
    expect(law.check("daily", 0)).toMatchObject({ zone: "green", utilization: 0, utilizationPct: 0, isExceeded: false });
    expect(law.check("daily", 1)).toMatchObject({ zone: "red", isExceeded: true, overspend: 1, utilizationPct: Number.POSITIVE_INFINITY });
    for (const amount of [Number.NaN, -1, Number.POSITIVE_INFINITY, "5", null, undefined, 2 ** 53] as number[]) {
      expect(() => law.check("daily", amount)).toThrow(InvalidInput);
      expect(() => law.predictOverspend("daily", amount, 0.5)).toThrow(InvalidInput);
      expect(() => new ConservationLaw([{ limit: amount, period: "daily" }])).toThrow(InvalidInput);
      expect(() => conservationZone(amount, 1)).toThrow(InvalidInput);
    }
    for (const elapsed of [Number.NaN, -0.1, 1.1, "1"] as number[])
      expect(() => law.predictOverspend("daily", 1, elapsed)).toThrow(InvalidInput);
    expect(() => law.check("weekly", 1)).toThrow('period: "weekly" has no limit; limits are set for daily.');
    expect(() => law.checkAll({ daily: 1, weekly: 1 })).toThrow(InvalidInput);
    expect(() => law.predictOverspend("toString", 1, 0.5)).toThrow(InvalidInput);
    for (const limits of [undefined, {}, [{ limit: 1 }], [{ limit: 1, period: "" }], [{ limit: 1, period: "a", per: "b" }]])
      expect(() => new ConservationLaw(limits as PeriodLimit[])).toThrow(InvalidInput);
    expect(() => new ConservationLaw([...Array(2)].map(() => ({ limit: 1, period: "a" })))).toThrow(InvalidInput);
    for (const options of [
      { warnAt: 1.1 },
      { warnAt: Number.NaN },
      { tolerance: -1 },
      { tolerance: Number.POSITIVE_INFINITY },
      { warn: 1 },
    ])
      expect(() => new ConservationLaw([], options as { warnAt: number })).toThrow(InvalidInput);
  });

  test("the zones follow each other, and money at a limit is at it however it was summed up", () => {
    expect(conservationZone(0.1 + 0.2, 0.3)).toBe("yellow");
    const zones = ["green", "yellow", "orange", "red"];
    const cents = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(
        cents,
        cents,
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 50 }),
        (spent, limit, warnPct, tolerancePct) => {
          const zone = conservationZone(spent / 100, limit / 100, { warnAt: warnPct / 100, tolerance: tolerancePct / 100 });
          // In integers, a second time.
          const passed = [spent * 100 > limit * warnPct, spent > limit, spent * 100 > limit * (100 + tolerancePct)];
          const expected = passed[2] && passed[1] ? "red" : passed[1] ? "orange" : passed[0] ? "yellow" : "green";
          expect(zones.indexOf(zone)).toBe(zones.indexOf(expected));
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
