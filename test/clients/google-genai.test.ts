import { ApiError, GoogleGenAI } from "@google/genai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectBookEqualsBill, type LocalGateway, startLocalGateway, WATCHING } from "./local-gateway.ts";

let gateway: LocalGateway;
let client: GoogleGenAI;
beforeAll(async () => {
  gateway = await startLocalGateway({
    budgets: [WATCHING, { ...WATCHING, name: "poor", scope: { user: "poor" }, amountNanoUsd: 1n }],
  });
  client = new GoogleGenAI({ apiKey: gateway.key, httpOptions: { baseUrl: gateway.url } });
});
afterAll(() => gateway.close());

const call = { model: "gemini-2.5-flash", contents: "How many springs are there?" };

describe("the @google/genai package, with another base URL and key", () => {
  it("generates, with thoughts and a cache", async () => {
    gateway.upstream.script(
      { text: "There are four springs." },
      { inputTokens: 4000, cacheRead: 3000, outputTokens: 120, reasoningTokens: 80 },
    );
    expect((await client.models.generateContent(call)).text).toBe("There are four springs.");
    const { usageMetadata } = await client.models.generateContent(call);
    expect(usageMetadata).toMatchObject({
      promptTokenCount: 4000,
      cachedContentTokenCount: 3000,
      candidatesTokenCount: 40,
      thoughtsTokenCount: 80,
    });
    await expectBookEqualsBill(gateway);
  });

  it("streams", async () => {
    gateway.upstream.script({ text: "There are four springs.", reasoningTokens: 9 });
    let text = "";
    for await (const chunk of await client.models.generateContentStream(call)) text += chunk.text ?? "";
    expect(text).toBe("There are four springs.");
    await expectBookEqualsBill(gateway);
  });

  it("calls functions, and gives several candidates", async () => {
    gateway.upstream.script({ toolCall: { name: "count_springs", arguments: { where: "in the valley" } } }, { outputTokens: 30 });
    const reply = await client.models.generateContent({
      ...call,
      config: { tools: [{ functionDeclarations: [{ name: "count_springs" }] }] },
    });
    expect(reply.functionCalls).toMatchObject([{ name: "count_springs", args: { where: "in the valley" } }]);
    expect((await client.models.generateContent({ ...call, config: { candidateCount: 3, maxOutputTokens: 20 } })).candidates).toHaveLength(
      3,
    );
    await expectBookEqualsBill(gateway);
  });

  it("embeds", async () => {
    const { embeddings } = await client.models.embedContent({ model: "gemini-embedding-001", contents: ["one spring", "two springs"] });
    expect(embeddings).toHaveLength(2);
    expect(await gateway.isQuiet()).toBe(true);
    // Gemini's embeddings tell no usage: they are in the book as what they can have been at most.
    const [record] = (await gateway.records()).filter(({ model }) => model === "gemini-embedding-001");
    expect(record?.usageSource).toBe("estimated");
    expect(record?.tokens.input).toBeGreaterThanOrEqual(gateway.upstream.calls.at(-1)?.tokens.input ?? 0);
    await gateway.forget();
  });

  it("counts tokens for nothing", async () => {
    expect((await client.models.countTokens(call)).totalTokens).toBeGreaterThan(0);
    await expectBookEqualsBill(gateway);
  });

  it("a budget that is spent is an ApiError of 402; an unknown key one of 401", async () => {
    const before = gateway.upstream.requests.length;
    const poor = new GoogleGenAI({
      apiKey: gateway.key,
      httpOptions: { baseUrl: gateway.url, headers: { "x-tokenledger-user": "poor" } },
    });
    const error = await poor.models.generateContent(call).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 402 });
    const stranger = new GoogleGenAI({ apiKey: "tl_nobody", httpOptions: { baseUrl: gateway.url } });
    await expect(stranger.models.generateContent(call)).rejects.toMatchObject({ status: 401 });
    expect(gateway.upstream.requests.length).toBe(before);
  });

  it("an aborted stream is metered to its end", async () => {
    await gateway.forget();
    gateway.upstream.script({ outputTokens: 200, eventDelayMs: 2 });
    const stop = new AbortController();
    const read = async (): Promise<void> => {
      const stream = await client.models.generateContentStream({ ...call, config: { abortSignal: stop.signal } });
      for await (const chunk of stream) if (chunk.text) stop.abort();
    };
    await expect(read()).rejects.toThrow();
    expect(await gateway.isQuiet()).toBe(true);
    const [record] = await gateway.records();
    expect(record).toMatchObject({ status: "aborted", usageSource: "reported", tokens: { output: 200 } });
  });
});
