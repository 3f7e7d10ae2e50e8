import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/index.ts";
import { parseUsd } from "../../src/money.ts";
import { inFolder, load, refusal } from "./load-text.ts";

/** The values of SPEC-TOKEN-001 §11.1. */
const CONFIG = `# config/tokenledger.yaml
database:
  url: "sqlite:///data/tokenledger.db"
  # For production:
  # url: "postgresql://user:pass@localhost/tokenledger"

providers:
  anthropic:
    api_key: "\${ANTHROPIC_API_KEY}"
    default_model: "claude-3-sonnet"
  openai:
    api_key: "\${OPENAI_API_KEY}"
    organization: "\${OPENAI_ORG}"

rate_limits:
  default: 1000  # requests per minute
  by_team:
    engineering: 2000
    research: 3000

budgets:
  - name: "engineering-monthly"
    team: "engineering"
    amount: 500
    period: monthly
    alerts: [50, 75, 90]
    enforcement: rate_limit
`;

/** The values of SPEC-TOKEN-001 §8.1. */
const PRICING = `# config/pricing.yaml
providers:
  anthropic:
    claude-3-opus:
      input: 0.015   # per 1K tokens
      output: 0.075
      cache_creation: 0.01875
      cache_read: 0.0
    claude-3-sonnet:
      input: 0.003
      output: 0.015
    claude-3-haiku:
      input: 0.00025
      output: 0.00125
      
  openai:
    gpt-4o:
      input: 0.005
      output: 0.015
    gpt-4o-mini:
      input: 0.00015
      output: 0.0006
`;

const KEYS = { ANTHROPIC_API_KEY: "sk-ant-0123456789", OPENAI_API_KEY: "sk-9876543210", OPENAI_ORG: "org-1" };

describe("acceptance G14: the founding document's files load as they stand", () => {
  test("tokenledger.yaml", async () => {
    const { config } = await load(CONFIG, KEYS);
    expect(config.databaseUrl).toBe("sqlite:///data/tokenledger.db");
    expect(config.providers).toEqual(
      new Map([
        ["anthropic", { api: "anthropic", apiKey: KEYS.ANTHROPIC_API_KEY, defaultModel: "claude-3-sonnet" }],
        ["openai", { api: "openai", apiKey: KEYS.OPENAI_API_KEY, organization: "org-1" }],
      ]),
    );
    expect(config.rateLimits).toEqual({
      defaultPerMinute: 1000,
      perMinuteByTeam: new Map([
        ["engineering", 2000],
        ["research", 3000],
      ]),
    });
    expect(config.budgets).toEqual([
      {
        name: "engineering-monthly",
        scope: { team: "engineering" },
        amountNanoUsd: parseUsd("500"),
        period: "monthly",
        alerts: [50, 75, 90],
        enforcement: "rate_limit",
        hard: false,
      },
    ]);
  });

  test.each(Object.keys(KEYS))("without %s, the error names it", async (name) => {
    const { [name]: _unset, ...others } = KEYS as Record<string, string>;
    expect(await refusal(CONFIG, others)).toMatch(new RegExp(`^tokenledger\\.yaml:\\d+:\\d+: .*${name} is not set`));
  });

  test("guarantee G20: all of it has an effect, so nothing is warned of", async () => {
    expect((await load(CONFIG, KEYS)).warnings).toEqual([]);
  });

  test("pricing.yaml beside it is read with it, per 1K tokens", async () => {
    await inFolder({ "config/tokenledger.yaml": CONFIG, "config/pricing.yaml": PRICING }, async (cwd) => {
      const { config, path } = await loadConfig({ workingDirectory: cwd, variables: KEYS, homeDirectory: undefined, platform: "linux" });
      expect(path).toBe(`${cwd}/config/tokenledger.yaml`);
      expect(config.prices.map(({ provider, model }) => `${provider}/${model}`).sort()).toEqual([
        "anthropic/claude-3-haiku",
        "anthropic/claude-3-opus",
        "anthropic/claude-3-sonnet",
        "openai/gpt-4o",
        "openai/gpt-4o-mini",
      ]);
      const { priceBook } = await import("../../src/pricing/index.ts");
      const book = priceBook().with([...config.prices]);
      expect(book.cost({ provider: "anthropic", model: "claude-3-sonnet", tokens: { input: 10_000, output: 2000 } })).toMatchObject({
        costNanoUsd: 60_000_000,
      });
      expect(book.cost({ provider: "openai", model: "gpt-4o", tokens: { input: 1000, output: 1000 } })).toMatchObject({
        costNanoUsd: 20_000_000,
      });
    });
  });

  test("prices may also stand in the file itself, or in a file that it names", async () => {
    const inside = await load(`pricing:\n${PRICING.replace(/^/gm, "  ")}`);
    const named = await load("pricing: prices/mine.yaml\n", {}, { "prices/mine.yaml": PRICING });
    expect(inside.config.prices).toHaveLength(5);
    expect(named.config.prices.map(({ model }) => model)).toEqual(inside.config.prices.map(({ model }) => model));
  });
});
