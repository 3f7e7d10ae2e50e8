import { expect, test } from "vitest";
import { CHAT, runningGateway } from "./running-gateway.ts";

test("a chat call is passed on, metered and priced to the nano-dollar", async () => {
  await using gateway = await runningGateway();
  const response = await gateway.post("/v1/chat/completions", CHAT, {
    "x-tokenledger-request-id": "one",
    "x-tokenledger-team": "engineering",
  });
  expect(response.status).toBe(200);
  const body = (await response.json()) as { usage: { prompt_tokens: number; completion_tokens: number } };
  const [record] = await gateway.records("one");
  expect(record).toMatchObject({
    provider: "openai",
    team: "engineering",
    tokens: { input: body.usage.prompt_tokens, output: body.usage.completion_tokens },
    source: "gateway",
    status: "ok",
    usageSource: "reported",
  });
  expect(response.headers.get("x-tokenledger-request-id")).toBe("one");
  expect(Number(response.headers.get("x-tokenledger-cost-usd"))).toBe((record?.costNanoUsd ?? 0) / 1e9);
});

test("guarantee G11: a streamed chat call is metered although the client did not ask for usage, and sees none", async () => {
  await using gateway = await runningGateway();
  const response = await gateway.post("/v1/chat/completions", { ...CHAT, stream: true }, { "x-tokenledger-request-id": "two" });
  const text = await response.text();
  expect(text).not.toContain('"prompt_tokens"');
  expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
  const [record] = await gateway.records("two");
  expect(record).toMatchObject({ tokens: gateway.upstream.calls[0]?.tokens, usageSource: "reported", status: "ok" });
});
