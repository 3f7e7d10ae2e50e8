import { describe, expect, test } from "vitest";
import type { AppliedRule, RuleScope } from "../../src/config/index.ts";
import { factsInMetadata } from "../../src/usage/index.ts";
import { budgetOf, type RunningGateway, type RunningGatewayOptions, runningGateway, savingsOf } from "./running-gateway.ts";

const OPUS = "claude-3-opus-20240229";
const HAIKU = "claude-3-haiku-20240307";
const LONG = "The house has four springs. ".repeat(200);

function routeRule(part: { scopes?: RuleScope[]; keptShare?: number; to?: string; provider?: string; id?: string } = {}): AppliedRule {
  const { scopes = [{}], keptShare = 0, to = "claude-3-haiku", provider = "anthropic", id = "model-downgrade-00000001" } = part;
  const from = { provider: "anthropic", model: "claude-3-opus" };
  const action = { type: "route", from, to: { provider, model: to }, keptShare } as const;
  return { id, kind: "model-downgrade", from: from.model, to, appliedAtMs: 0, scopes, action };
}

function cacheRule(policy: Extract<AppliedRule["action"], { type: "cache" }>["policy"]): AppliedRule {
  const action = { type: "cache", provider: "anthropic", model: "claude-sonnet-4-5", policy } as const;
  return { id: "enable-caching-00000001", kind: "enable-caching", from: "", to: policy, appliedAtMs: 0, scopes: [{}], action };
}

const message = (part: object = {}): object => ({
  model: OPUS,
  max_tokens: 100,
  messages: [{ role: "user", content: "Say hello." }],
  ...part,
});

async function saving(rules: AppliedRule[], options: RunningGatewayOptions = {}): Promise<RunningGateway> {
  return runningGateway({ ...options, config: { ...options.config, savings: rules } });
}

function sent(gateway: RunningGateway): (Record<string, unknown> & { model: string })[] {
  return gateway.upstream.requests.map(({ json }) => json as Record<string, unknown> & { model: string });
}

describe("route rules", () => {
  test("a call goes to the cheaper model, and its client and its record tell both names", async () => {
    await using gateway = await saving([routeRule()]);
    const response = await gateway.post("/v1/messages", message(), { "x-tokenledger-request-id": "one" });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-tokenledger-model")).toBe(HAIKU);
    expect(sent(gateway)[0]).toEqual({ ...message(), model: HAIKU });
    const [record] = await gateway.records("one");
    expect(record).toMatchObject({ provider: "anthropic", requestedModel: OPUS });
    expect(record?.canonicalModel ?? record?.model).toContain("claude-3-haiku");
  });

  test("nothing but the model's name changes in what is sent", async () => {
    await using gateway = await saving([routeRule()]);
    const text = `{ "max_tokens" : 100,\n "model": "${OPUS}", "unknown_field": [1.0e3, "\\u00e9"], "messages": [{"role":"user","content":"a"}] }`;
    await gateway.post("/v1/messages", text);
    expect(gateway.upstream.requests[0]?.body.toString()).toBe(text.replace(OPUS, HAIKU));
  });

  test("only calls of the rule's scopes go elsewhere", async () => {
    await using gateway = await saving([routeRule({ scopes: [{ team: "search" }, { team: "help", project: "chat" }] })]);
    const ask = (headers: Record<string, string>): Promise<Response> => gateway.post("/v1/messages", message(), headers);
    await ask({ "x-tokenledger-team": "search" });
    await ask({ "x-tokenledger-team": "help", "x-tokenledger-project": "chat" });
    await ask({ "x-tokenledger-team": "help" });
    await ask({});
    expect(sent(gateway).map(({ model }) => model)).toEqual([HAIKU, HAIKU, OPUS, OPUS]);
  });

  test("an empty name in a scope means calls without one", async () => {
    await using gateway = await saving([routeRule({ scopes: [{ team: "" }] })]);
    await gateway.post("/v1/messages", message());
    await gateway.post("/v1/messages", message(), { "x-tokenledger-team": "search" });
    expect(sent(gateway).map(({ model }) => model)).toEqual([HAIKU, OPUS]);
  });

  test("the kept share stays, the same calls each time", async () => {
    const models = async (): Promise<string[]> => {
      await using gateway = await saving([routeRule({ keptShare: 0.3 })]);
      for (let index = 0; index < 60; index++)
        await gateway.post("/v1/messages", message(), { "x-tokenledger-request-id": `call-${index}` });
      return sent(gateway).map(({ model }) => model);
    };
    const first = await models();
    const kept = first.filter((model) => model === OPUS).length;
    expect(kept).toBeGreaterThan(6);
    expect(kept).toBeLessThan(32);
    expect(await models()).toEqual(first);
  });

  test("a key that may not use the cheaper model keeps its own", async () => {
    await using gateway = await saving([routeRule()]);
    const { key } = await gateway.ledger.keys.create("limited", { models: ["claude-3-opus*"] });
    const response = await gateway.post("/v1/messages", message(), { authorization: `Bearer ${key}` });
    expect([response.status, sent(gateway)[0]?.model]).toEqual([200, OPUS]);
  });

  test("a rule lets no key use a model that it may not ask for", async () => {
    await using gateway = await saving([routeRule()]);
    const { key } = await gateway.ledger.keys.create("limited", { models: ["claude-3-haiku*"] });
    const response = await gateway.post("/v1/messages", message(), { authorization: `Bearer ${key}` });
    expect([response.status, gateway.upstream.requests.length]).toEqual([403, 0]);
  });

  test("what the cheaper model can't take stays: too long an answer, too long a prompt", async () => {
    await using gateway = await saving([routeRule()]);
    await gateway.post("/v1/messages", message({ max_tokens: 64_000 }));
    await gateway.post("/v1/messages", message({ messages: [{ role: "user", content: "word ".repeat(200_000) }] }));
    expect(sent(gateway).map(({ model }) => model)).toEqual([OPUS, OPUS]);
  });

  test.each([400, 404, 413, 422, 429, 500, 503, 529])(
    "a cheaper model that answers %i costs the client nothing: the call goes as it came",
    async (status) => {
      await using gateway = await saving([routeRule()]);
      gateway.upstream.script({ status }, {});
      const response = await gateway.post("/v1/messages", message());
      expect(response.status).toBe(200);
      expect(response.headers.get("x-tokenledger-model")).toBeNull();
      expect(sent(gateway).map(({ model }) => model)).toEqual([HAIKU, OPUS]);
    },
  );

  test("a model that its provider does not know is not asked for again at once", async () => {
    await using gateway = await saving([routeRule()]);
    gateway.upstream.script({ status: 404 });
    await gateway.post("/v1/messages", message());
    await gateway.post("/v1/messages", message());
    expect(sent(gateway).map(({ model }) => model)).toEqual([HAIKU, OPUS, OPUS]);
    expect(gateway.log.join("\n")).toContain("model-downgrade-00000001");
  });

  test("an error that the client's request deserves is the one of the model that it asked for", async () => {
    await using gateway = await saving([routeRule()]);
    gateway.upstream.always({ status: 400 });
    expect((await gateway.post("/v1/messages", message())).status).toBe(400);
    expect(sent(gateway).map(({ model }) => model)).toEqual([HAIKU, OPUS]);
  });

  test.each([
    ["a provider that is not configured", { provider: "nowhere" }],
    ["a provider of another format", { provider: "openai", to: "gpt-4o-mini" }],
    ["a model that its provider does not list", { to: "claude-that-nobody-knows" }],
  ])("a rule that leads to %s changes nothing", async (_what, part) => {
    await using gateway = await saving([routeRule(part)]);
    const response = await gateway.post("/v1/messages", message());
    expect([response.status, sent(gateway)[0]?.model]).toEqual([200, OPUS]);
  });

  test("who names a provider keeps it", async () => {
    const own = { api: "anthropic", apiKey: "sk-house" } as const;
    const providers = { anthropic: own, other: { ...own, models: ["claude-3-*"] } };
    await using gateway = await saving([routeRule({ provider: "other" })], { providers, config: { unpriced: "allow" } });
    const elsewhere = await gateway.post("/v1/messages", message());
    expect(elsewhere.headers.get("x-tokenledger-provider")).toBe("other");
    const chosen = await gateway.post("/v1/messages", message(), { "x-tokenledger-provider": "anthropic" });
    expect(chosen.headers.get("x-tokenledger-provider")).toBeNull();
  });

  test("the same model at another provider is told by its name, too", async () => {
    const own = { api: "anthropic", apiKey: "sk-house" } as const;
    const providers = { anthropic: own, other: { ...own, models: ["claude-3-*"] } };
    const rule = routeRule({ provider: "other", to: OPUS });
    await using gateway = await saving([rule], { providers, config: { unpriced: "allow" } });
    const response = await gateway.post("/v1/messages", message(), { "x-tokenledger-request-id": "one" });
    expect(response.headers.get("x-tokenledger-provider")).toBe("other");
    expect((await gateway.records("one"))[0]).toMatchObject({ provider: "other" });
  });

  test("embeddings and counts of tokens go where they were asked to go", async () => {
    const action = {
      type: "route",
      from: { provider: "openai", model: "text-embedding-3-large" },
      to: { provider: "openai", model: "text-embedding-3-small" },
      keptShare: 0,
    } as const;
    await using gateway = await saving([{ ...routeRule(), action }]);
    await gateway.post("/v1/embeddings", { model: "text-embedding-3-large", input: "a" });
    expect(sent(gateway)[0]?.model).toBe("text-embedding-3-large");
  });

  test("guarantee: no cap is passed by a call that a rule has moved, and what it holds is the cheaper model's price", async () => {
    // 100 tokens of opus are 7.5 thousandths of a dollar, of haiku 0.125.
    const budgets = [budgetOf({ amountNanoUsd: 2_000_000n, enforcement: "block_requests", hard: true })];
    await using dear = await runningGateway({ budgets });
    expect((await dear.post("/v1/messages", message())).status).toBe(402);
    await using gateway = await saving([routeRule()], { budgets });
    let allowed = 0;
    for (let index = 0; index < 40; index++) if ((await gateway.post("/v1/messages", message())).status === 200) allowed++;
    expect(allowed).toBeGreaterThan(0);
    const [status] = await gateway.ledger.budgets.status();
    expect(status?.spentNanoUsd).toBeLessThanOrEqual(2_000_000n);
    expect(status?.reservedNanoUsd).toBe(0n);
  });

  test("a budget of the cheaper model that is used up leaves the call as it came", async () => {
    const scope = { model: HAIKU };
    const budgets = [budgetOf({ amountNanoUsd: 1n, enforcement: "block_requests", hard: true, scope })];
    await using gateway = await saving([routeRule()], { budgets });
    expect((await gateway.post("/v1/messages", message())).status).toBe(200);
    expect(sent(gateway).map(({ model }) => model)).toEqual([OPUS]);
  });

  test("rules that are put in and taken out while the server runs are obeyed from then on", async () => {
    let rules: AppliedRule[] = [];
    await using gateway = await runningGateway({ server: { savings: { ...savingsOf([]), read: async () => rules } } });
    await gateway.post("/v1/messages", message());
    rules = [routeRule()];
    await expect
      .poll(
        async () => {
          await gateway.post("/v1/messages", message());
          return sent(gateway).at(-1)?.model;
        },
        { timeout: 30_000, interval: 200 },
      )
      .toBe(HAIKU);
    rules = [];
    await expect
      .poll(
        async () => {
          await gateway.post("/v1/messages", message());
          return sent(gateway).at(-1)?.model;
        },
        { timeout: 30_000, interval: 200 },
      )
      .toBe(OPUS);
  });
});

describe("cache rules", () => {
  const sonnet = (messages: readonly unknown[], part: object = {}): object =>
    message({ model: "claude-sonnet-4-5", system: LONG, messages, ...part });
  const turn = (role: string, content: string): object => ({ role, content });
  const marks = (value: unknown): number => JSON.stringify(value).split("cache_control").length - 1;

  test("always: tools, system prompt and the last two messages are asked to be kept, and nothing else changes", async () => {
    await using gateway = await saving([cacheRule("always-5m")]);
    const tools = [{ name: "a", input_schema: { type: "object" } }];
    const messages = [turn("user", "One?"), turn("assistant", "Two."), turn("user", "Three?")];
    await gateway.post("/v1/messages", sonnet(messages, { tools }));
    const [body] = sent(gateway);
    const control = { cache_control: { type: "ephemeral" } };
    const text = (said: string): object[] => [{ type: "text", ...control, text: said }];
    expect(body).toEqual({
      ...sonnet([]),
      tools: [{ ...tools[0], ...control }],
      system: text(LONG),
      messages: [
        { role: "user", content: "One?" },
        { role: "assistant", content: text("Two.") },
        { role: "user", content: text("Three?") },
      ],
    });
  });

  test("an hour is asked for where the rule says so", async () => {
    await using gateway = await saving([cacheRule("always-1h")]);
    await gateway.post("/v1/messages", sonnet([turn("user", "One?")]));
    expect(JSON.stringify(sent(gateway)[0])).toContain('"ttl":"1h"');
  });

  test("second sight: a beginning is kept once it has come again, up to where it was the same", async () => {
    await using gateway = await saving([cacheRule("second-sight-5m")]);
    await gateway.post("/v1/messages", sonnet([turn("user", "One?")]));
    await gateway.post("/v1/messages", sonnet([turn("user", "Another?")]));
    await gateway.post("/v1/messages", sonnet([turn("user", "One?")], { system: `${LONG} other` }));
    const [first, second, third] = sent(gateway);
    expect([first, second, third].map(marks)).toEqual([0, 1, 0]);
    expect(second?.system).toEqual([{ type: "text", cache_control: { type: "ephemeral" }, text: LONG }]);
    expect(second?.messages).toEqual([turn("user", "Another?")]);
  });

  test("static: what all prompts with the same beginning have in common", async () => {
    await using gateway = await saving([cacheRule("static-5m")]);
    const example = turn("user", "For example.");
    await gateway.post("/v1/messages", sonnet([example, turn("user", "One?")]));
    await gateway.post("/v1/messages", sonnet([example, turn("user", "Two?")]));
    expect(sent(gateway).map(marks)).toEqual([0, 1]);
    expect(JSON.stringify(sent(gateway)[1]?.messages)).toContain("cache_control");
  });

  test("short prompts, other models, and programs that ask for caching themselves are left as they are", async () => {
    await using gateway = await saving([cacheRule("always-5m")]);
    const own = [{ type: "text", text: LONG, cache_control: { type: "ephemeral" } }];
    const bodies = [
      sonnet([turn("user", "Hi")], { system: "Be brief." }),
      sonnet([turn("user", "Hi")], { system: own }),
      sonnet([turn("user", "Hi")], { model: "claude-haiku-4-5" }),
    ];
    for (const body of bodies) await gateway.post("/v1/messages", JSON.stringify(body, null, 2));
    expect(gateway.upstream.requests.map(({ body }) => body.toString())).toEqual(bodies.map((body) => JSON.stringify(body, null, 2)));
  });

  test("a provider that will not have it so gets the call as it came", async () => {
    await using gateway = await saving([cacheRule("always-5m")]);
    gateway.upstream.script({ status: 400 }, {});
    const body = sonnet([turn("user", "One?")]);
    expect((await gateway.post("/v1/messages", body)).status).toBe(200);
    expect(sent(gateway)[1]).toEqual(body);
  });

  test("hard budgets hold for what writing a cache costs", async () => {
    const bound = async (rules: AppliedRule[]): Promise<bigint> => {
      const budgets = [budgetOf({ enforcement: "block_requests", hard: true, amountNanoUsd: 1_000_000_000_000n })];
      await using gateway = await saving(rules, { budgets });
      gateway.upstream.script({ delayMs: 1500 });
      const asked = gateway.post("/v1/messages", sonnet([turn("user", "One?")]));
      await expect.poll(() => gateway.upstream.inFlight).toBe(1);
      const [status] = await gateway.ledger.budgets.status();
      await asked;
      return status?.reservedNanoUsd ?? 0n;
    };
    expect(await bound([cacheRule("always-1h")])).toBeGreaterThan(await bound([]));
  });

  test("the hashes of a prompt do not tell whether it was asked to be cached", async () => {
    const blocks = async (gateway: RunningGateway, id: string): Promise<unknown> => {
      await gateway.post("/v1/messages", sonnet([turn("user", "One?")]), { "x-tokenledger-request-id": id });
      const [record] = await gateway.records(id);
      return factsInMetadata(record?.metadata ?? {})?.promptBlocks;
    };
    await using gateway = await saving([cacheRule("second-sight-5m")]);
    const first = await blocks(gateway, "first");
    expect(first).toHaveLength(2);
    expect(await blocks(gateway, "second")).toEqual(first);
    expect(sent(gateway).map(marks)).toEqual([0, 1]);
  });
});

describe("what records tell of prompts", () => {
  test("keyed hashes, turns, tools and how the answer ended, and nothing that was said", async () => {
    await using gateway = await runningGateway();
    await gateway.post("/v1/messages", message({ temperature: 0 }), { "x-tokenledger-request-id": "one" });
    const [record] = await gateway.records("one");
    expect(factsInMetadata(record?.metadata ?? {})).toMatchObject({ isStream: false, tools: 0, turns: 1, temperature: 0 });
    expect(record?.metadata?.prompt_blocks).toMatch(/^[\w-]{8}:\d+$/);
    expect(JSON.stringify(record, (_, value) => (typeof value === "bigint" ? String(value) : value))).not.toContain("hello");
  });

  test("nothing where the configuration says so", async () => {
    const server = { host: "127.0.0.1", port: 0, auth: "loopback", promptHashes: false } as const;
    await using gateway = await runningGateway({ config: { server } });
    await gateway.post("/v1/messages", message(), { "x-tokenledger-request-id": "one" });
    const [record] = await gateway.records("one");
    expect(record?.metadata).not.toHaveProperty("prompt_blocks");
    expect(record?.metadata).not.toHaveProperty("turns");
  });

  const hello = [{ role: "user", content: "Say hello." }];
  const contents = [{ role: "user", parts: [{ text: "Say hello." }] }];
  test.each([
    ["/v1/messages", { model: "claude-sonnet-4-5", messages: hello, max_tokens: 5 }],
    ["/v1/messages", { model: "claude-sonnet-4-5", messages: hello, max_tokens: 5, stream: true }],
    ["/v1/chat/completions", { model: "gpt-4o", messages: hello, max_tokens: 5 }],
    ["/v1/chat/completions", { model: "gpt-4o", messages: hello, max_tokens: 5, stream: true }],
    ["/v1/responses", { model: "gpt-4o", input: hello, max_output_tokens: 5 }],
    ["/v1/responses", { model: "gpt-4o", input: hello, max_output_tokens: 5, stream: true }],
    ["/v1beta/models/gemini-2.5-flash:generateContent", { contents, generationConfig: { maxOutputTokens: 5 } }],
    ["/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", { contents, generationConfig: { maxOutputTokens: 5 } }],
  ])("that an answer of %s %j ended at its limit, and no other's", async (path, body) => {
    await using gateway = await runningGateway();
    gateway.upstream.script({ outputTokens: 50 }, { outputTokens: 2 });
    for (const id of ["cut", "whole"]) await (await gateway.post(path, body, { "x-tokenledger-request-id": id })).text();
    const [cut] = await gateway.records("cut");
    const [whole] = await gateway.records("whole");
    expect([cut?.metadata?.finish, whole?.metadata?.finish]).toEqual(["length", undefined]);
    expect(whole?.metadata?.prompt_blocks).toBe(cut?.metadata?.prompt_blocks);
    expect(whole?.metadata?.prompt_blocks).toMatch(/^[\w-]{8}:/);
  });
});
