import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
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
const providerNames = ["anthropic", "openai", "gemini"] as const;

const budget = fc
  .record(
    {
      scope: some(fc.record({ team: name, model: name, tag: name }, { requiredKeys: ["team"] })),
      amount,
      period: fc.constantFrom("daily", "weekly", "monthly", "quarterly", "yearly"),
      windowSeconds: some(fc.integer({ min: 1, max: 366 * 86_400 })),
      timezone: some(fc.constantFrom("UTC", "Asia/Tokyo")),
      alerts: some(fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 4 })),
      enforcement: fc.constantFrom("notify_only", "rate_limit", "block_requests", "switch_provider"),
      tolerance: some(fc.integer({ min: 0, max: 100 })),
      hard: fc.boolean(),
      webhook: some(fc.constantFrom("https://hooks.example/T0/B1")),
    },
    { noNullPrototype: true },
  )
  .map(({ windowSeconds, alerts, period, tolerance, hard, ...rest }) => ({
    ...rest,
    ...(windowSeconds === undefined ? { period } : { window: `${windowSeconds}s` }),
    alerts: alerts?.toSorted((a, b) => a - b),
    tolerance: tolerance === undefined ? undefined : tolerance / 100,
    switch_to: rest.enforcement === "switch_provider" ? "openai" : undefined,
    hard: rest.enforcement === "block_requests" || (rest.enforcement !== "notify_only" && hard),
  }));

const configuration = fc.record(
  {
    database: some(fc.constantFrom({ url: "sqlite:///data/a b.db" }, { url: "postgresql://u@host/db" })),
    providers: fc
      .uniqueArray(
        fc.record({
          api: fc.constantFrom(...providerNames),
          default_model: some(name),
          models: some(fc.array(name, { minLength: 1, maxLength: 3 })),
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
      }),
    ),
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

/** Absent fields gone, webhooks masked: as the configuration is shown. */
function expectedShape(written: unknown): unknown {
  return JSON.parse(JSON.stringify(written).replaceAll("hooks.example/T0/B1", "hooks.example/***"));
}

describe("guarantee G20: what is accepted is what was written", () => {
  test("5000 generated configurations come back field by field", async () => {
    await fc.assert(
      fc.asyncProperty(configuration, fc.constantFrom("BLOCK_LITERAL", "QUOTE_DOUBLE", "PLAIN"), async (written, style) => {
        const config = await read(stringify(written, { defaultStringType: style as "PLAIN" }));
        expect(maskSecrets(config)).toEqual(expectedShape(written));
      }),
      { numRuns: 5000 },
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
