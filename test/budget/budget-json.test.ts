import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BudgetDefinition, budgetFromJson, budgetToJson, checkBudget } from "../../src/budget/index.ts";
import { InvalidInput } from "../../src/errors.ts";
import { anyBudget, budgetOf } from "./definitions.ts";

/** The fields of an object in another order, all the way down. */
function shuffled<T>(value: T): T {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, field]): [string, unknown] => [key, shuffled(field)])
      .reverse(),
  ) as T;
}

describe("budgets as text", () => {
  test("whatever can be enforced comes back as it went in", () => {
    fc.assert(
      fc.property(anyBudget, (budget) => {
        expect(budgetFromJson(budgetToJson(budget))).toEqual(budget);
      }),
      { numRuns: 2000 },
    );
  });

  test("two texts are alike exactly if the definitions are: the order of fields, and absent ones, do not matter", () => {
    fc.assert(
      fc.property(anyBudget, anyBudget, (budget, other) => {
        expect(budgetToJson(shuffled(budget))).toBe(budgetToJson(budget));
        expect(budgetToJson(budgetFromJson(budgetToJson(budget)))).toBe(budgetToJson(budget));
        if (budgetToJson(budget) === budgetToJson(other)) expect(other).toEqual(budget);
      }),
    );
    expect(budgetToJson({ ...budgetOf(), maxTokens: undefined } as unknown as BudgetDefinition)).toBe(budgetToJson(budgetOf()));
  });

  test("a text that was written before budgets clamped or cut comes back, and is written, as it was", () => {
    const before =
      '{"name":"b","scope":{},"amountNanoUsd":"5","period":"daily","alerts":[],"enforcement":"rate_limit","hard":true,"shadow":true}';
    expect(budgetToJson(budgetFromJson(before))).toBe(before);
  });

  test("amounts are exact beyond what a number can tell", () => {
    const text = budgetToJson(budgetOf({ amountNanoUsd: 8_999_999_999_999_999_999n }));
    expect(text).toContain('"amountNanoUsd":"8999999999999999999"');
    expect(budgetFromJson(text).amountNanoUsd).toBe(8_999_999_999_999_999_999n);
  });

  test.each([
    ["no JSON", "{"],
    ["another kind of value", "3"],
    ["nothing", "null"],
    ["an amount that is a number", budgetToJson(budgetOf()).replace('"500000000000"', "500000000000")],
    ["a negative amount", budgetToJson(budgetOf()).replace('"500000000000"', '"-5"')],
    ["an amount that is no number", budgetToJson(budgetOf()).replace('"500000000000"', '"0x10"')],
    ["a rule that this version does not know", budgetToJson(budgetOf()).replace("{", '{"carryOver":true,')],
    ["a name too few", budgetToJson(budgetOf()).replace('"name":"b",', "")],
    ["no cap", budgetToJson(budgetOf()).replace('"amountNanoUsd":"500000000000",', "")],
  ])("%s is refused", (_what, text) => {
    expect(() => budgetFromJson(text)).toThrow(InvalidInput);
  });
});

describe("bad-input B, definitions that a program hands over", () => {
  const complaint = (fields: object): string => {
    try {
      checkBudget({ ...budgetOf(), ...fields } as BudgetDefinition);
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidInput);
      return (error as Error).message;
    }
    return "";
  };

  test.each([
    [{ name: "" }, 'budget "": name is ""; a text is needed.'],
    [{ name: "x\ud800" }, /half of a character/],
    [{ name: "x".repeat(5000) }, /at most 4096 characters/],
    [{ scope: { taem: "x" } }, /scope is .*accepted keys: org, team/],
    [{ scope: { team: 1 } }, /a text is needed for its team/],
    [{ scope: undefined }, 'budget "b" has no scope.'],
    [{ amountNanoUsd: 500 }, /amountNanoUsd is 500; a bigint of nano-USD is needed/],
    [{ amountNanoUsd: -1n }, /from 0 to 9000000000000000000 nano-USD/],
    [{ amountNanoUsd: 9_000_000_000_000_000_001n }, /from 0 to 9000000000000000000 nano-USD/],
    [{ amountNanoUsd: undefined }, /has no cap/],
    [{ maxTokens: 1.5 }, /maxTokens is 1.5; a whole number from 1/],
    [{ maxTokens: Number.NaN }, /maxTokens is NaN/],
    [{ maxTokens: 2 ** 53 }, /whole number/],
    [{ period: "montly" }, 'budget "b": period is "montly"; accepted: daily, weekly, monthly, quarterly, yearly, lifetime.'],
    [{ windowMs: 60_000 }, /both period and windowMs/],
    [{ period: undefined }, /has no window/],
    [{ period: undefined, windowMs: 999 }, /from 1000 to 31622400000/],
    [{ timeZone: "Mars/Phobos" }, /timeZone is "Mars\/Phobos"; an IANA name/],
    [{ timeZone: 1 }, /timeZone is 1/],
    [{ weekStart: "Montag" }, /accepted: monday/],
    [{ yearStart: { month: 2, day: 29 } }, /a day from 1 to 28/],
    [{ yearStart: { month: 13, day: 1 } }, /a month from 1 to 12/],
    [{ alerts: [50, 50] }, /rising percentages/],
    [{ alerts: [90, 75] }, /rising percentages/],
    [{ alerts: [0] }, /rising percentages/],
    [{ alerts: [101] }, /rising percentages/],
    [{ alerts: ["75"] }, /rising percentages/],
    [{ alerts: [Number.NaN] }, /rising percentages/],
    [{ alerts: 50 }, /rising percentages/],
    [{ enforcement: "block" }, /accepted: notify_only/],
    [{ enforcement: "block_requests" }, /block_requests is always hard/],
    [{ enforcement: "notify_only", hard: true }, /can't be hard/],
    [{ enforcement: "switch_provider" }, /not to which/],
    [{ switchTo: "openai" }, /has no effect/],
    [{ tolerance: -0.1 }, /a share from 0 to 1/],
    [{ tolerance: 5 }, /a share from 0 to 1/],
    [{ hard: "yes" }, /true or false/],
    [{ clamp: 1 }, /true or false/],
    [{ clamp: true }, /clamp is true; a soft budget has nothing to clamp/],
    [{ streamOverrun: "stop" }, /accepted: finish, cut, switch/],
    [{ streamOverrun: "switch" }, /only the enforcement switch_provider/],
    [{ streamOverrun: "finish", hard: true }, /a hard budget is never passed/],
    [{ streamOverrun: "cut", enforcement: "notify_only" }, /lets every stream run on/],
    [{ shadow: 1 }, /true or false/],
    [{ override: { amountNanoUsd: 5n } }, /untilMs are needed/],
    [{ override: { amountNanoUsd: 5n, untilMs: 1.5 } }, /untilMs are needed/],
    [{ amountNanoUsd: undefined, maxTokens: 5, override: { amountNanoUsd: 5n, untilMs: 1 } }, /no amount that it takes the place of/],
    [{ webhook: "ftp://x" }, 'budget "b": webhook must be an http or https address.'],
    [{ webhook: "https://user:canary@x/" }, 'budget "b": webhook holds a user or password; an address with credentials is not accepted.'],
    [{ webhookSecret: "canary" }, 'budget "b": webhookSecret has no effect without webhook.'],
    [{ carryOver: true }, /"carryOver" is no field of a budget/],
  ])("%o is refused", (fields, message) => {
    expect(complaint(fields)).toMatch(message);
    expect(complaint(fields)).not.toContain("canary");
  });

  test("whatever can be enforced passes as it is", () => {
    fc.assert(fc.property(anyBudget, (budget) => checkBudget(budget) === budget));
  });
});
