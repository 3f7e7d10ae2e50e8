/** Budgets as tests need them. */
import fc from "fast-check";
import { type BudgetDefinition, ENFORCEMENTS, PERIODS, STREAM_OVERRUNS, WEEKDAYS } from "../../src/budget/index.ts";

/** A monthly budget of 500 USD over everything, soft and refusing, its fields changed. */
export function budgetOf(fields: Partial<BudgetDefinition> = {}): BudgetDefinition {
  const usual: BudgetDefinition = {
    name: "b",
    scope: {},
    amountNanoUsd: 500_000_000_000n,
    period: "monthly",
    alerts: [],
    enforcement: "rate_limit",
    hard: false,
  };
  const budget = { ...usual, ...fields };
  if (fields.windowMs !== undefined) delete budget.period;
  return budget;
}

const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
const some = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const amount = fc.bigInt({ min: 0n, max: 9_000_000_000n * 10n ** 9n });
const key = some(fc.oneof(name, fc.constant("*")));

/** Any definition that can be enforced. */
export const anyBudget: fc.Arbitrary<BudgetDefinition> = fc
  .record({
    name,
    scope: fc.record({ org: key, team: key, user: key, project: key, key, tag: key, provider: key, model: key }),
    amountNanoUsd: some(amount),
    maxTokens: some(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
    period: fc.constantFrom(...PERIODS),
    windowMs: some(fc.integer({ min: 1000, max: 366 * 86_400_000 })),
    timeZone: some(fc.constantFrom("UTC", "Europe/Berlin", "Asia/Kathmandu")),
    weekStart: some(fc.constantFrom(...WEEKDAYS)),
    yearStart: some(fc.record({ month: fc.integer({ min: 1, max: 12 }), day: fc.integer({ min: 1, max: 28 }) })),
    alerts: fc
      .uniqueArray(fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(33.3, 99.999)), { maxLength: 4 })
      .map((alerts) => alerts.sort((a, b) => a - b)),
    enforcement: fc.constantFrom(...ENFORCEMENTS),
    switchTo: name,
    tolerance: some(fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0.1, 0.05, 1))),
    hard: fc.boolean(),
    clamp: some(fc.boolean()),
    streamOverrun: some(fc.constantFrom(...STREAM_OVERRUNS)),
    shadow: some(fc.boolean()),
    override: some(fc.record({ amountNanoUsd: amount, untilMs: fc.integer({ min: 0, max: 253_402_300_799_999 }) })),
    webhook: some(fc.constantFrom("https://hooks.example/a?b=c", "http://127.0.0.1:9/")),
    webhookSecret: fc.string({ minLength: 1 }).filter((secret) => secret.trim() !== ""),
  })
  .map(({ period, windowMs, switchTo, webhookSecret, ...rest }) => {
    const isWithoutCap = rest.amountNanoUsd === undefined && rest.maxTokens === undefined;
    const budget = {
      ...rest,
      ...(windowMs === undefined ? { period } : { windowMs }),
      maxTokens: isWithoutCap ? 1 : rest.maxTokens,
      switchTo: rest.enforcement === "switch_provider" ? switchTo : undefined,
      hard: rest.enforcement === "block_requests" || (rest.enforcement !== "notify_only" && rest.hard),
      override: rest.amountNanoUsd === undefined ? undefined : rest.override,
      webhookSecret: rest.webhook === undefined ? undefined : webhookSecret,
    };
    if (!budget.hard && budget.clamp) budget.clamp = false;
    const { enforcement, hard, streamOverrun } = budget;
    const isAble = hard ? streamOverrun === "cut" : streamOverrun !== "switch" || enforcement === "switch_provider";
    if (enforcement === "notify_only" || !isAble) budget.streamOverrun = undefined;
    return withoutAbsent({ ...budget, scope: withoutAbsent(budget.scope) }) as unknown as BudgetDefinition;
  });

function withoutAbsent<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
