/**
 * Every case of genai-prices (reply → usage → price) that concerns a provider of ours, priced by the book. What
 * differs is listed with its cause in docs/pricing/genai-differences.md; `vitest -u` writes that page anew.
 */

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canonicalModel, priceBook } from "../../src/pricing/index.ts";
import { root } from "../house/repository.ts";
import { hasData, readData } from "../shared-data.ts";

const PATH = "prices/genai_usage_price_cases.json.gz";

interface Case {
  model?: string;
  extracted: {
    usage: Record<string, number | undefined>;
    extractors: { provider_id: string; input_price?: string; output_price?: string; total_price?: string }[];
  }[];
}

interface Difference {
  provider: string;
  model: string;
  cause: string;
  ours: string;
  theirs: string;
}

const PROVIDERS: Readonly<Record<string, string>> = {
  anthropic: "anthropic",
  aws: "bedrock",
  azure: "azure",
  google: "google",
  openai: "openai",
  groq: "groq",
  mistral: "mistral",
  deepseek: "deepseek",
  zai: "zai",
  openrouter: "openrouter",
};

/** First fit counts. A difference that fits nothing fails the test: it must be understood before it is listed. */
const CAUSES: readonly { fits: (provider: string, model: string, usage: Case["extracted"][number]["usage"]) => boolean; cause: string }[] =
  [
    {
      fits: (provider, model, usage) => provider !== "anthropic" && /claude-sonnet-4-5/.test(model) && (usage.input_tokens ?? 0) > 200_000,
      cause:
        "Ours: the long-context price of Sonnet 4.5 (over 200,000 tokens) holds at the clouds too; genai-prices has it for Anthropic only.",
    },
    {
      fits: (provider, model) => provider === "bedrock" && /^claude/.test(model),
      cause: "A plain id names no region: ours is the global price, genai-prices takes the regional one (1.1 ×).",
    },
    {
      fits: (provider, model) => provider === "bedrock" && /gpt-5\.6/.test(model),
      cause: "OpenAI's price cut of 2026-07-30; the recorded price is the earlier one.",
    },
    {
      fits: (_, model, usage) => /audio/.test(model) && usage.input_audio_tokens !== undefined,
      cause: "Ours charges audio tokens at the audio price ($40 for a million); genai-prices has only the text price of this model.",
    },
    {
      fits: (provider, model) => provider === "azure" && /gpt-oss/.test(model),
      cause: "genai-prices falls back to a price of another host; ours is Azure's own.",
    },
    {
      fits: (provider, model) => provider === "openai" && /gpt-oss/.test(model),
      cause: "OpenAI does not serve this open model; genai-prices has the price of another host, ours is unpriced.",
    },
    {
      fits: (_, model) => /image/.test(model),
      cause: "Image tokens have no place among our token counts: unpriced rather than charged as text.",
    },
    {
      fits: (_, model, usage) => /gemini/.test(model) && usage.cache_audio_read_tokens !== undefined,
      cause: "Audio that was read from the cache: our counts are disjoint, the case counts it in both.",
    },
    {
      fits: (provider, model) => provider === "mistral" && /-latest$/.test(model),
      cause: "The alias has moved to a newer model at another price; ours is dated, genai-prices has the earlier model.",
    },
    {
      fits: (provider, model) => provider === "deepseek" && model === "deepseek-reasoner",
      cause: "The name points to V4 since 2026-04-24; genai-prices has the prices of 2025.",
    },
    {
      fits: (provider, model) => provider === "deepseek" && /distill/.test(model),
      cause: "DeepSeek does not serve the distilled models; genai-prices matches them by prefix.",
    },
    {
      fits: (provider) => provider === "openrouter",
      cause: "OpenRouter's own list of 2026-08-01 has another price, or no longer the model.",
    },
  ];

describe.skipIf(!hasData(PATH))("genai-prices' own cases", () => {
  it("cost the same, but for the differences that the documentation explains", async () => {
    const cases = JSON.parse(readData(PATH)) as Case[];
    const differences: Difference[] = [];
    let compared = 0;
    for (const { model, extracted } of cases) {
      for (const { usage, extractors } of extracted) {
        for (const { provider_id, input_price, output_price, total_price } of extractors) {
          const home = PROVIDERS[provider_id];
          if (model === undefined || home === undefined || (input_price === undefined && output_price === undefined)) continue;
          compared++;
          const provider = home === "google" && model.startsWith("claude") ? "vertex" : home;
          const theirs = Number(total_price ?? Number(input_price ?? 0) + Number(output_price ?? 0));
          const ours = costOf(provider, model, usage);
          if (typeof ours === "number" && Math.abs(ours - theirs) <= 1e-9) continue;
          const cause = CAUSES.find(({ fits }) => fits(provider, model, usage))?.cause;
          expect(
            cause,
            `no cause is known for ${provider}/${model}: ours ${ours}, theirs ${theirs}, usage ${JSON.stringify(usage)}`,
          ).toBeDefined();
          differences.push({
            provider,
            model: canonicalModel(provider, model),
            cause: cause as string,
            ours: typeof ours === "number" ? plain(ours) : ours,
            theirs: plain(theirs),
          });
        }
      }
    }
    expect(compared).toBeGreaterThan(1000);
    await expect(page(compared, differences)).toMatchFileSnapshot(join(root, "docs/pricing/genai-differences.md"));
  });
});

function costOf(provider: string, model: string, usage: Case["extracted"][number]["usage"]): number | string {
  const tokens = {
    input: usage.input_tokens ?? 0,
    output: usage.output_tokens ?? 0,
    cacheRead: usage.cache_read_tokens ?? 0,
    cacheWrite5m: usage.cache_write_5m_tokens ?? usage.cache_write_tokens ?? 0,
    audioInput: usage.input_audio_tokens ?? 0,
    reasoning: usage.output_reasoning_tokens ?? 0,
    webSearches: usage.web_searches ?? 0,
  };
  const cost = priceBook().cost({ provider, model, at: "2026-08-21", tokens });
  return "unpriced" in cost ? "unpriced" : cost.costUsd;
}

/** Without what floating point added. */
function plain(usd: number): string {
  return usd.toFixed(12).replace(/0+$/, "");
}

function page(compared: number, differences: readonly Difference[]): string {
  const rows = new Map<string, { count: number; example: Difference }>();
  for (const difference of differences) {
    const key = `| ${difference.provider} | ${difference.model} | ${difference.cause} |`;
    const row = rows.get(key) ?? { count: 0, example: difference };
    rows.set(key, { ...row, count: row.count + 1 });
  }
  const lines = [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { count, example }]) => `${key} ${count} | ${example.ours} | ${example.theirs} |`);
  return `# Differences from genai-prices

Written by \`test/pricing/genai-differences.test.ts\`, which fails when a difference appears that this page does not list.
Of ${compared} prices in genai-prices' own test cases (providers that the book has), ${compared - differences.length} are equal to 1e-9 USD and ${differences.length} are not:

| provider | model | cause | cases | ours, USD (an example) | theirs |
|---|---|---|---|---|---|
${lines.join("\n")}
`;
}
