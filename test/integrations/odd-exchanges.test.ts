/** Exchanges that no scripted provider has: each by a fetch that is made up. */
import { expect, it, test } from "vitest";
import { BudgetPool } from "../../src/budget/index.ts";
import { BudgetExceeded, ProviderError } from "../../src/errors.ts";
import type { BudgetOptions } from "../../src/integrations/budget-options.ts";
import type { CallLedger } from "../../src/integrations/call-ledger.ts";
import { withBudget } from "../../src/integrations/fetch.ts";
import { openLedger } from "../../src/ledger/index.ts";
import { providerAt } from "../../src/providers/index.ts";

const HOST = "http://127.0.0.1:9";
const CHAT = { model: "gpt-4o", messages: [{ role: "user", content: "How many springs?" }], max_tokens: 50 };
const ANSWER = {
  id: "c",
  model: "gpt-4o",
  choices: [{ message: { content: "Four." } }],
  usage: { prompt_tokens: 10, completion_tokens: 2 },
};

function answering(make: () => Response, options: Partial<BudgetOptions> = {}): { pool: BudgetPool; budgeted: typeof fetch } {
  const pool = new BudgetPool({ maxCostUsd: 100 });
  return { pool, budgeted: withBudget(async () => make(), { pool, ...options }) };
}

function events(...values: readonly object[]): Response {
  const text = values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join("");
  return new Response(`${text}data: [DONE]\n\n`, { headers: { "content-type": "text/event-stream" } });
}

const posted = (body: unknown): RequestInit => ({ method: "POST", body: JSON.stringify(body) });

it.each(["/v1/chat/completions/", "//v1//chat/completions", "/v1/chat/completions?x=1"])("%s is metered, too", async (path) => {
  const { pool, budgeted } = answering(() => Response.json(ANSWER));
  await budgeted(`${HOST}${path}`, posted(CHAT));
  expect(pool.totals()).toMatchObject({ calls: 1, inputTokens: 10, outputTokens: 2 });
});

test.each(["/v1/responses/", "/v1/messages/", "/v1/embeddings/"])("a slash at the end of %s leads past no budget", async (path) => {
  const pool = new BudgetPool({ maxCostUsd: "0.000000001" });
  const budgeted = withBudget(async () => Response.json(ANSWER), { pool });
  const body = posted({ ...CHAT, model: path.includes("embed") ? "text-embedding-3-small" : CHAT.model, input: "springs" });
  await expect(budgeted(`${HOST}${path}`, body)).rejects.toBeInstanceOf(BudgetExceeded);
});

test("an address without a host, for a fetch that knows where to go, is metered", async () => {
  const { pool, budgeted } = answering(() => Response.json(ANSWER));
  await budgeted("/v1/chat/completions", posted(CHAT));
  expect(pool.totals()).toMatchObject({ calls: 1, inputTokens: 10 });
});

test("a stream that is answered with no content leaves nothing held", async () => {
  const { pool, budgeted } = answering(() => new Response(null, { status: 204 }));
  const reply = await budgeted(`${HOST}/v1/chat/completions`, posted({ ...CHAT, stream: true }));
  expect([reply.status, await reply.text()]).toEqual([204, ""]);
  expect(pool.totals().reserved.calls).toBe(0);
});

test("what another budget behind this one refuses, costs this one nothing", async () => {
  const near = new BudgetPool({ maxCostUsd: "0.000000001" });
  const far = new BudgetPool({ maxCostUsd: 1 });
  const budgeted = withBudget(withBudget(fetch, { pool: near }), { pool: far });
  await expect(budgeted(`${HOST}/v1/chat/completions`, posted(CHAT))).rejects.toBeInstanceOf(BudgetExceeded);
  expect(far.totals()).toMatchObject({ calls: 0, reserved: { calls: 0 } });
});

test.each([
  ["whole", false],
  ["streamed", true],
] as const)(
  "an answer, %s, of a model that thinks unseen and tells no usage is charged with all that it may have thought",
  async (_, stream) => {
    const choice = { index: 0, message: { content: "Four." }, delta: { content: "Four." }, finish_reason: "stop" };
    const answer = { id: "c", model: "o4-mini", choices: [choice] };
    const { pool, budgeted } = answering(() => (stream ? events(answer) : Response.json(answer)));
    const body = { model: "o4-mini", messages: CHAT.messages, max_completion_tokens: 5000, stream };
    await (await budgeted(`${HOST}/v1/chat/completions`, posted(body))).text();
    expect(pool.totals().outputTokens).toBe(5000);
  },
);

const SOUND = { audio: { id: "a", data: "A".repeat(64_000), transcript: "word" } };
const PICTURE = { inlineData: { mimeType: "image/png", data: "A".repeat(1_500_000) } };
const BROUGHT = { type: "mcp_tool_result", tool_use_id: "t", content: [{ type: "text", text: "A".repeat(80_000) }] };

test.each([
  [
    "sound",
    "/v1/chat/completions",
    { ...CHAT, model: "gpt-4o-audio-preview", modalities: ["text", "audio"], audio: { voice: "alloy", format: "pcm16" }, stream: true },
    [
      { id: "c", model: "gpt-4o-audio-preview", choices: [{ index: 0, delta: SOUND }] },
      { id: "c", choices: [], usage: { prompt_tokens: 10, completion_tokens: 40, completion_tokens_details: { audio_tokens: 30 } } },
    ],
    40,
  ],
  [
    "pictures",
    "/v1beta/models/gemini-2.5-flash-image:streamGenerateContent?alt=sse",
    { contents: [{ parts: [{ text: "Paint." }] }], generationConfig: { maxOutputTokens: 2000 } },
    [
      { candidates: [{ content: { parts: [PICTURE] } }] },
      {
        candidates: [{ content: { parts: [{ text: "There." }] }, finishReason: "STOP" }],
        usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 1295, totalTokenCount: 1300 },
      },
    ],
    1295,
  ],
  [
    "what the vendor's tools bring",
    "/v1/messages",
    {
      ...CHAT,
      model: "claude-sonnet-4-6",
      max_tokens: 100,
      stream: true,
      mcp_servers: [{ type: "url", url: "https://x.test", name: "x" }],
    },
    [
      { type: "message_start", message: { id: "m", model: "claude-sonnet-4-6", usage: { input_tokens: 10, output_tokens: 1 } } },
      { type: "content_block_start", index: 0, content_block: BROUGHT },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 50 } },
      { type: "message_stop" },
    ],
    50,
  ],
])("%s in an honest stream is not taken for an answer that is too long", async (_, path, body, told, outputTokens) => {
  const { pool, budgeted } = answering(() => events(...told), { unpriced: "allow" });
  await (await budgeted(`${HOST}${path}`, posted(body))).text();
  expect(pool.totals().outputTokens).toBe(outputTokens);
});

test("guarantee G1c: sound without end is cut off, too", async () => {
  const event = `data: ${JSON.stringify({ id: "c", model: "gpt-4o-audio-preview", choices: [{ index: 0, delta: SOUND }] })}\n\n`;
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(Buffer.from(event)) });
  const { pool, budgeted } = answering(() => new Response(endless, { headers: { "content-type": "text/event-stream" } }));
  const reply = await budgeted(
    `${HOST}/v1/chat/completions`,
    posted({ ...CHAT, model: "gpt-4o-audio-preview", max_tokens: 30, stream: true }),
  );
  const error = await reply.text().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ProviderError);
  expect(pool.totals()).toMatchObject({ calls: 1, reserved: { calls: 0 } });
});

test("a program that leaves is free at once while its own body is still coming, or the book is slow, and nothing stays held", async () => {
  const { pool, budgeted } = answering(() => Response.json(ANSWER));
  const stalled = { method: "POST", body: new ReadableStream(), duplex: "half", signal: AbortSignal.timeout(20) } as RequestInit;
  await expect(budgeted(`${HOST}/v1/chat/completions`, stalled)).rejects.toThrow(/timeout/);
  const ledger = await openLedger("sqlite::memory:");
  let goOn: () => void = () => undefined;
  const late = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const slow: CallLedger = {
    reserve: async (call) => {
      await late;
      return ledger.reserve(call);
    },
    tracked: (id) => ledger.tracked(id),
    budgets: ledger.budgets,
    prices: ledger.prices,
  };
  const waiting = withBudget(async () => Response.json(ANSWER), { pool, ledger: slow });
  await expect(waiting(`${HOST}/v1/chat/completions`, { ...posted(CHAT), signal: AbortSignal.timeout(20) })).rejects.toThrow(/timeout/);
  goOn();
  await expect.poll(() => pool.totals()).toMatchObject({ calls: 0, reserved: { calls: 0 } });
  await ledger.close();
});

test("a signal that serves for many calls at once is no reason for a warning", async () => {
  const warnings: Error[] = [];
  const listen = (warning: Error): number => warnings.push(warning);
  process.on("warning", listen);
  const { pool, budgeted } = answering(() => Response.json(ANSWER));
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 100 }, () => budgeted(`${HOST}/v1/chat/completions`, { ...posted(CHAT), signal })));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", listen);
  expect(pool.totals().calls).toBe(100);
  expect(warnings).toEqual([]);
});

test("a poll that breaks off settles nothing: the next one does", async () => {
  const replies = [
    Response.json({ id: "resp_1", model: "gpt-5", status: "queued", background: true }),
    new Response(
      new ReadableStream({
        pull: (controller) => controller.error(new TypeError("terminated")),
      }),
      { headers: { "content-type": "application/json" } },
    ),
    Response.json({ id: "resp_1", model: "gpt-5", status: "completed", output: [], usage: { input_tokens: 9, output_tokens: 7 } }),
  ];
  const { pool, budgeted } = answering(() => replies.shift() as Response);
  await budgeted(`${HOST}/v1/responses`, posted({ model: "gpt-5", input: "springs", background: true, max_output_tokens: 100 }));
  await expect(budgeted(`${HOST}/v1/responses/resp_1`)).rejects.toThrow("terminated");
  expect(pool.totals()).toMatchObject({ calls: 0, reserved: { calls: 1 } });
  await budgeted(`${HOST}/v1/responses/resp_1`);
  expect(pool.totals()).toMatchObject({ calls: 1, outputTokens: 7, reserved: { calls: 0 } });
});

test("what is posted to Vertex, at any of its addresses, is refused where no budget can hold for it", async () => {
  for (const host of ["aiplatform.googleapis.com", "us-east5-aiplatform.googleapis.com", "aiplatform.eu.rep.googleapis.com"]) {
    expect(providerAt(host)).toBe("vertex");
    const { budgeted } = answering(() => Response.json(ANSWER));
    const address = `https://${host}/v1/projects/p/locations/global/publishers/anthropic/models/claude-sonnet-4-6:rawPredict`;
    await expect(budgeted(address, posted(CHAT))).rejects.toThrow(/no budget can hold for it/);
  }
});
