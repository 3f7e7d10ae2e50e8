import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import {
  amountAt,
  type BudgetDefinition,
  breachesOf,
  budgetFromJson,
  budgetToJson,
  type CallScope,
  checkBudget,
  enforcedLimit,
  reachedThresholds,
  valuesCounted,
} from "../../src/budget/index.ts";
import { maskSecrets } from "../../src/config/index.ts";
import { readConfig } from "../../src/config/read-config.ts";
import { parseYaml } from "../../src/config/yaml-nodes.ts";
import { formatUsd } from "../../src/money.ts";

/** Names that YAML, masks and messages could stumble over. */
const name = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .map((text) =>
    text
      .replace(/[$\p{C}]/gu, "_")
      .trim()
      .normalize("NFC"),
  )
  .filter((text) => text !== "" && text !== "__proto__");
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const amount = fc.bigInt({ min: 0n, max: 9_000_000_000n * 10n ** 9n }).map(formatUsd);
const scopeName = fc.oneof({ weight: 5, arbitrary: name }, { weight: 1, arbitrary: fc.constant("*") });
const providerNames = ["anthropic", "openai", "gemini"] as const;

const budget = fc
  .record(
    {
      scope: some(fc.record({ team: scopeName, model: scopeName, tag: scopeName, user: scopeName }, { requiredKeys: ["team"] })),
      amount: some(amount),
      max_tokens: some(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
      period: fc.constantFrom("daily", "weekly", "monthly", "quarterly", "yearly", "lifetime"),
      weekStart: some(fc.constantFrom("monday", "saturday", "sunday")),
      yearStart: some(fc.constantFrom("01-01", "04-01", "12-28")),
      windowSeconds: some(fc.integer({ min: 1, max: 366 * 86_400 })),
      timezone: some(fc.constantFrom("UTC", "Asia/Tokyo")),
      alerts: some(fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 4 })),
      enforcement: fc.constantFrom("notify_only", "rate_limit", "block_requests", "switch_provider"),
      tolerance: some(fc.integer({ min: 0, max: 100 })),
      hard: fc.boolean(),
      clamp: some(fc.constant(true)),
      stream_overrun: some(fc.constantFrom("finish", "cut", "switch")),
      shadow: some(fc.constant(true)),
      override: some(fc.record({ amount, until: fc.constantFrom("2026-07-01T00:00:00.000Z", "2027-12-31T23:59:59.999Z") })),
      webhook: some(fc.constantFrom("https://hooks.example/T0/B1")),
      webhookSecret: some(fc.constantFrom("secret-0123456789", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")),
    },
    { noNullPrototype: true },
  )
  .map(({ windowSeconds, alerts, period, weekStart, yearStart, tolerance, hard, webhookSecret, ...rest }) => ({
    ...rest,
    ...(windowSeconds === undefined ? { period } : { window: `${windowSeconds}s` }),
    week_start: windowSeconds === undefined && period === "weekly" ? weekStart : undefined,
    year_start: windowSeconds === undefined && ["quarterly", "yearly"].includes(period) ? yearStart : undefined,
    max_tokens: rest.amount === undefined ? (rest.max_tokens ?? 1) : rest.max_tokens,
    override: rest.amount === undefined ? undefined : rest.override,
    webhook_secret: rest.webhook === undefined ? undefined : webhookSecret,
    alerts: alerts?.toSorted((a, b) => a - b),
    tolerance: tolerance === undefined ? undefined : tolerance / 100,
    switch_to: rest.enforcement === "switch_provider" ? "openai" : undefined,
    hard: rest.enforcement === "block_requests" || (rest.enforcement !== "notify_only" && hard),
  }))
  .map((written) => {
    const { hard, enforcement, stream_overrun } = written;
    const isAble = hard ? stream_overrun === "cut" : stream_overrun !== "switch" || enforcement === "switch_provider";
    return {
      ...written,
      clamp: hard ? written.clamp : undefined,
      stream_overrun: isAble && enforcement !== "notify_only" ? stream_overrun : undefined,
    };
  });

const limit = some(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
const virtualKey = fc.record({
  role: some(fc.constantFrom("member", "viewer", "admin")),
  org: some(name),
  team: some(name),
  user: some(name),
  project: some(name),
  models: some(fc.array(name, { minLength: 1, maxLength: 3 })),
  requests_per_minute: limit,
  tokens_per_minute: limit,
  max_concurrent_calls: limit,
  max_output_tokens: limit,
  max_choices: limit,
  expires: some(fc.constantFrom("2026-12-31T23:59:59.999Z")),
});
const numbered = <T>(key: T, index: number) => ({ name: `key ${index}`, key: `secret-of-key-number-${index}`, ...key });

const configuration = fc.record(
  {
    database: some(fc.constantFrom({ url: "sqlite:///data/a b.db" }, { url: "postgresql://u@host/db" })),
    providers: fc
      .uniqueArray(
        fc.record({
          api: fc.constantFrom(...providerNames),
          default_model: some(name),
          models: some(fc.array(name, { minLength: 1, maxLength: 3 })),
          retries: some(fc.integer({ min: 0, max: 10 })),
          timeout: some(fc.constantFrom("1s", "10m", "1h")),
          idle_timeout: some(fc.constantFrom("30s", "90s")),
        }),
        {
          maxLength: 3,
        },
      )
      .map((list) => Object.fromEntries([["openai", { api: "openai" }], ...list.map((provider, index) => [`p${index}`, provider])])),
    rate_limits: some(
      fc.record({
        default: fc.integer({ min: 1, max: 1e9 }),
        by_team: fc.dictionary(name, fc.integer({ min: 1, max: 1e9 }), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
      }),
    ),
    budgets: fc
      .array(budget, { minLength: 1, maxLength: 4 })
      .map((list) => list.map((one, index) => ({ name: `budget ${index}`, ...one }))),
    server: some(
      fc.record({
        host: fc.constantFrom("127.0.0.1", "::1"),
        port: fc.integer({ min: 0, max: 65_535 }),
        auth: fc.constantFrom("loopback", "always"),
        max_body_bytes: some(fc.integer({ min: 1024, max: 2 ** 30 })),
        max_connections: some(fc.integer({ min: 1, max: 1_000_000 })),
        prompt_hashes: some(fc.boolean()),
      }),
    ),
    virtual_keys: some(fc.array(virtualKey, { minLength: 1, maxLength: 3 }).map((keys) => keys.map(numbered))),
    timezone: some(fc.constantFrom("UTC", "America/New_York")),
    unpriced: some(fc.constantFrom("block", "estimate", "allow")),
  },
  { noNullPrototype: true },
);

async function read(text: string) {
  const tree = await parseYaml(text, "generated.yaml", {});
  if (!tree) throw new Error("The generated file is empty.");
  return readConfig({ node: tree, name: "" }, () => {}).config;
}

/** Absent fields gone, secrets masked, and the file's zone where a budget has none: as the configuration is shown. */
function expectedShape(written: { timezone: string | undefined; budgets: { timezone: string | undefined }[] }): unknown {
  const budgets = written.budgets.map((each) => ({ ...each, timezone: each.timezone ?? written.timezone }));
  const text = JSON.stringify({ ...written, budgets }).replaceAll("hooks.example/T0/B1", "hooks.example/***");
  return JSON.parse(text.replaceAll(/"(webhook_secret|key)":"(?:secret-|whsec_)[^"]*"/g, '"$1":"***"'));
}

/** A call that a budget counts. */
function callWithin({ scope }: BudgetDefinition): CallScope {
  const named = (wanted: string | undefined): string => (wanted === undefined || wanted === "*" ? "any" : wanted);
  return {
    team: { name: named(scope.team) },
    user: { name: named(scope.user) },
    tags: [named(scope.tag)],
    provider: "anthropic",
    model: named(scope.model),
    canonicalModel: named(scope.model),
  };
}

describe("guarantee G20: what is accepted is what was written", () => {
  test("5000 generated configurations come back field by field", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(configuration, fc.constantFrom("BLOCK_LITERAL", "QUOTE_DOUBLE", "PLAIN"), async (written, style) => {
        const config = await read(stringify(written, { defaultStringType: style as "PLAIN" }));
        expect(maskSecrets(config)).toEqual(expectedShape(written));
        for (const each of config.budgets) {
          expect(checkBudget(each)).toBe(each);
          expect(budgetFromJson(budgetToJson(each))).toEqual(each);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test("every limit that is accepted is enforced, or told of, when it is reached, and not before", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(configuration, async (written) => {
        for (const each of (await read(stringify(written))).budgets) {
          const nowMs = Date.parse("2026-06-15T12:00:00Z");
          const call = callWithin(each);
          expect(valuesCounted(each.scope, call)).toHaveLength(1);
          const { amountNanoUsd, maxTokens } = { ...each, amountNanoUsd: amountAt(each, nowMs) };
          for (const [axis, cap] of [["nanoUsd", amountNanoUsd] as const, ["tokens", maxTokens] as const]) {
            if (cap === undefined) continue;
            const limit = enforcedLimit(each, BigInt(cap));
            const breaches = (taken: bigint) => {
              const counts = { usedNanoUsd: 0n, reservedNanoUsd: 0n, usedTokens: 0n, reservedTokens: 0n };
              counts[axis === "nanoUsd" ? "usedNanoUsd" : "usedTokens"] = taken;
              return breachesOf(each, "", counts, { nanoUsd: 0n, tokens: 0n, [axis]: 1n }, call, nowMs);
            };
            const isRefusing = each.enforcement !== "notify_only" && each.shadow !== true;
            expect(breaches(limit)).toMatchObject([{ refuses: isRefusing }]);
            if (limit > 0n) expect(breaches(limit - 1n)).toEqual([]);
            const reached = (used: bigint) => reachedThresholds(each, { nanoUsd: 0n, tokens: 0n, [axis]: used }, nowMs);
            if (cap > 0) expect(reached(BigInt(cap))).toEqual(each.alerts);
            expect(reached(0n)).toEqual([]);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("a key too many is refused wherever it stands", async () => {
    await fc.assert(
      fc.asyncProperty(configuration, fc.constantFrom("budgetz", "note", "Amount", "x-y"), fc.nat(), async (written, extra, random) => {
        const copy = JSON.parse(JSON.stringify(written)) as Record<string, Record<string, unknown>>;
        const places = [copy, copy.budgets?.[0], copy.providers.openai, copy.server, copy.rate_limits].filter(
          (place) => place !== undefined,
        );
        (places[random % places.length] as Record<string, unknown>)[extra] = 1;
        await expect(read(stringify(copy))).rejects.toThrow(/is not a known key/);
      }),
      { numRuns: 300 },
    );
  });
});
