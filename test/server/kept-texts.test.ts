/** How much of what comes from outside is kept: by each way in there is a bound, and prompts are within none. */
import { trace } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { expect, test } from "vitest";
import { readTraces } from "../../src/importers/index.ts";
import type { StoredRecord } from "../../src/ledger/index.ts";
import { canary, foundIn } from "../guarantees/canaries.ts";
import { ask, usageForm } from "./api-client.ts";
import { CHAT, type RunningGateway, runningGateway } from "./running-gateway.ts";

async function recordsIn({ ledger }: RunningGateway): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const record of ledger.query({})) records.push(record);
  return records;
}

test("guarantees G31: metadata is bounded by the API: each text, all of it, and nothing that was said", async () => {
  await using gateway = await runningGateway();
  const post = async (number: number, metadata: unknown): Promise<string> =>
    (await ask(gateway, "POST", "/api/v1/usage", { body: { records: [usageForm(number, { metadata })] } })).body.results[0].status;
  const parts = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, i) => [`part-${i}`, "x".repeat(1_000)]));
  expect(await post(1, { fits: "x".repeat(1_000), long: "x".repeat(1_001), prompt: "said", Messages: "said", nested: { a: "said" } })).toBe(
    "new",
  );
  expect(await post(2, parts(64))).toBe("new");
  expect(await post(3, parts(66))).toBe("invalid");
  expect(await post(4, { ["n".repeat(70_000)]: "x" })).toBe("invalid");
  expect(await post(5, ["said"])).toBe("invalid");
  const [first, ...others] = await recordsIn(gateway);
  expect(first?.metadata).toEqual({ fits: "x".repeat(1_000) });
  expect(others).toHaveLength(1);
});

test("guarantees G31: metadata out of spans is what the conventions' two names hold, cut", async () => {
  await using gateway = await runningGateway({ server: { readTraces } });
  const text = (key: string, value: string): object => ({ key, value: { stringValue: value } });
  const attributes = [
    ...[text("gen_ai.operation.name", "chat"), text("gen_ai.request.model", "gpt-4o"), text("gen_ai.agent.name", "a".repeat(50_000))],
    ...["input", "output"].map((side) => ({ key: `gen_ai.usage.${side}_tokens`, value: { intValue: "12" } })),
    ...["gen_ai.input.messages", "prompt", "metadata.prompt", "metadata.note"].map((key) => text(key, "said")),
  ];
  const span = { traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174", name: "chat", attributes };
  const times = { startTimeUnixNano: "1770000000000000000", endTimeUnixNano: "1770000001000000000" };
  const reply = await gateway.post("/v1/traces", { resourceSpans: [{ scopeSpans: [{ spans: [{ ...span, ...times }] }] }] });
  expect(reply.status).toBe(200);
  const [record, ...others] = await recordsIn(gateway);
  expect(others).toEqual([]);
  expect(Object.keys(record?.metadata ?? {}).filter((name) => name !== "agent")).toEqual(["operation"]);
  expect((record?.metadata?.agent ?? "").length).toBeLessThanOrEqual(200);
});

test("guarantees G31: names in a call's headers are bounded in length and number", async () => {
  await using gateway = await runningGateway();
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await gateway.post("/v1/chat/completions", CHAT, headers)).status;
  for (const [name, value] of [
    ["x-tokenledger-tags", "t".repeat(1_000)],
    ["x-tokenledger-tags", Array.from({ length: 101 }, (_, i) => `t${i}`).join(",")],
    ["x-tokenledger-user", "u".repeat(1_000)],
    ["x-tokenledger-session", "s".repeat(1_000)],
    ["x-tokenledger-request-id", "r".repeat(1_000)],
  ] as const)
    expect([name, await status({ [name]: value })]).toEqual([name, 400]);
  expect(gateway.upstream.requests).toEqual([]);
  expect(await status({ "x-tokenledger-tags": "a,b" })).toBe(200);
});

test("guarantees G30, G31: spans hold neither keys nor what was said, whether a call ends well or not", async () => {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  const hidden = {
    key: canary("key"),
    prompt: canary("prompt"),
    answer: canary("answer"),
    failure: canary("failure"),
    user: canary("user"),
  };
  const openai = { api: "openai", apiKey: hidden.key, models: ["*"], retries: 0 } as const;
  await using gateway = await runningGateway({ providers: { openai } as never });
  const { text, failure } = { text: hidden.answer, failure: `${hidden.failure} ${hidden.key}` };
  gateway.upstream.script(
    { text },
    { text },
    { status: 401, errorMessage: failure },
    { status: 500, body: failure },
    { text, resetAtByte: 40 },
  );
  const body = { ...CHAT, messages: [{ role: "user", content: hidden.prompt }], user: hidden.user };
  for (const stream of [false, true, false, false, true]) {
    const reply = await gateway.post("/v1/chat/completions", { ...body, stream }, { cookie: hidden.key });
    await reply.text().catch(() => undefined);
  }
  for (let tries = 0; exporter.getFinishedSpans().length < 5 && tries < 1000; tries++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const spans = exporter.getFinishedSpans();
  trace.disable();
  expect(spans.length).toBeGreaterThanOrEqual(5);
  const told = spans.map(({ name, attributes, events, status, links }) => JSON.stringify({ name, attributes, events, status, links }));
  expect(
    foundIn(
      [
        ["the spans", told.join("\n")],
        ["the log", gateway.log.join("\n")],
      ],
      hidden,
    ),
  ).toEqual([]);
  expect(JSON.stringify(gateway.upstream.requests[0]?.headers)).toContain(hidden.key);
});
