import type { OpenAIProvider } from "@ai-sdk/openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AI_SDK } from "../integrations/versions.ts";
import { expectBookEqualsBill, type LocalGateway, startLocalGateway, WATCHING } from "./local-gateway.ts";

let gateway: LocalGateway;
beforeAll(async () => {
  gateway = await startLocalGateway({
    budgets: [WATCHING, { ...WATCHING, name: "poor", scope: { user: "poor" }, amountNanoUsd: 1n }],
  });
});
afterAll(() => gateway.close());

const prompt = "How many springs are there?";

describe.each(AI_SDK)("$name with its @ai-sdk/openai, with another base URL and key", async ({ load }) => {
  const {
    ai: { APICallError, embedMany, generateText, jsonSchema, stepCountIs, streamText, tool },
    openai: { createOpenAI },
  } = await load();
  let openai: OpenAIProvider;
  beforeAll(async () => {
    openai = createOpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1` });
    await gateway.forget();
  });

  it("generates text over chat and over responses", async () => {
    gateway.upstream.script({ text: "There are four.", inputTokens: 90, cacheRead: 60 }, { text: "There are four.", reasoningTokens: 7 });
    const chat = await generateText({ model: openai.chat("gpt-4o"), prompt });
    expect(chat.text).toBe("There are four.");
    expect(chat.usage).toMatchObject({ inputTokens: 90, outputTokens: 4 });
    const response = await generateText({ model: openai("gpt-5"), prompt });
    expect(response.text).toBe("There are four.");
    await expectBookEqualsBill(gateway);
  });

  it("streams text over chat and over responses", async () => {
    gateway.upstream.script({ text: "There are four." }, { text: "There are four." });
    for (const model of [openai.chat("gpt-4o"), openai("gpt-5")]) {
      const result = streamText({ model, prompt });
      expect(await result.text).toBe("There are four.");
      expect((await result.usage).outputTokens).toBe(4);
    }
    await expectBookEqualsBill(gateway);
  });

  it("goes round with tools", async () => {
    gateway.upstream.script({ toolCall: { name: "count", arguments: { where: "valley" } } }, { text: "Four." });
    const count = tool({
      inputSchema: jsonSchema<{ where: string }>({ type: "object", properties: { where: { type: "string" } } }),
      execute: async ({ where }) => `4 in the ${where}`,
    });
    const { text, steps } = await generateText({ model: openai.chat("gpt-4o"), prompt, tools: { count }, stopWhen: stepCountIs(3) });
    expect([text, steps.length]).toEqual(["Four.", 2]);
    await expectBookEqualsBill(gateway);
  });

  it("embeds", async () => {
    const { embeddings } = await embedMany({ model: openai.embedding("text-embedding-3-small"), values: ["one", "two"] });
    expect(embeddings).toHaveLength(2);
    await expectBookEqualsBill(gateway);
  });

  it("a budget that is spent is its APICallError of 402, not worth another try", async () => {
    const before = gateway.upstream.requests.length;
    const poor = createOpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, headers: { "x-tokenledger-user": "poor" } });
    const error = await generateText({ model: poor.chat("gpt-4o"), prompt }).catch((thrown: unknown) => thrown);
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 402, isRetryable: false });
    expect(gateway.upstream.requests.length).toBe(before);
  });
});
