import { describe, expect, test } from "vitest";
import { dearestTokens, hidesReasoning, type Operation, type ReadRequestOptions } from "../../src/providers/index.ts";
import { chat, contents, gemini, message, read, refusal } from "./sample-requests.ts";

describe("what a request may cost", () => {
  test("guarantee G1c: the input bound is the body's bytes and what is put around it", () => {
    const text = "é".repeat(10_000);
    const { input } = read("chat", { ...chat, messages: [{ role: "user", content: text }] });
    expect(input.bound).toBeGreaterThanOrEqual(20_000);
    expect(input.bound).toBeLessThan(22_000);
    expect(input.likely).toBeLessThan(input.bound / 3);
  });

  test("guarantee G1c: without a limit of the caller's, the model's own counts", () => {
    expect(read("chat", chat).output.bound).toBe(16_384);
    expect(read("chat", { ...chat, model: "somebody/unknown", n: 2 }).output.bound).toBe(2 * 131_072);
    expect(read("generate", { contents }, gemini).output.bound).toBe(65_536);
    expect(read("embeddings", { model: "text-embedding-3-small", input: ["a", "b"] }).output.bound).toBe(0);
    const prediction = { type: "content", content: "x".repeat(1000) };
    expect(read("chat", { ...chat, max_tokens: 10, prediction }).output.bound).toBeGreaterThanOrEqual(1010);
  });

  test("guarantee G1c: pictures count as pictures, not by the bytes of their data; only where the model sees a picture", () => {
    const data = "A".repeat(400_000);
    const plain = read("chat", chat).input.bound;
    const seen = read("chat", {
      ...chat,
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: `data:image/png;base64,${data}` } }] }],
    });
    expect(seen.input.bound - plain).toBeLessThan(3_000);
    expect(seen.input.bound - plain).toBeGreaterThan(1_445);
    const mini = read("chat", {
      ...chat,
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "https://example.com/a.png" } }] }],
    });
    expect(mini.input.bound).toBeGreaterThan(48_169);
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data } };
    const claude = read("messages", {
      ...message,
      messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: [image] }] }],
    });
    expect(claude.input.bound).toBeLessThan(10_000);
    const hidden = [
      image,
      { type: "text", source: image.source, text: "" },
      { type: "tool_use", id: "t", name: "n", input: { content: [image] } },
    ];
    for (const [part, isSeen] of [
      [hidden[0], true],
      [hidden[1], false],
      [hidden[2], false],
    ] as const) {
      const { input } = read("messages", { ...message, messages: [{ role: "user", content: [part] }] });
      expect(input.bound > 400_000).toBe(!isSeen);
    }
    const inline = { inlineData: { mimeType: "image/jpeg", data } };
    expect(read("generate", { contents: [{ parts: [inline] }] }, gemini).input.bound).toBeLessThan(20_000);
  });

  test("what has no bound is named, and the model's window takes its place", () => {
    const cases: [string, Operation, object, ReadRequestOptions?][] = [
      ["an earlier response", "responses", { model: "gpt-4o", previous_response_id: "resp_1" }],
      ["a stored conversation", "responses", { model: "gpt-4o", input: "Hi", conversation: "conv_1" }],
      ["a stored prompt", "responses", { model: "gpt-4o", prompt: { id: "p" } }],
      ["an item by its id", "responses", { model: "gpt-4o", input: [{ type: "item_reference", id: "x" }] }],
      ["a document", "responses", { model: "gpt-4o", input: [{ role: "user", content: [{ type: "input_file", file_id: "f" }] }] }],
      [
        "a document",
        "chat",
        { ...chat, messages: [{ role: "user", content: [{ type: "file", file: { file_data: "data:application/pdf;base64,AA" } }] }] },
      ],
      [
        "a document",
        "messages",
        {
          ...message,
          messages: [
            { role: "user", content: [{ type: "document", source: { type: "base64", media_type: "application/pdf", data: "AA" } }] },
          ],
        },
      ],
      [
        "a document by its address",
        "messages",
        {
          ...message,
          messages: [{ role: "user", content: [{ type: "document", source: { type: "url", url: "https://example.com/a.pdf" } }] }],
        },
      ],
      [
        "a file by its id",
        "messages",
        { ...message, messages: [{ role: "user", content: [{ type: "document", source: { type: "file", file_id: "f" } }] }] },
      ],
      [
        "what the tool web_search_20250305 brings",
        "messages",
        { ...message, tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 3 }] },
      ],
      ["what MCP servers bring", "messages", { ...message, mcp_servers: [{ type: "url", url: "https://example.com" }] }],
      ["what the tool code_interpreter brings", "responses", { model: "gpt-4o", input: "Hi", tools: [{ type: "code_interpreter" }] }],
      ["cached content", "generate", { contents, cachedContent: "cachedContents/1" }, gemini],
      ["a film", "generate", { contents: [{ parts: [{ inlineData: { mimeType: "video/mp4", data: "AA" } }] }] }, gemini],
      ["a file by its address", "generate", { contents: [{ parts: [{ file_data: { file_uri: "gs://a" } }] }] }, gemini],
      ["what the tool googleSearch brings", "generate", { contents, tools: [{ googleSearch: {} }] }, gemini],
      ["what a search brings", "chat", { ...chat, web_search_options: {} }],
    ];
    for (const [what, operation, body, options] of cases) {
      const reading = read(operation, body, options);
      expect(reading.unbounded, what).toEqual([what]);
      expect(reading.input.bound, what).toBeGreaterThanOrEqual(128_000);
    }
    expect(
      read("messages", {
        ...message,
        tools: [
          { name: "mine", input_schema: {} },
          { type: "bash_20250124", name: "bash" },
        ],
      }).unbounded,
    ).toEqual([]);
  });

  test("guarantee G1c: searches are counted by the caller's limit of them, each with a run of the model", () => {
    const searched = read("messages", { ...message, tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 3 }] });
    expect(searched).toMatchObject({ webSearches: 3, output: { bound: 400 } });
    expect(read("messages", { ...message, tools: [{ type: "web_search_20250305", name: "web_search" }] }).webSearches).toBe(30);
    expect(read("responses", { model: "gpt-4o", input: "Hi", tools: [{ type: "web_search" }], max_tool_calls: 2 }).webSearches).toBe(2);
    expect(read("chat", { ...chat, model: "gpt-4o-search-preview" }).webSearches).toBe(1);
    expect(read("chat", chat).webSearches).toBe(0);
  });

  test("bad input C81: models beside the first one are told, and checked like it", () => {
    expect(read("chat", { ...chat, models: ["openai/gpt-4o", "anthropic/claude-opus-4.5"] }).otherModels).toEqual([
      "openai/gpt-4o",
      "anthropic/claude-opus-4.5",
    ]);
    expect(
      read("messages", { ...message, tools: [{ type: "advisor_20260301", name: "advisor", model: "claude-opus-4-8" }] }).otherModels,
    ).toEqual(["claude-opus-4-8"]);
    expect(refusal("chat", { ...chat, models: ["../x"] })).toMatch(/^models: /);
  });

  test("bad input C93: a cache that may be written is priced as written, for an hour where the body speaks of one", () => {
    const part = (cache_control: object): object => ({ ...message, system: [{ type: "text", text: "a", cache_control }] });
    const kinds = (body: unknown): unknown[] =>
      dearestTokens(read("messages", body)).map(({ input: _, output: __, ...rest }) => Object.keys(rest));
    expect(kinds(message)).toEqual([[]]);
    expect(kinds(part({ type: "ephemeral" }))).toEqual([[], ["cacheWrite5m"]]);
    expect(kinds(part({ type: "ephemeral", ttl: "1h" }))).toEqual([[], ["cacheWrite1h"]]);
    const escaped = JSON.stringify(part({ type: "ephemeral", ttl: "1h" })).replace("cache_control", "cache\\u005fcontrol");
    expect(kinds(escaped)).toEqual([[], ["cacheWrite1h"]]);
  });

  test("guarantee G1c: each mix of the dearest tokens fits its totals, and sound counts where there may be some", () => {
    const audio = {
      ...chat,
      model: "gpt-audio",
      max_tokens: 50,
      audio: { voice: "a", format: "wav" },
      messages: [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "A".repeat(4000), format: "wav" } }] }],
    };
    const reading = read("chat", audio);
    const mixes = dearestTokens(reading);
    expect(mixes.some((mix) => mix.audioInput === reading.input.bound && mix.audioOutput === 50)).toBe(true);
    for (const { input = 0, cacheWrite5m = 0, cacheWrite1h = 0, audioInput = 0, output = 0, reasoning = 0, audioOutput = 0 } of mixes) {
      expect(input).toBe(reading.input.bound);
      expect(cacheWrite5m + cacheWrite1h + audioInput).toBeLessThanOrEqual(input);
      expect(reasoning + audioOutput).toBeLessThanOrEqual(output);
    }
    expect(dearestTokens(reading, 7).every((mix) => mix.output === 7)).toBe(true);
  });

  test("reasoning that nobody sees is told, so that what is seen is not taken for all", () => {
    const hides = (operation: Operation, body: unknown, options?: ReadRequestOptions): boolean =>
      hidesReasoning(read(operation, body, options));
    for (const model of ["o3-mini", "gpt-5", "openai/gpt-5.2", "grok-4", "somebody/unknown"])
      expect(hides("chat", { ...chat, model }), model).toBe(true);
    for (const model of ["gpt-4o", "openai/gpt-4.1-mini", "mistral-large-latest", "deepseek-reasoner"])
      expect(hides("chat", { ...chat, model }), model).toBe(false);
    expect(hides("messages", message)).toBe(false);
    expect(hides("messages", { ...message, thinking: { type: "enabled", budget_tokens: 50 } })).toBe(true);
    expect(hides("messages", { ...message, model: "claude-sonnet-5" })).toBe(true);
    expect(hides("messages", { ...message, model: "claude-sonnet-5", thinking: { type: "disabled" } })).toBe(false);
    expect(hides("generate", { contents }, gemini)).toBe(true);
    expect(hides("generate", { contents, generationConfig: { thinkingConfig: { thinkingBudget: 0 } } }, gemini)).toBe(false);
    expect(hides("generate", { contents }, { modelInPath: "gemini-2.0-flash" })).toBe(false);
  });

  test("bad input C92: a dearer service is told, and no caller makes a call cheap by saying so", () => {
    for (const service_tier of ["batch", "flex", " Batch", "flex_discount"])
      expect(read("chat", { ...chat, service_tier })).not.toHaveProperty("serviceTier");
    expect(read("chat", { ...chat, service_tier: "priority" }).serviceTier).toBe("priority");
    expect(read("messages", { ...message, speed: "fast", inference_geo: "us" })).toMatchObject({ speed: "fast", inferenceGeo: "us" });
    expect(refusal("chat", { ...chat, service_tier: 1 })).toMatch(/^service_tier: /);
  });

  test("bad input C84: what callers multiply stays a number that can be counted", () => {
    const { output } = read("chat", { ...chat, n: Number.MAX_SAFE_INTEGER, max_tokens: Number.MAX_SAFE_INTEGER });
    expect(output.bound).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("bad input C91: ten thousand tools of odd names make no long list", () => {
    const tools = Array.from({ length: 10_000 }, (_, i) => ({ type: `tool-${i}\u001b[31m`, name: "x" }));
    expect(read("messages", { ...message, tools }).unbounded).toEqual(["what tools bring"]);
    const named = Array.from({ length: 100 }, (_, i) => ({ type: `tool-${i}` }));
    expect(read("responses", { model: "m", input: "Hi", tools: named }).unbounded).toHaveLength(11);
    expect(refusal("chat", { ...chat, models: Array(33).fill("m") })).toBe("models has 33 entries; at most 32 are accepted.");
  });

  test("counting tokens costs nothing", () => {
    const free = { input: { bound: 0, likely: 0 }, output: { bound: 0, likely: 0 } };
    expect(read("count_tokens", { model: "claude-sonnet-4-5", messages: message.messages })).toMatchObject(free);
    expect(read("gemini_count_tokens", { contents }, gemini)).toMatchObject(free);
  });
});
