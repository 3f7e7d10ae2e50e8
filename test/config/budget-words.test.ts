import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BudgetDefinition } from "../../src/budget/index.ts";
import { budgetFromWords, wordsOfBudget } from "../../src/config/budget-words.ts";
import { anyBudget } from "../budget/definitions.ts";

const options = { nameOf: (word: string) => `--${word}`, warn: () => {} };

/** What no file can say of a budget, a file can't say again. */
function asAFileSaysIt(budget: BudgetDefinition): BudgetDefinition {
  const { weekStart, yearStart, clamp, shadow, tolerance, webhook, windowMs, name, scope, ...rest } = budget;
  const said: BudgetDefinition = {
    ...rest,
    name: named(name),
    scope: Object.fromEntries(Object.entries(scope).map(([key, value]) => [key, named(value)])),
  };
  if (windowMs !== undefined) said.windowMs = windowMs - (windowMs % 1000);
  if (weekStart && budget.period === "weekly") said.weekStart = weekStart;
  if (yearStart && (budget.period === "quarterly" || budget.period === "yearly")) said.yearStart = yearStart;
  if (clamp) said.clamp = true;
  if (shadow) said.shadow = true;
  if (tolerance !== undefined) said.tolerance = Number(tolerance.toFixed(15));
  if (webhook !== undefined) said.webhook = webhook.replace(/\/+$/, "");
  if (said.webhookSecret !== undefined) said.webhookSecret = `${named(said.webhookSecret)} and sixteen more`;
  if (said.switchTo !== undefined) said.switchTo = `${named(said.switchTo)} elsewhere`;
  return said;
}

const named = (name: string): string => name.trim().normalize("NFC") || "x";

describe("budgets in words", () => {
  it("every budget that a file can define comes back from its words", () => {
    fc.assert(
      fc.property(anyBudget, (budget) => {
        const said = asAFileSaysIt(budget);
        expect(budgetFromWords(wordsOfBudget(said), options)).toEqual(said);
      }),
      { numRuns: 500 },
    );
  });

  it("a refusal names the word as it was typed, and no place", () => {
    expect(() => budgetFromWords({ name: "x", amount: "-5", period: "monthly" }, options)).toThrow(
      /^--amount is "-5"; an amount can't be negative\.$/,
    );
    const override = { amount: "8", until: "soon" };
    expect(() => budgetFromWords({ name: "x", amount: "5", period: "daily", override }, options)).toThrow(/^--override\.until is "soon"; /);
  });

  it("an amount of 0 is told of, without a place", () => {
    const warnings: string[] = [];
    budgetFromWords({ name: "x", amount: "0", period: "daily" }, { ...options, warn: (message) => warnings.push(message) });
    expect(warnings).toEqual([expect.stringMatching(/^budget "x" has an amount of 0/)]);
  });
});
