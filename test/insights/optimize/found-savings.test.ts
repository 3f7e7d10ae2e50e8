import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { documentSchema, periodOf } from "../../../src/insights/index.ts";
import { recommendationId } from "../../../src/insights/optimize/belief/appraisal.ts";
import type { Candidate } from "../../../src/insights/optimize/candidate.ts";
import { FoundSavings } from "../../../src/insights/optimize/found-savings.ts";
import type { Cell } from "../../../src/insights/optimize/replay/cell.ts";
import type { AppliedRule } from "../../../src/insights/optimize/rules/applied-rule.ts";
import { parseUsd } from "../../../src/money.ts";
import { batched, cached, DAY, digestOf, eliminated, handMadeCell, routed } from "./hand-made-cells.ts";

const DUPLICATE = 1;

function savingsOf(
  cells: readonly Cell[],
  candidates: readonly Candidate[],
  applied: readonly AppliedRule[] = [],
  leftElsewhere = 0,
): FoundSavings {
  return new FoundSavings(digestOf(cells), candidates, {
    period: periodOf("2026-02-16", "2026-05-26", "UTC"),
    generatedAtMs: Date.UTC(2026, 4, 27),
    query: "tokenledger export records --recommendation ID",
    applied,
    calibrations: new Map([
      ["trim-prompt", 0.5],
      ["limit-output", 3],
    ]),
    elsewhere: { shareLeft: () => leftElsewhere },
    seed: 1,
    observations: [],
    priceChanges: [],
    rows: undefined,
  });
}

/** Thirty days of ten calls each, of 100 dollars in all a day. */
const month = Array.from({ length: 30 }, (_, day) =>
  handMadeCell({ day, costNanoUsd: 100e9, lanes: [10e9, 40e9, 50e9], cachedNanoUsd: 20e9 }),
);

/** Any mixture of days, lanes and flags: each route and tier saves or loses, caching too. */
const anyCells = fc.array(
  fc
    .record({
      day: fc.integer({ min: 0, max: 40 }),
      calls: fc.integer({ min: 1, max: 100 }),
      costNanoUsd: fc.integer({ min: 0, max: 5_000_000_000 }),
      lanes: fc.array(
        fc.oneof(fc.constant(Number.NaN), fc.integer({ min: 0, max: 5_000_000_000 }), fc.integer({ min: 0, max: 500_000_000 })),
        {
          minLength: 3,
          maxLength: 3,
        },
      ),
      cachedShare: fc.option(fc.double({ min: -0.2, max: 0.9, noNaN: true }), { nil: undefined }),
      flags: fc.integer({ min: 0, max: 1 }),
    })
    .map(({ cachedShare, ...given }) =>
      handMadeCell({ ...given, ...(cachedShare !== undefined && { cachedNanoUsd: Math.round(given.costNanoUsd * cachedShare) }) }),
    ),
  { maxLength: 80 },
);
const everything: readonly Candidate[] = [routed(0), routed(1), cached(), batched(), eliminated(DUPLICATE)];

const sum = (amounts: readonly string[]): bigint => amounts.reduce((whole, amount) => whole + parseUsd(amount), 0n);

describe("a recommendation", () => {
  it("tells what its calls cost and would have cost, and what that is in 730 hours", () => {
    const [found] = savingsOf(month, [routed(0)]).document.recommendations;
    expect(found).toMatchObject({
      kind: "model-downgrade",
      from: "large",
      to: "small",
      // 30 days of 24 hours saved 2700.
      saving: { low_usd: "2737.5", expected_usd: "2737.5", high_usd: "2737.5", percent: 90 },
      confidence: 0.95,
      requests: 300,
      evidence: { requests: 300, days: 30, cost_usd: "3000", new_cost_usd: "300", saving_usd: "2700", grade: "A" },
      state: "active",
      expires_at: "2026-06-10T00:00:00.000Z",
    });
    expect(found?.evidence.query).toBe(`tokenledger export records --recommendation ${found?.id}`);
  });

  it("has bounds that hold wordier and terser answers", () => {
    const [found] = savingsOf(month, [routed(0, { newCostFactors: { worst: 2, best: 0.5 } })]).document.recommendations;
    expect(found?.saving).toMatchObject({ low_usd: "2433.33", expected_usd: "2737.5", high_usd: "2889.58" });
  });

  it("is relied on less where its kind has saved less than was foreseen, and not more where it has saved more", () => {
    const confidence = (kind: Candidate["kind"]) => savingsOf(month, [cached({ kind })]).document.recommendations[0]?.confidence;
    expect([confidence("enable-caching"), confidence("trim-prompt"), confidence("limit-output")]).toEqual([0.95, 0.475, 0.95]);
  });

  it("has the same bounds as another one that saves the same", () => {
    const uneven = month.map((cell, day) => ({ ...cell, laneNanoUsd: Float64Array.of(day * 1e9, day * 1e9) }));
    const [one, other] = savingsOf(uneven, [routed(0), routed(1)]).document.recommendations;
    expect(one?.saving.low_usd).not.toBe(one?.saving.expected_usd);
    expect(other?.saving).toEqual(one?.saving);
  });

  it("has the same id on every day and in every book, and another one for other calls", () => {
    const ids = new Set([recommendationId(routed(0)), recommendationId(routed(1)), recommendationId(cached())]);
    expect(ids.size).toBe(3);
    expect(recommendationId(routed(0))).toMatch(/^model-downgrade-[0-9a-f]{8}$/);
    const scoped = (scopes: readonly { team?: string; project?: string }[]): string =>
      recommendationId(cached({ action: { type: "by_hand", advice: "", scopes: [...scopes] } }));
    expect(scoped([{ team: "a" }, { project: "b" }])).toBe(scoped([{ project: "b" }, { team: "a" }]));
    expect(scoped([{ team: "a" }])).not.toBe(scoped([{ project: "a" }]));
    expect(savingsOf(month.slice(0, 10), [routed(0)]).document.recommendations[0]?.id).toBe(recommendationId(routed(0)));
  });

  it("is not made of an empty book, of 49 requests, or where it may save nothing", () => {
    expect(savingsOf([], everything).document).toMatchObject({
      recommendations: [],
      portfolio: { saving_usd: "0", percent: 0, chosen: [] },
      period: { first_day: null, last_day: null, hours: 0 },
    });
    const of = (calls: number) =>
      savingsOf([handMadeCell({ calls, costNanoUsd: 100e9, lanes: [10e9] })], [routed(0)]).document.recommendations;
    expect([of(49).length, of(50).length]).toEqual([0, 1]);
    // Half of the days lose what the other half saves, but for a little.
    const uncertain = month.map((cell, day) => ({ ...cell, laneNanoUsd: Float64Array.of(day % 2 === 0 ? 10e9 : 188e9) }));
    expect(savingsOf(uncertain, [routed(0)]).document.recommendations).toEqual([]);
    expect(savingsOf(month, [routed(0, { newCostFactors: { worst: 10, best: 1 } })]).document.recommendations).toEqual([]);
  });

  it("leaves calls without a price there as they are, and counts them", () => {
    const unknown = handMadeCell({ day: 3, calls: 7, costNanoUsd: 50e9 });
    const [found] = savingsOf([...month, unknown], [routed(0)]).document.recommendations;
    expect(found).toMatchObject({ requests: 307, evidence: { cost_usd: "3050", new_cost_usd: "350", saving_usd: "2700" } });
  });
});

describe("any book", () => {
  it("has recommendations whose bounds hold what is expected, and a document that is as its schema says", async () => {
    const validate = new Ajv2020({ strict: true }).compile(await documentSchema("recommendations"));
    fc.assert(
      fc.property(anyCells, (cells) => {
        const { document } = savingsOf(cells, everything);
        expect([validate(document), validate.errors]).toEqual([true, null]);
        for (const { saving, requests, evidence, confidence, assumptions } of document.recommendations) {
          expect(parseUsd(saving.low_usd)).toBeGreaterThan(0n);
          expect(parseUsd(saving.low_usd)).toBeLessThanOrEqual(parseUsd(saving.expected_usd));
          expect(parseUsd(saving.expected_usd)).toBeLessThanOrEqual(parseUsd(saving.high_usd));
          expect(parseUsd(evidence.cost_usd) - parseUsd(evidence.new_cost_usd)).toBe(parseUsd(evidence.saving_usd));
          expect(requests).toBeGreaterThanOrEqual(50);
          expect(confidence).toBeGreaterThan(0);
          expect(confidence).toBeLessThanOrEqual(0.95);
          expect(assumptions.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  it("has a portfolio whose shares add up, which is not more than was spent, and follows one of a group", () => {
    fc.assert(
      fc.property(anyCells, (cells) => {
        const savings = savingsOf(cells, everything);
        const { portfolio, recommendations, totals, period } = savings.document;
        expect(sum(portfolio.chosen.map(({ share_usd }) => share_usd))).toBe(parseUsd(portfolio.saving_usd));
        expect(portfolio.percent).toBeLessThanOrEqual(100);
        const chosen = recommendations.filter(({ id }) => portfolio.chosen.some((one) => one.id === id));
        expect(chosen.length).toBe(portfolio.chosen.length);
        const groups = chosen.map(({ exclusive_group, id }) => exclusive_group ?? id);
        expect(new Set(groups).size).toBe(groups.length);
        const { saving_usd, before_usd, after_usd } = savings.simulated();
        expect(parseUsd(before_usd)).toBe(parseUsd(totals.cost_usd));
        expect(parseUsd(after_usd)).toBeGreaterThanOrEqual(0n);
        if (period.hours > 0) {
          const month = (parseUsd(saving_usd) * 730n) / BigInt(period.hours);
          expect(Math.abs(Number(parseUsd(portfolio.saving_usd) - month))).toBeLessThanOrEqual(chosen.length + 1);
        }
      }),
    );
  });

  it("saves together no more than each alone would, where nothing makes anything dearer", () => {
    const cheaper = anyCells.map((cells) =>
      cells.map((cell) => ({
        ...cell,
        laneNanoUsd: cell.laneNanoUsd.map((cost) => Math.min(cost, cell.costNanoUsd)),
        retokenings: new Map([...cell.retokenings].filter(([, { savedNanoUsd }]) => savedNanoUsd >= 0)),
      })),
    );
    fc.assert(
      fc.property(cheaper, (cells) => {
        const { portfolio, recommendations } = savingsOf(cells, everything).document;
        const alone = recommendations.filter(({ id }) => portfolio.chosen.some((one) => one.id === id));
        expect(parseUsd(portfolio.saving_usd)).toBeLessThanOrEqual(sum(alone.map(({ saving }) => saving.expected_usd)));
      }),
    );
  });

  it("whose prices all double has savings that double", () => {
    fc.assert(
      fc.property(anyCells, (cells) => {
        const doubled = cells.map((cell) => ({
          ...cell,
          costNanoUsd: 2 * cell.costNanoUsd,
          laneNanoUsd: cell.laneNanoUsd.map((cost) => 2 * cost),
          retokenings: new Map(
            [...cell.retokenings].map(([name, { difference, savedNanoUsd }]) => [name, { difference, savedNanoUsd: 2 * savedNanoUsd }]),
          ),
        }));
        const found = savingsOf(cells, everything).document.recommendations;
        const more = new Map(savingsOf(doubled, everything).document.recommendations.map((one) => [one.id, one]));
        for (const { id, saving, evidence, confidence } of found) {
          const twice = more.get(id);
          expect(parseUsd(twice?.evidence.saving_usd ?? "0")).toBe(2n * parseUsd(evidence.saving_usd));
          expect(twice?.confidence).toBe(confidence);
          expect(twice?.saving.percent).toBe(saving.percent);
          for (const bound of ["low_usd", "expected_usd", "high_usd"] as const) {
            const once = Number(parseUsd(saving[bound]));
            // Both are rounded: to the nano-USD, and to six digits.
            expect(Math.abs(Number(parseUsd(twice?.saving[bound] ?? "0")) - 2 * once)).toBeLessThanOrEqual(2 + 4e-5 * once);
          }
        }
      }),
    );
  });
});

describe("several together", () => {
  it("save what is left to save: of what is routed there is less to cache", () => {
    const { portfolio } = savingsOf(month, [routed(0), cached()]).document;
    // 100 → 10 by the route, of which caching leaves four fifths: 92 a day. Alone 90 and 20; the shares are 81 + 1 / 2 …
    expect(portfolio).toMatchObject({ percent: 92 });
    expect(portfolio.chosen).toHaveLength(2);
    const perMonth = (30 * 730) / 720;
    const [route, cache] = portfolio.chosen;
    expect(Number(route?.share_usd)).toBeCloseTo(81 * perMonth, 6);
    expect(Number(cache?.share_usd)).toBeCloseTo(11 * perMonth, 6);
  });

  it("save no more elsewhere than the prices there let them: where nothing is cached, the route is all there is", () => {
    const { portfolio } = savingsOf(month, [routed(0), cached()], [], 1).document;
    expect(portfolio).toMatchObject({ percent: 90, chosen: [{ id: recommendationId(routed(0)) }] });
    expect(savingsOf(month, [routed(0), cached()], [], 0.9).document.portfolio.percent).toBe(91);
  });

  it("leave out what adds nothing: what is not made any more needs no cache", () => {
    const waste = month.map((cell) => ({ ...cell, flags: DUPLICATE }));
    const { portfolio, recommendations } = savingsOf(waste, [eliminated(DUPLICATE), cached()]).document;
    expect(recommendations).toHaveLength(2);
    expect(portfolio.chosen).toEqual([{ id: recommendationId(eliminated(DUPLICATE)), share_usd: portfolio.saving_usd }]);
  });

  it("do of a group what saves most for certain: even at worst, and as far as the evidence can be relied on", () => {
    const unsure = routed(0, { newCostFactors: { worst: 8, best: 1 } });
    const { portfolio } = savingsOf(month, [unsure, routed(1)]).document;
    // At worst 20 a day, the other one 60.
    expect(portfolio.chosen.map(({ id }) => id)).toEqual([recommendationId(routed(1))]);
    // 90 a day by a proxy, 60 by measured tokens.
    const guessed = routed(0, { grade: "C" });
    expect(savingsOf(month, [guessed, routed(1)]).document.portfolio.chosen.map(({ id }) => id)).toEqual([recommendationId(routed(1))]);
    expect(savingsOf(month, [routed(0), routed(1)]).document.portfolio.chosen.map(({ id }) => id)).toEqual([recommendationId(routed(0))]);
  });

  it("do nothing again that is done already, nor what excludes it", () => {
    const applied: AppliedRule = {
      id: recommendationId(routed(0)),
      kind: "model-downgrade",
      from: "large",
      to: "small",
      appliedAtMs: 0,
      scopes: [{}],
      action: { type: "by_hand", advice: "" },
    };
    const { portfolio, recommendations } = savingsOf(month, [routed(0), routed(1), cached()], [applied]).document;
    expect(recommendations.map(({ state }) => state)).toEqual(["applied", "active", "active"]);
    expect(portfolio.chosen.map(({ id }) => id)).toEqual([recommendationId(cached())]);
  });

  it("are shared out however many meet on the same calls", () => {
    const many = Array.from({ length: 12 }, (_, index) => cached({ to: `policy ${index}` }));
    const { portfolio } = savingsOf(month, many).document;
    expect(portfolio.chosen).toHaveLength(12);
    expect(sum(portfolio.chosen.map(({ share_usd }) => share_usd))).toBe(parseUsd(portfolio.saving_usd));
    expect(portfolio.percent).toBeCloseTo(100 * (1 - 0.8 ** 12), 3);
  });
});

describe("a simulation", () => {
  it("shows calls where they would have gone, and adds up by model and by day", async () => {
    const waste = handMadeCell({ day: 2, calls: 5, costNanoUsd: 1e9, flags: DUPLICATE, lanes: [5e8] });
    const savings = savingsOf([...month, waste], [routed(0), eliminated(DUPLICATE), cached()]);
    const simulated = savings.simulated([recommendationId(routed(0)), recommendationId(cached())]);
    expect(simulated).toMatchObject({ before_usd: "3001", after_usd: "240.5", saving_usd: "2760.5" });
    expect(simulated.by_model).toEqual([
      { provider: "anthropic", model: "large", before_requests: 305, after_requests: 0, before_usd: "3001", after_usd: "0" },
      { provider: "anthropic", model: "small", before_requests: 0, after_requests: 305, before_usd: "0", after_usd: "240.5" },
    ]);
    expect(simulated.by_day).toHaveLength(30);
    expect(simulated.by_day[2]).toEqual({
      day: new Date((DAY + 2) * 86_400_000).toISOString().slice(0, 10),
      before_usd: "101",
      after_usd: "8.5",
    });
    expect(sum(simulated.by_day.map(({ after_usd }) => after_usd))).toBe(parseUsd(simulated.after_usd));
    const validate = new Ajv2020({ strict: true }).compile(await documentSchema("simulation"));
    expect([validate(simulated), validate.errors]).toEqual([true, null]);
  });

  it("of nothing changes nothing", () => {
    const { before_usd, after_usd, saving_usd, ids } = savingsOf(month, [routed(0)]).simulated(["no-such-id"]);
    expect([before_usd, after_usd, saving_usd, ids]).toEqual(["3000", "3000", "0", []]);
  });
});
