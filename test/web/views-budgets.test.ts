import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { usedText } from "../../web/src/format/amounts.ts";
import { backtestSentences } from "../../web/src/views/budgets/backtest-words.ts";
import { bodyOf, differencesOf, draftOf, newDraft, placeOfField } from "../../web/src/views/budgets/budget-draft.ts";
import { burnSeriesOf } from "../../web/src/views/budgets/burn.ts";
import {
  chosenCounter,
  countersOf,
  type ListedBudget,
  policyText,
  requestsOf,
  scopeText,
  secondsText,
} from "../../web/src/views/budgets/counters.ts";

const definition = {
  name: "engineering",
  scope: { team: "engineering" },
  amount_usd: "130",
  max_tokens: null,
  period: "monthly",
  window_seconds: null,
  time_zone: "Europe/Berlin",
  week_start: "sunday",
  year_start: "04-01",
  alerts: [50, 75.5, 90],
  enforcement: "rate_limit",
  switch_to: null,
  hard: false,
  clamp: true,
  stream_overrun: "finish" as const,
  shadow: false,
  tolerance: 0.07,
  override: { amount_usd: "200", until: "2026-12-01T00:00:00.000Z" },
  webhook: null,
  webhook_signed: false,
  defined_in: "api",
};

const budget = (name: string, value: string | null, used: number | null): ListedBudget =>
  ({ name, value, scope: {}, utilization_pct: used, definition: { ...definition, name } }) as unknown as ListedBudget;

describe("the list of counters", () => {
  it("has the fullest first, and what can't be told before all others", () => {
    const counters = countersOf([budget("a", null, 10), budget("b", null, null), budget("c", "x", 90), budget("c", "y", 95)]);
    expect(counters.map(({ budget: { name, value } }) => [name, value])).toEqual([
      ["b", null],
      ["c", "y"],
      ["c", "x"],
      ["a", null],
    ]);
  });

  it("gives each counter its own forecast, whatever names hold", () => {
    const names = fc.uniqueArray(fc.tuple(fc.string(), fc.option(fc.string(), { nil: null })), {
      selector: ([name, value]) => JSON.stringify([name, value]),
    });
    fc.assert(
      fc.property(names, (pairs) => {
        const forecasts = pairs.map(([name, value]) => ({ name, value })) as never[];
        const counters = countersOf(
          pairs.map(([name, value]) => budget(name, value, 1)),
          forecasts,
        );
        for (const { budget: one, forecast } of counters) expect([forecast?.name, forecast?.value]).toEqual([one.name, one.value]);
      }),
    );
  });

  it("chooses what the address names, and nothing else in its place", () => {
    const counters = countersOf([budget("a", "x", 10), budget("a", "y", 20), budget("b", null, 5)]);
    expect(chosenCounter(counters, undefined, undefined)?.budget.value).toBe("y");
    expect(chosenCounter(counters, "a", "x")?.budget.value).toBe("x");
    expect(chosenCounter(counters, "gone", undefined)).toBeUndefined();
  });

  it("says what is counted, how long a window is, and what happens at the cap", () => {
    expect(scopeText({ team: "engineering", user: "*" })).toBe("team engineering, each user");
    expect(scopeText({})).toBe("every call");
    expect(secondsText(604_800)).toBe("7 days");
    expect(secondsText(5_400)).toBe("90 minutes");
    expect(policyText({ enforcement: "switch_provider", hard: false, shadow: false, tolerance: 0.07, switch_to: "openai" })).toBe(
      "Soft: once the amount is passed by 7%, calls move to openai.",
    );
  });

  it("calls nothing spent that is not", () => {
    expect(usedText(99.99)).toBe("99.9%");
    expect(usedText(100)).toBe("100.0%");
  });

  it("leads to the requests of the one value that it counts", () => {
    expect(requestsOf({ scope: { team: "a", user: "*" }, value: "ada" })).toMatchObject({ team: "a", user: "ada" });
    expect(requestsOf({ scope: { team: "*", user: "*" }, value: "a, ada" })).toMatchObject({ team: undefined, user: undefined });
  });
});

describe("a burn-down", () => {
  const point = (at: string, spent: string | null, p50: string | null) => ({
    at,
    spent_usd: spent,
    p10_usd: p50,
    p50_usd: p50,
    p90_usd: p50,
  });

  it("has what is spent and where it leads in one bucket for the day that is under way", () => {
    const series = burnSeriesOf({
      window: { start: "2026-11-01T00:00:00.000Z", end: "2026-11-04T00:00:00.000Z" },
      burn: [
        point("2026-11-02T00:00:00.000Z", "1.5", null),
        point("2026-11-02T15:00:00.000Z", "2.25", null),
        point("2026-11-03T00:00:00.000Z", null, "3"),
        point("2026-11-04T00:00:00.000Z", null, "4"),
      ],
    });
    expect(series.bucket).toBe("day");
    expect(series.times.map((ms) => new Date(ms).toISOString().slice(0, 10))).toEqual(["2026-11-01", "2026-11-02", "2026-11-03"]);
    expect(series.spentExact).toEqual(["1.5", "2.25", null]);
    expect(series.p50).toEqual([null, 3, 4]);
  });

  it("counts in hours where its window is short", () => {
    const burn = [1, 2, 3, 4].map((hour) => point(`2026-11-02T0${hour}:00:00.000Z`, String(hour), null));
    expect(burnSeriesOf({ window: { start: "2026-11-02T00:00:00.000Z", end: "2026-11-03T00:00:00.000Z" }, burn }).bucket).toBe("hour");
  });
});

describe("a budget that is being written", () => {
  it("is sent as it was where nothing was typed, also what the form does not ask for", () => {
    expect(bodyOf(draftOf(definition), definition)).toEqual({
      name: "engineering",
      scope: { team: "engineering" },
      amount_usd: "130",
      max_tokens: null,
      period: "monthly",
      window_seconds: null,
      time_zone: "Europe/Berlin",
      alerts: [50, 75.5, 90],
      enforcement: "rate_limit",
      switch_to: null,
      hard: false,
      shadow: false,
      tolerance: 0.07,
      override: { amount_usd: "200", until: "2026-12-01T00:00:00.000Z" },
      webhook: null,
      webhook_secret: null,
    });
  });

  it("keeps the days on which its weeks and years begin, and says them only where they mean something", () => {
    expect(bodyOf(draftOf({ ...definition, period: "weekly" }), definition)).toMatchObject({ week_start: "sunday" });
    expect(bodyOf(draftOf({ ...definition, period: "yearly" }), definition)).toMatchObject({ year_start: "04-01" });
    expect(bodyOf(draftOf({ ...definition, hard: true }), definition)).toMatchObject({ clamp: true });
    expect(bodyOf(draftOf(definition), definition)).not.toHaveProperty("week_start");
    expect(bodyOf(draftOf(definition), definition)).not.toHaveProperty("clamp");
  });

  it("keeps what happens to streams only where that does not follow from hard", () => {
    expect(bodyOf(draftOf(definition), definition)).not.toHaveProperty("stream_overrun");
    const cutting = { ...definition, stream_overrun: "cut" as const };
    expect(bodyOf(draftOf(cutting), cutting)).toHaveProperty("stream_overrun", "cut");
  });

  it("sends what is no number as it was typed, so that the server says what is wrong", () => {
    const body = bodyOf({ ...newDraft("UTC"), span: "sliding", windowSeconds: "a week", tokens: "1,000,000", thresholds: "50, many" });
    expect(body).toMatchObject({ window_seconds: "a week", max_tokens: 1_000_000, alerts: [50, "many"], period: null });
  });

  it("has every tolerance in percent and back as the same share", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000 }), (permille) => {
        const tolerance = permille / 1_000;
        const body = bodyOf(draftOf({ ...definition, tolerance }), definition);
        expect(body.tolerance ?? 0).toBe(tolerance);
      }),
    );
  });

  it("shows complaints beside the field that they are about", () => {
    expect(placeOfField("scope.team")).toBe("scope.team");
    expect(placeOfField("alerts[0]")).toBe("alerts");
    expect(placeOfField("override.until")).toBeUndefined();
    expect(placeOfField(undefined)).toBeUndefined();
  });

  it("tells what somebody else has changed meanwhile, and nothing else", () => {
    expect(differencesOf(definition, { ...definition, amount_usd: "150", defined_in: "command" })).toEqual([
      { what: "amount", was: "$130", now: "$150" },
    ]);
  });
});

describe("a back-test in words", () => {
  const document = {
    calls: 9_581,
    cost_usd: "522.97667625",
    unpriced_calls: 1,
    windows: 4,
    blocked_windows: 3,
    blocked_calls: 5_712,
    falsely_blocked: 0,
    rightly_blocked: 12,
    unknown_blocked: 5_700,
    saved_usd: "336.70902985",
    saved_from_runaways_usd: "2.5",
    first_block: { at: "2026-09-11T14:17:54.430Z", spent_usd: "50.2491986" },
  } as never;
  const policy = { enforcement: "block_requests", shadow: false, switch_to: null };

  it("says what would have been blocked, when first, and how far it can be judged", () => {
    expect(backtestSentences(document, policy, "UTC")).toEqual([
      "It would have blocked 5,712 of 9,581 calls: $336.71 of $522.98, in 3 of 4 windows.",
      "The first on 11 Sept 2026, 14:17:54, after $50.25 in that window.",
      "12 calls in runaways, which would have cost $2.50 less.",
      "Whether falsely nobody can tell of 5,700 calls: there are fewer than six other complete windows, or the window is not over.",
      "1 call without a price counts as nothing here.",
    ]);
  });

  it("does not say blocked of a budget that only tells", () => {
    expect(backtestSentences(document, { ...policy, shadow: true }, "UTC")[0]).toContain("would have told of 5,712");
  });
});
