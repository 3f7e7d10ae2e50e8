import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InvalidInput } from "../../src/errors.ts";
import { priceBook } from "../../src/pricing/index.ts";
import {
  type CallPrices,
  estimatedCost,
  FORMAT_OF,
  type Operation,
  type PromptCall,
  type PromptModel,
  type RequestReading,
  readPrompt,
  readRequest,
} from "../../src/providers/index.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "../../src/testing/index.ts";
import { AI_SDK } from "./versions.ts";

const RUNS = 250;
const LONG_TEXT = "There are four springs in the valley, and nobody knows the fifth. ".repeat(400);

const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("", '"'.repeat(50), "\\".repeat(50), "\u0000\u001f\n\t", "\ud800", "🏔️ Quelle", LONG_TEXT),
);
const name = fc.constantFrom("count", "find_springs", "a");
const id = fc.constantFrom("call_1", "toolu_01A2b3C4", "x");
const cached = (provider: string) => ({ [provider]: { cacheControl: { type: "ephemeral", ttl: "1h" } } });

/** A whole PNG and PDF are not needed: packages look at the first bytes. */
const PNG = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(3_000, 7)]);
const PDF = Buffer.concat([Buffer.from("%PDF-1.7\n"), Buffer.alloc(2_000, 7)]);
const WAV = Buffer.concat([Buffer.from("52494646", "hex"), Buffer.alloc(2_000, 7)]);

const userPart = fc.oneof(
  { weight: 4, arbitrary: text.map((value) => ({ type: "text", text: value })) },
  { weight: 1, arbitrary: text.map((value) => ({ type: "text", text: value, providerOptions: cached("anthropic") })) },
  fc.constant({ type: "image", image: new Uint8Array(PNG), mediaType: "image/png" }),
  fc.constant({ type: "file", data: new Uint8Array(PDF), mediaType: "application/pdf", filename: "springs.pdf" }),
  fc.constant({ type: "file", data: new Uint8Array(WAV), mediaType: "audio/wav" }),
  text.map((value) => ({ type: "file", data: Buffer.from(value).toString("base64"), mediaType: "text/plain", filename: "a.txt" })),
);
const json = fc.jsonValue({ maxDepth: 3, stringUnit: "binary" });
/** Written anew in each version. */
const PICTURE = { type: "picture" };
const PICTURE_OF: Readonly<Record<number, object>> = {
  5: { type: "media", data: PNG.toString("base64"), mediaType: "image/png" },
  6: { type: "image-data", data: PNG.toString("base64"), mediaType: "image/png" },
  7: { type: "file", data: { type: "data", data: PNG.toString("base64") }, mediaType: "image/png" },
};
const output = fc.oneof(
  text.map((value) => ({ type: "text", value })),
  json.map((value) => ({ type: "json", value })),
  text.map((value) => ({ type: "error-text", value })),
  json.map((value) => ({ type: "error-json", value })),
  text.map((value) => ({ type: "content", value: [{ type: "text", text: value }, PICTURE] })),
);
/** What a model has said, called and been answered. */
const turn = fc
  .record({
    said: text,
    thought: text,
    calls: fc.array(fc.record({ id, name, input: fc.dictionary(fc.string(), json, { maxKeys: 4 }), output }), { maxLength: 3 }),
  })
  .map(({ said, thought, calls }) => {
    const named = calls.map((call, index) => ({ ...call, id: `${call.id}${index}` }));
    const reasoning = { type: "reasoning", text: thought, providerOptions: { anthropic: { signature: `${thought}=` } } };
    const called = named.map((call) => ({ type: "tool-call", toolCallId: call.id, toolName: call.name, input: call.input }));
    const answered = named.map((call) => ({ type: "tool-result", toolCallId: call.id, toolName: call.name, output: call.output }));
    return [
      { role: "assistant", content: [reasoning, { type: "text", text: said }, ...called] },
      ...(answered.length > 0 ? [{ role: "tool", content: answered }] : []),
    ];
  });
const messages = fc
  .array(fc.tuple(fc.array(userPart, { minLength: 1, maxLength: 4 }), fc.option(turn)), { minLength: 1, maxLength: 3 })
  .map((turns) => turns.flatMap(([content, answered]) => [{ role: "user", content }, ...(answered ?? [])]));
const tools = fc.dictionary(
  name,
  fc.record({
    description: text,
    schema: fc.dictionary(fc.string({ maxLength: 10 }), fc.record({ type: fc.constant("string"), description: text }), { maxKeys: 3 }),
  }),
  { maxKeys: 3 },
);
const settings = fc.record(
  {
    maxOutputTokens: fc.integer({ min: 1, max: 20_000 }),
    stopSequences: fc.array(fc.string({ minLength: 1, maxLength: 10 }), { maxLength: 3 }),
    seed: fc.integer({ min: 0, max: 1_000 }),
    temperature: fc.constant(0.5),
    toolChoice: fc.constantFrom("auto", "required"),
    reasoning: fc.constantFrom("none", "low", "high"),
  },
  { requiredKeys: [] },
);
const openaiOptions = fc.record(
  {
    instructions: text,
    serviceTier: fc.constantFrom("priority", "flex", "auto"),
    reasoningEffort: fc.constantFrom("low", "high"),
    maxCompletionTokens: fc.integer({ min: 1, max: 30_000 }),
    previousResponseId: fc.constant("resp_1"),
    user: text,
    metadata: fc.dictionary(fc.constantFrom("a", "b"), text),
    prediction: text.map((content) => ({ type: "content", content })),
    maxToolCalls: fc.integer({ min: 1, max: 20 }),
  },
  { requiredKeys: [] },
);
const anthropicOptions = fc.record(
  {
    thinking: fc.constantFrom(
      { type: "enabled", budgetTokens: 4_000 },
      { type: "enabled", budgetTokens: 60_000 },
      { type: "adaptive" },
      { type: "disabled" },
    ),
    cacheControl: fc.constantFrom({ type: "ephemeral" }, { type: "ephemeral", ttl: "1h" }),
    effort: fc.constantFrom("low", "high"),
    speed: fc.constantFrom("fast", "standard"),
    metadata: text.map((userId) => ({ userId })),
    contextManagement: fc.constant({ edits: [{ type: "clear_tool_uses_20250919" }] }),
  },
  { requiredKeys: [] },
);
const providerOptions = fc.record({ openai: openaiOptions, anthropic: anthropicOptions }, { requiredKeys: [] });
const vendorTool = fc.constantFrom("none", "none", "search", "search twice", "code");

/** The same prices for both readings. */
const PRICES: CallPrices = {
  cost: ({ provider, model, atMs, serviceTier, speed }, tokens) =>
    priceBook().recordCostNanoUsd({
      provider,
      model,
      timestampMs: atMs,
      tokens,
      ...(serviceTier === undefined ? {} : { serviceTier }),
      ...(speed === undefined ? {} : { speed }),
    }),
  isKnown: () => true,
  estimatesUnknown: false,
};

/** Undefined: it contradicts itself, and no provider takes it. */
function readable(operation: Operation, body: Uint8Array): RequestReading | undefined {
  try {
    return readRequest(operation, body);
  } catch (error) {
    if (error instanceof InvalidInput) return undefined;
    throw error;
  }
}

function heldFor(reading: RequestReading): number {
  const { serviceTier, speed, model, format } = reading;
  const query = {
    provider: format,
    model,
    atMs: Date.UTC(2026, 5, 1),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(speed === undefined ? {} : { speed }),
  };
  return estimatedCost(reading, "bound", reading.output.bound, PRICES, query) ?? Number.NaN;
}

const MODELS = [
  "gpt-4o",
  "gpt-5",
  "gpt-5-mini",
  "claude-sonnet-4-6",
  "claude-haiku-4-5",
  "claude-opus-4-1",
  "claude-3-5-haiku-latest",
  "claude-future-9",
];

describe.each(AI_SDK)("$name: no request that a package makes of a prompt may cost more than is held for it", async ({ load, major }) => {
  const { ai, openai, anthropic } = await load();
  let upstream: ScriptedUpstream;
  beforeAll(async () => {
    Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });
    upstream = await startScriptedUpstream();
  });
  afterAll(() => upstream.close());

  function modelOf(modelId: string, isResponses: boolean) {
    const api = { apiKey: "sk-test", baseURL: `${upstream.url}/v1` };
    if (modelId.startsWith("claude")) return anthropic.createAnthropic(api)(modelId);
    return isResponses ? openai.createOpenAI(api).responses(modelId) : openai.createOpenAI(api).chat(modelId);
  }

  function vendorTools(kind: string, modelId: string, isResponses: boolean): object {
    const { tools: claudes } = anthropic.createAnthropic({ apiKey: "sk-test" });
    const { tools: openais } = openai.createOpenAI({ apiKey: "sk-test" });
    if (modelId.startsWith("claude")) {
      if (kind === "search") return { web_search: claudes.webSearch_20250305({ maxUses: 2 }) };
      if (kind === "search twice") return { web_search: claudes.webSearch_20250305({}), bash: claudes.bash_20250124({}) };
      return kind === "code" ? { code_execution: claudes.codeExecution_20250522({}) } : {};
    }
    if (!isResponses) return {};
    if (kind === "code") return { code_interpreter: openais.codeInterpreter({}) };
    return kind === "none" ? {} : { web_search: openais.webSearch({}) };
  }

  it("in tokens of input and output, in searches and in money", async () => {
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          system: text,
          messages,
          tools,
          settings,
          providerOptions,
          vendorTool,
          modelId: fc.constantFrom(...MODELS),
          isResponses: fc.boolean(),
          makesObject: fc.nat(5),
        }),
        async (drawn) => {
          const readings: RequestReading[] = [];
          const middleware = {
            specificationVersion: "v4" as const,
            wrapGenerate: ({
              doGenerate,
              params,
              model,
            }: {
              doGenerate: () => PromiseLike<unknown>;
              params: PromptCall;
              model: PromptModel;
            }) => {
              readings.push(readPrompt(model, params));
              return doGenerate();
            },
          };
          const model = ai.wrapLanguageModel({ model: modelOf(drawn.modelId, drawn.isResponses), middleware: middleware as never });
          // What packages refuse is never sent.
          const isChat = !(drawn.isResponses || drawn.modelId.startsWith("claude"));
          const isTaken = (part: object): boolean => {
            const kind = "mediaType" in part ? part.mediaType : "";
            return kind === "audio/wav" ? isChat : kind !== "text/plain" || drawn.modelId.startsWith("claude");
          };
          const inVersion = (part: object): object => {
            if (!("output" in part) || (part.output as { type: string }).type !== "content") return part;
            const { type, value } = part.output as { type: string; value: object[] };
            return { ...part, output: { type, value: value.map((item) => (item === PICTURE ? (PICTURE_OF[major] as object) : item)) } };
          };
          const called = {
            model,
            messages: drawn.messages.map((message) => ({ ...message, content: message.content.filter(isTaken).map(inVersion) })),
            [major < 7 ? "system" : "instructions"]: drawn.system,
            providerOptions: drawn.providerOptions,
            maxRetries: 0,
            ...drawn.settings,
          };
          const described = Object.entries(drawn.tools).map(([toolName, { description, schema }]) => [
            toolName,
            ai.tool({ description, inputSchema: ai.jsonSchema({ type: "object", properties: schema as never }) }),
          ]);
          const given = { ...Object.fromEntries(described), ...vendorTools(drawn.vendorTool, drawn.modelId, drawn.isResponses) };
          upstream.forget();
          const schema = ai.jsonSchema({ type: "object", properties: { springs: { type: "number", description: LONG_TEXT } } });
          const asked =
            drawn.makesObject === 0
              ? ai.generateObject({ ...called, schema } as never)
              : ai.generateText({ ...called, ...(Object.keys(given).length > 0 ? { tools: given } : {}) } as never);
          await Promise.resolve(asked).catch(() => undefined);
          const [request] = upstream.requests;
          const [reading] = readings;
          if (request?.operation === undefined || reading === undefined) return;
          const wire = readable(request.operation, request.body);
          if (wire === undefined) return;
          sent++;
          expect(FORMAT_OF[request.operation]).toBe(reading.format);
          expect(reading.input.bound).toBeGreaterThanOrEqual(wire.input.bound);
          expect(reading.output.bound).toBeGreaterThanOrEqual(wire.output.bound);
          expect(reading.webSearches).toBeGreaterThanOrEqual(wire.webSearches);
          expect(reading.reasonsUnseen || !wire.reasonsUnseen).toBe(true);
          const wireNanoUsd = heldFor(wire);
          // Some tiers of some models have no price.
          if (!Number.isNaN(wireNanoUsd)) expect(heldFor(reading)).toBeGreaterThanOrEqual(wireNanoUsd);
        },
      ),
      { numRuns: RUNS },
    );
    expect(sent).toBeGreaterThan(RUNS / 2);
  });
});
