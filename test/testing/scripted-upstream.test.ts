import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ScriptedReply, type ScriptedUpstream, startScriptedUpstream } from "../../src/testing/index.ts";
import { until } from "../guarantees/run-program.ts";

let upstream: ScriptedUpstream;
beforeEach(async () => {
  upstream = await startScriptedUpstream();
});
afterEach(() => upstream.close());

const chat = { model: "gpt-4o", messages: [{ role: "user", content: "How many springs?" }] };
const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(upstream.url + path, { method: "POST", body: JSON.stringify(body), headers });
const bill = () => upstream.calls.map(({ tokens }) => tokens);

describe("the bill of the scripted upstream", () => {
  it("is the same for the same request, and within its limit, whatever the format", async () => {
    const prompt = "x".repeat(4000);
    const requests: [string, object][] = [
      ["/v1/chat/completions", { model: "m", messages: [{ role: "user", content: prompt }], max_tokens: 7, n: 3 }],
      ["/v1/completions", { model: "m", prompt, max_tokens: 7 }],
      ["/v1/responses", { model: "m", input: prompt, max_output_tokens: 7 }],
      ["/v1/messages", { model: "m", messages: [{ role: "user", content: prompt }], max_tokens: 7 }],
      [
        "/v1beta/models/m:generateContent",
        { contents: [{ role: "user", parts: [{ text: prompt }] }], generationConfig: { maxOutputTokens: 7 } },
      ],
      ["/v1/embeddings", { model: "m", input: prompt }],
      ["/v1/images/generations", { model: "m", prompt, n: 2 }],
    ];
    for (const [path, body] of requests) for (const _ of [1, 2]) await (await post(path, body)).text();
    const tokens = bill();
    expect(tokens).toHaveLength(14);
    for (let index = 0; index < tokens.length; index += 2) expect(tokens[index]).toEqual(tokens[index + 1]);
    expect(tokens.filter((_, index) => index % 2 === 0)).toEqual([
      { input: 1003, output: 21 },
      { input: 1000, output: 7 },
      { input: 1000, output: 7 },
      { input: 1003, output: 7 },
      { input: 1003, output: 7 },
      { input: 1000 },
      { input: 1000, output: 544 },
    ]);
  });

  it("counts tokens and lists models for nothing", async () => {
    expect(await (await post("/v1/messages/count_tokens", chat)).json()).toEqual({ input_tokens: 8 });
    expect(await (await post("/v1beta/models/m:countTokens", { contents: [{ parts: [{ text: "four" }] }] })).json()).toEqual({
      totalTokens: 1,
    });
    expect(await (await fetch(`${upstream.url}/v1/models`)).json()).toMatchObject({ object: "list" });
    expect(bill()).toEqual([]);
  });

  it("has what a stream made until its client left", async () => {
    upstream.script({ outputTokens: 4000, eventDelayMs: 1 });
    const stop = new AbortController();
    const reply = await fetch(`${upstream.url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ ...chat, stream: true }),
      signal: stop.signal,
    });
    const reader = reply.body?.getReader();
    await reader?.read();
    stop.abort();
    expect(await until(() => upstream.calls.length === 1)).toBe(true);
    expect(upstream.calls[0]?.isComplete).toBe(false);
    expect(upstream.calls[0]?.tokens.output).toBeLessThan(4000);
    expect(upstream.calls[0]?.tokens.input).toBe(8);
  });

  it("has background responses and batches once they are done, once", async () => {
    const made = (await (await post("/v1/responses", { model: "m", input: "four", background: true })).json()) as { id: string };
    expect(bill()).toEqual([]);
    const poll = async (): Promise<{ status: string; usage: unknown }> =>
      (await (await fetch(`${upstream.url}/v1/responses/${made.id}`)).json()) as { status: string; usage: unknown };
    expect(await poll()).toMatchObject({ status: "in_progress", usage: null });
    expect(await poll()).toMatchObject({ status: "completed", usage: { input_tokens: 1 } });
    await poll();
    expect(bill()).toHaveLength(1);
    const requests = ["a", "b"].map((custom_id) => ({ custom_id, params: { ...chat, max_tokens: 5 } }));
    const batch = (await (await post("/v1/messages/batches", { requests })).json()) as { id: string };
    for (const _ of [1, 2, 3]) await fetch(`${upstream.url}/v1/messages/batches/${batch.id}`);
    const results = await (await fetch(`${upstream.url}/v1/messages/batches/${batch.id}/results`)).text();
    expect(results.trim().split("\n")).toHaveLength(2);
    expect(upstream.calls.slice(1).map(({ serviceTier, tokens }) => [serviceTier, tokens.output])).toEqual([
      ["batch", 5],
      ["batch", 5],
    ]);
  });
});

describe("what the scripted upstream is told to do", () => {
  const stream = async (reply: ScriptedReply, body: object = {}): Promise<string> => {
    upstream.script(reply);
    return (await post("/v1/chat/completions", { ...chat, stream: true, ...body })).text();
  };
  const usageEvents = (text: string): number => text.split('"usage":{').length - 1;

  it("usage: as asked, always, never, null, zero, twice, late", async () => {
    const asked = { stream_options: { include_usage: true } };
    expect(usageEvents(await stream({}))).toBe(0);
    expect(usageEvents(await stream({ usage: "always" }))).toBe(1);
    expect(usageEvents(await stream({}, asked))).toBe(1);
    expect(usageEvents(await stream({ usage: "none" }, asked))).toBe(0);
    expect(usageEvents(await stream({ usage: "null" }, asked))).toBe(0);
    expect(usageEvents(await stream({ usage: "twice" }, asked))).toBe(2);
    expect(await stream({ usage: "zero" }, asked)).toContain('"prompt_tokens":0');
    expect(await stream({ usage: "late" }, asked)).toMatch(/\[DONE\]\n\ndata: .*"usage":\{/);
  });

  it("errors with and without retry-after, also of a call that is billed", async () => {
    upstream.script({ status: 429, headers: { "retry-after": "3" } }, { status: 529 }, { status: 500, billsError: true });
    const limited = await post("/v1/chat/completions", chat);
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "3"]);
    expect(await (await post("/v1/messages", chat)).json()).toMatchObject({ type: "error", error: { type: "overloaded_error" } });
    expect(bill()).toEqual([]);
    expect((await post("/v1/chat/completions", chat)).status).toBe(500);
    expect(bill()).toHaveLength(1);
  });

  it("resets at a byte, ends without its end, stalls, tells an error in the middle", async () => {
    await expect(stream({ resetAtByte: 100 })).rejects.toThrow();
    await expect(stream({ resetAtByte: 0 })).rejects.toThrow();
    expect(await stream({ ends: false })).not.toContain("[DONE]");
    expect(await stream({ errorAfterEvents: 2 })).toContain('"error":{');
    upstream.script({ stallAfterEvents: 3 });
    const stop = new AbortController();
    const reply = await fetch(`${upstream.url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ ...chat, stream: true }),
      signal: stop.signal,
    });
    const reader = reply.body?.getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
    expect(upstream.inFlight).toBe(1);
    stop.abort();
    expect(await until(() => upstream.inFlight === 0)).toBe(true);
    expect(upstream.calls.at(-1)?.isComplete).toBe(false);
  });

  it("says three times what it may, where it is told to lie", async () => {
    upstream.script({ timesLimit: 3 });
    await (await post("/v1/chat/completions", { ...chat, max_tokens: 10 })).text();
    expect(bill()).toEqual([{ input: 8, output: 30 }]);
  });

  it("any other body, in any parts, packed, under any type", async () => {
    upstream.script({ body: "<html>", contentType: "text/html" }, { body: "abcdefg", chunkBytes: [1, 3], isGzip: false }, { isGzip: true });
    const page = await post("/v1/chat/completions", chat);
    expect([page.headers.get("content-type"), await page.text()]).toEqual(["text/html", "<html>"]);
    expect(await (await post("/v1/chat/completions", chat)).text()).toBe("abcdefg");
    expect(await (await post("/v1/chat/completions", chat)).json()).toMatchObject({ object: "chat.completion" });
  });

  it("keys: any, or exactly its own", async () => {
    const guarded = await startScriptedUpstream({ apiKey: "own" });
    const ask = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${guarded.url}/v1/messages`, { method: "POST", body: JSON.stringify(chat), headers })).status;
    expect([
      await ask({}),
      await ask({ "x-api-key": "tl_x" }),
      await ask({ "x-api-key": "own" }),
      await ask({ authorization: "Bearer own" }),
    ]).toEqual([401, 401, 200, 200]);
    expect(guarded.calls).toHaveLength(2);
    await guarded.close();
  });

  it("rules that make a reply for each request, until they are changed", async () => {
    upstream.always(({ model }) => (model === "gpt-4o" ? { text: "Four." } : { status: 404 }));
    expect((await post("/v1/chat/completions", chat)).status).toBe(200);
    expect((await post("/v1/chat/completions", { ...chat, model: "other" })).status).toBe(404);
    upstream.forget();
    expect([upstream.requests.length, upstream.calls.length]).toEqual([0, 0]);
  });
});
