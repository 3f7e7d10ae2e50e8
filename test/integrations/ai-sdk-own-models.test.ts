import { describe, expect, it } from "vitest";
import { BudgetPool } from "../../src/budget/index.ts";
import { type AiModel, budgetMiddleware } from "../../src/integrations/ai-sdk.ts";
import { openLedger, type StoredRecord } from "../../src/ledger/index.ts";
import { AI_SDK } from "./versions.ts";

interface Told {
  usage: unknown;
  finishReason: unknown;
  providerMetadata?: unknown;
}

/** A model of a program's own, that tells what the package asks of it and nothing of any provider's reply. */
function ownModel(version: string, provider: string, modelId: string, told: Told): AiModel {
  const warnings: unknown[] = [];
  const parts = [
    { type: "stream-start", warnings },
    { type: "text-start", id: "1" },
    { type: "text-delta", id: "1", delta: "There are four." },
    { type: "text-end", id: "1" },
    { type: "finish", ...told },
  ];
  const model = {
    specificationVersion: version,
    provider,
    modelId,
    supportedUrls: {},
    doGenerate: async () => ({ content: [{ type: "text", text: "There are four." }], warnings, ...told }),
    doStream: async () => ({ stream: ReadableStream.from(parts) }),
  };
  return model;
}

const VERSIONS: readonly [version: string, told: Told][] = [
  [
    "v2",
    {
      usage: { inputTokens: 1_000, outputTokens: 40, totalTokens: 1_040, cachedInputTokens: 600, reasoningTokens: 30 },
      finishReason: "stop",
    },
  ],
  ...["v3", "v4"].map((version): [string, Told] => [
    version,
    {
      usage: {
        inputTokens: { total: 1_000, noCache: 400, cacheRead: 600, cacheWrite: undefined },
        outputTokens: { total: 40, text: 10, reasoning: 30 },
      },
      finishReason: { unified: "stop", raw: "stop" },
    },
  ]),
];
/** Which models each version of the package takes. */
const TAKEN: Readonly<Record<number, readonly string[]>> = { 5: ["v2"], 6: ["v2", "v3"], 7: ["v2", "v3", "v4"] };

describe.each(AI_SDK)("$name with a model of the program's own", async ({ load, major }) => {
  const { ai } = await load();
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });
  const taken = VERSIONS.filter(([version]) => TAKEN[major]?.includes(version));

  async function settled(model: AiModel): Promise<StoredRecord[]> {
    const ledger = await openLedger("sqlite::memory:");
    const wrapped = ai.wrapLanguageModel({ model: model as never, middleware: budgetMiddleware({ ledger }) });
    expect((await ai.generateText({ model: wrapped, prompt: "How many?", maxOutputTokens: 100 })).text).toBe("There are four.");
    expect(await ai.streamText({ model: wrapped, prompt: "How many?", maxOutputTokens: 100 }).text).toBe("There are four.");
    const records: StoredRecord[] = [];
    for await (const record of ledger.query({})) records.push(record);
    await ledger.close();
    return records;
  }

  it.each(taken)("of %s: what it tells is settled, whole and streamed", async (version, told) => {
    const records = await settled(ownModel(version, "openai.chat", "gpt-5", told));
    const tokens = { input: 1_000, output: 40, cacheRead: 600, reasoning: 30 };
    expect(records).toMatchObject([
      { provider: "openai", model: "gpt-5", tokens, usageSource: "reported", status: "ok" },
      { provider: "openai", model: "gpt-5", tokens, usageSource: "reported", status: "ok" },
    ]);
    expect(records[0]?.costNanoUsd).toBe(400 * 1_250 + 600 * 125 + 40 * 10_000);
  });

  it("what its provider wrote goes before what it counts", async () => {
    const [version, told] = taken.at(-1) as [string, Told];
    const written = { input_tokens: 10, cache_read_input_tokens: 600, cache_creation_input_tokens: 390, output_tokens: 40 };
    const cache_creation = { ephemeral_5m_input_tokens: 90, ephemeral_1h_input_tokens: 300 };
    const providerMetadata = { anthropic: { usage: { ...written, cache_creation } } };
    const records = await settled(ownModel(version, "anthropic.messages", "claude-sonnet-4-5", { ...told, providerMetadata }));
    const tokens = { input: 1_000, output: 40, cacheRead: 600, cacheWrite5m: 90, cacheWrite1h: 300 };
    expect(records.map((record) => record.tokens)).toMatchObject([tokens, tokens]);
  });

  it("one that tells nothing is charged by what is seen of its answer, marked as estimated", async () => {
    const [version, { finishReason }] = taken.at(-1) as [string, Told];
    const nothing = { inputTokens: undefined, outputTokens: undefined, totalTokens: undefined };
    const nested = { inputTokens: {}, outputTokens: {} };
    const records = await settled(ownModel(version, "openai.chat", "gpt-4o", { usage: version === "v2" ? nothing : nested, finishReason }));
    expect(records.map(({ usageSource, status }) => [usageSource, status])).toEqual([
      ["estimated", "unmetered"],
      ["estimated", "unmetered"],
    ]);
    for (const { tokens } of records) expect(tokens.output).toBeGreaterThan(0);
  });

  it("an unknown price is refused by a pool that caps money", async () => {
    const [version, told] = taken.at(-1) as [string, Told];
    const pool = new BudgetPool({ maxCostUsd: 1 });
    const model = ai.wrapLanguageModel({
      model: ownModel(version, "nobody.chat", "nothing-1", told) as never,
      middleware: budgetMiddleware({ pool }),
    });
    await expect(ai.generateText({ model, prompt: "How many?" })).rejects.toMatchObject({ code: "UNPRICED_MODEL" });
  });
});
