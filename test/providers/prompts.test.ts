import { describe, expect, test } from "vitest";
import { modelLimits, type PromptCall, type PromptPart, readPrompt } from "../../src/providers/index.ts";

const CHAT = { provider: "openai.chat", modelId: "gpt-4o" };
const RESPONSES = { provider: "openai.responses", modelId: "gpt-5" };
const CLAUDE = { provider: "anthropic.messages", modelId: "claude-sonnet-4-6" };
const user = (...content: PromptPart[]): PromptCall["prompt"] => [{ role: "user", content }];
const HI = user({ type: "text", text: "Hi" });
const TEXT = "There are four springs in the valley, and nobody knows the fifth. ".repeat(1_000);

describe("what a prompt may weigh", () => {
  test("text weighs its bytes, and little more", () => {
    for (const model of [CHAT, RESPONSES, CLAUDE]) {
      const { input } = readPrompt(model, { prompt: user({ type: "text", text: TEXT }) });
      expect(input.bound).toBeGreaterThanOrEqual(TEXT.length);
      expect(input.bound).toBeLessThan(TEXT.length + 3_000);
      expect(input.likely).toBeLessThan(input.bound / 3);
    }
  });

  test("quotes in what a tool answers weigh what JSON inside JSON makes of them", () => {
    const value = { said: '"'.repeat(1_000) };
    const output = { type: "json", value };
    const { input } = readPrompt(CHAT, { prompt: [{ role: "tool", content: [{ type: "tool-result", output }] }] });
    expect(input.bound).toBeGreaterThanOrEqual(JSON.stringify(JSON.stringify(value)).length);
  });

  test.each([
    ["bytes", new Uint8Array(1_000_000)],
    ["base64", Buffer.alloc(1_000_000).toString("base64")],
    ["an address", new URL("https://example.com/spring.png")],
    ["data of version 4", { type: "data", data: new Uint8Array(1_000_000) }],
    ["an address of version 4", { type: "url", url: new URL("https://example.com/spring.png") }],
  ])("a picture given as %s weighs by its kind, not by its bytes", (_name, data) => {
    const { input, unbounded } = readPrompt(CHAT, { prompt: user({ type: "file", mediaType: "image/png", data }) });
    expect(input.bound).toBeGreaterThan(1_445);
    expect(input.bound).toBeLessThan(8_000);
    expect(unbounded).toEqual([]);
  });

  test.each([
    ["a document", { type: "file", mediaType: "application/pdf", data: new Uint8Array(10) }],
    ["a film", { type: "file", mediaType: "video/mp4", data: new Uint8Array(10) }],
    ["sound whose length its bytes do not tell", { type: "file", mediaType: "audio/ogg", data: new Uint8Array(10) }],
    ["a document", { type: "file", mediaType: "application/pdf", data: { type: "reference", reference: { openai: "file_1" } } }],
    ["a document by its address", { type: "file", mediaType: "text/plain", data: new URL("https://example.com/a.txt") }],
  ])("%s has no provable bound but the model's window", (what, part) => {
    const reading = readPrompt(CHAT, { prompt: user(part) });
    expect(reading.unbounded).toEqual([what]);
    expect(reading.input.bound).toBeGreaterThanOrEqual(modelLimits("gpt-4o").windowTokens);
  });

  test("a circle has none either", () => {
    const input: Record<string, unknown> = {};
    input.itself = input;
    const part = { type: "tool-call", toolCallId: "1", toolName: "a", input } as PromptPart;
    expect(readPrompt(CHAT, { prompt: [{ role: "assistant", content: [part] }] }).unbounded).toEqual(["what can't be written as JSON"]);
  });

  test("sound and a text file are read as what they are", () => {
    const sound = readPrompt(CHAT, { prompt: user({ type: "file", mediaType: "audio/wav", data: new Uint8Array(3_000) }) });
    expect(sound.dearKinds.audioInput).toBe(true);
    expect(sound.input.bound).toBeGreaterThan(4_000);
    const text = readPrompt(CLAUDE, { prompt: user({ type: "file", mediaType: "text/plain", data: Buffer.from(TEXT) }) });
    expect(text.unbounded).toEqual([]);
    expect(text.input.bound).toBeGreaterThan(TEXT.length);
  });
});

describe("what an answer may have", () => {
  test("the call's own limit, else the model's", () => {
    expect(readPrompt(CHAT, { prompt: HI, maxOutputTokens: 50 }).output).toEqual({ bound: 50, likely: 50 });
    expect(readPrompt(CHAT, { prompt: HI }).output).toEqual({ bound: 16_384, likely: 1_000 });
  });

  test("Claude's thoughts come on top of its limit", () => {
    const thinking = { anthropic: { thinking: { type: "enabled", budgetTokens: 4_000 } } };
    const call = { prompt: HI, maxOutputTokens: 500 };
    expect(readPrompt(CLAUDE, { ...call, providerOptions: thinking }).output.bound).toBe(4_500);
    expect(readPrompt(CLAUDE, { ...call, reasoning: "high" }).output.bound).toBeGreaterThan(60_000);
    expect(readPrompt(CLAUDE, { ...call, reasoning: "none" }).output.bound).toBe(500);
    expect(readPrompt(CHAT, { ...call, reasoning: "high" }).output.bound).toBe(500);
  });

  test("a limit in another provider's settings bounds nothing", () => {
    const providerOptions = { openai: { maxCompletionTokens: 10 } };
    expect(readPrompt(CHAT, { prompt: HI, providerOptions }).output.bound).toBe(10);
    expect(readPrompt({ ...CHAT, provider: "other.chat" }, { prompt: HI, providerOptions }).output.bound).toBe(16_384);
    expect(readPrompt(RESPONSES, { prompt: HI, providerOptions }).output.bound).toBe(128_000);
  });
});

describe("what the vendor does beside", () => {
  test("its own tools run the model again, and their searches are billed", () => {
    const search = { type: "provider", id: "anthropic.web_search_20250305", name: "web_search", args: { maxUses: 3 } };
    const reading = readPrompt(CLAUDE, { prompt: HI, maxOutputTokens: 100, tools: [search] });
    expect(reading.webSearches).toBe(3);
    expect(reading.unbounded).toEqual(["what the tool web_search_20250305 brings"]);
    expect(reading.output.bound).toBe(1_100);
    const bash = { type: "provider-defined", id: "anthropic.bash_20250124", name: "bash", args: {} };
    expect(readPrompt(CLAUDE, { prompt: HI, maxOutputTokens: 100, tools: [bash] }).output.bound).toBe(100);
  });

  test("what it has kept is in the prompt unseen", () => {
    const reading = readPrompt(RESPONSES, {
      prompt: HI,
      providerOptions: { openai: { previousResponseId: "resp_1", conversation: null } },
    });
    expect(reading.unbounded).toEqual(["an earlier response"]);
  });

  test("caches are written for as long as any part says", () => {
    const cached = (cacheControl: object) => ({ anthropic: { cacheControl } });
    const part = { type: "text", text: "Hi", providerOptions: cached({ type: "ephemeral" }) };
    expect(readPrompt(CLAUDE, { prompt: HI }).dearKinds.cacheWrite).toBeUndefined();
    expect(readPrompt(CLAUDE, { prompt: user(part) }).dearKinds.cacheWrite).toBe("5m");
    const providerOptions = cached({ type: "ephemeral", ttl: "1h" });
    expect(readPrompt(CLAUDE, { prompt: [{ role: "system", content: "Hi", providerOptions }] }).dearKinds.cacheWrite).toBe("1h");
  });

  test("a tier that may cost more is priced; a cheaper one is the reply's to tell", () => {
    const of = (serviceTier: string) => readPrompt(CHAT, { prompt: HI, providerOptions: { openai: { serviceTier } } }).serviceTier;
    expect([of("priority"), of("flex")]).toEqual(["priority", undefined]);
  });

  test("saying nothing to the provider is saying nothing with braces", () => {
    for (const model of [CHAT, RESPONSES, CLAUDE])
      expect(readPrompt(model, { prompt: HI })).toMatchObject({ ...readPrompt(model, { prompt: HI, providerOptions: {} }), input: {} });
  });
});
