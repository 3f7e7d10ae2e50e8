import { afterEach, describe, expect, test } from "vitest";
import { API_OF_PROVIDER } from "../../src/config/read-providers.ts";
import { ProviderError, TokenLedgerError } from "../../src/errors.ts";
import { priceBook } from "../../src/pricing/index.ts";
import {
  defaultBaseUrl,
  httpProvider,
  KNOWN_PROVIDERS,
  keyHeader,
  type LLMProvider,
  ProviderRegistry,
  pathUnder,
} from "../../src/providers/index.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "../../src/testing/index.ts";

const failure = async (work: () => unknown): Promise<TokenLedgerError> => {
  try {
    await work();
  } catch (error) {
    if (TokenLedgerError.is(error)) return error;
    throw error;
  }
  throw new Error("It did not fail.");
};
const silent = (name: string): LLMProvider => ({
  name,
  availableModels: () => [`${name}-model`],
  complete: async () => ({ text: "", model: name, raw: {} }),
  calculateCost: () => ({ unpriced: true, reason: "nobody asked" }),
  healthCheck: async () => true,
  getPricing: () => [],
});

describe("acceptance G16: the registry of providers", () => {
  test("gives what was registered, by name and by default", () => {
    const registry = new ProviderRegistry({ defaultProvider: "second" });
    registry.register(silent("first"));
    registry.register(silent("second"));
    expect(registry.names()).toEqual(["first", "second"]);
    expect(registry.get("first").availableModels()).toEqual(["first-model"]);
    expect(registry.getDefault().name).toBe("second");
    const other = new ProviderRegistry();
    other.register(silent("only"));
    expect(other.getDefault().name).toBe("only");
  });

  test("an unknown name is an error with a code, also for names of prototypes, and so is a default that is not there", async () => {
    const registry = new ProviderRegistry({ defaultProvider: "missing" });
    for (const name of ["missing", "constructor", "__proto__", ""]) {
      const error = await failure(() => registry.get(name));
      expect(error).toBeInstanceOf(ProviderError);
      expect(error.code).toBe("PROVIDER_ERROR");
    }
    expect((await failure(() => registry.getDefault())).message).toBe('No provider named "missing" is registered; registered are none.');
    expect((await failure(() => new ProviderRegistry().getDefault())).code).toBe("PROVIDER_ERROR");
  });

  test("a name is registered once", async () => {
    const registry = new ProviderRegistry();
    registry.register(silent("one"));
    expect((await failure(() => registry.register(silent("one")))).message).toMatch(/registered already/);
    expect((await failure(() => registry.register(silent("")))).code).toBe("INVALID_INPUT");
  });
});

describe("acceptance G16: a provider over HTTP", () => {
  let upstream: ScriptedUpstream | undefined;
  afterEach(async () => {
    await upstream?.close();
    upstream = undefined;
  });
  const cases = [
    ["openai", "gpt-4o", "/v1"],
    ["anthropic", "claude-sonnet-4-5", ""],
    ["gemini", "gemini-2.5-flash", ""],
  ] as const;

  test.each(cases)("%s: a completion, its usage, and what it costs", async (name, model, suffix) => {
    upstream = await startScriptedUpstream({ apiKey: "secret", reply: { text: "Bonjour", inputTokens: 20 } });
    const provider = httpProvider({ name, apiKey: "secret", baseUrl: `${upstream.url}${suffix}`, models: [model], prices: priceBook() });
    const request = {
      model,
      messages: [
        { role: "system" as const, content: "Be short." },
        { role: "user" as const, content: "Greet me in French." },
      ],
      maxTokens: 50,
      temperature: 0,
    };
    const response = await provider.complete(request);
    expect(response.text).toBe("Bonjour");
    const [bill] = upstream.calls;
    expect(bill).toMatchObject({ model, isStream: false, tokens: { input: 20 } });
    expect(response.usage?.tokens).toMatchObject(bill?.tokens ?? {});
    const expected = priceBook().cost({ provider: name, model, tokens: bill?.tokens ?? {} });
    expect(provider.calculateCost(request, response)).toEqual(expected);
    expect(expected).toHaveProperty("costNanoUsd");
    expect(await provider.healthCheck()).toBe(true);
    expect(provider.getPricing().map((price) => price.model)).toEqual([model]);
    expect(provider.availableModels()).toEqual([model]);
    expect(httpProvider({ name, prices: priceBook() }).availableModels()).toContain(model);
  });

  test("a provider that refuses, or is not there, is an error that never shows the key", async () => {
    upstream = await startScriptedUpstream({ apiKey: "right-key" });
    const request = { model: "gpt-4o", messages: [{ role: "user" as const, content: "Hi" }] };
    const refused = httpProvider({ name: "openai", apiKey: "wrong-secret-key", baseUrl: upstream.url });
    const error = await failure(() => refused.complete(request));
    expect(error.message).toMatch(/^Provider "openai" answered 401/);
    expect(await refused.healthCheck()).toBe(false);
    await upstream.close();
    upstream = undefined;
    const absent = httpProvider({ name: "openai", apiKey: "wrong-secret-key", baseUrl: "http://127.0.0.1:9" });
    const unreachable = await failure(() => absent.complete(request));
    expect(unreachable).toMatchObject({ code: "PROVIDER_ERROR", message: 'Provider "openai" can\'t be reached.' });
    expect(await absent.healthCheck()).toBe(false);
    for (const one of [error, unreachable]) expect(`${one.message}${one.stack}${String(one.cause)}`).not.toContain("wrong-secret-key");
  });

  test("an answer that is none, a redirect, and an odd model are errors", async () => {
    const answering = (body: string, init?: ResponseInit): LLMProvider =>
      httpProvider({ name: "openai", baseUrl: "http://127.0.0.1:9", fetch: async () => new Response(body, init) });
    const request = { model: "gpt-4o", messages: [] };
    expect((await failure(() => answering("<html>").complete(request))).message).toMatch(/something else than JSON/);
    expect((await failure(() => answering("<html>", { status: 502 }).complete(request))).message).toMatch(/answered 502/);
    const error = '{"error":{"message":"No such model","type":"invalid_request_error"}}';
    expect((await failure(() => answering(error, { status: 404 }).complete(request))).message).toBe(
      'Provider "openai" answered 404: "No such model".',
    );
    expect((await failure(() => answering("{}").complete({ ...request, model: "../x" }))).code).toBe("INVALID_INPUT");
    const gemini = httpProvider({ name: "gemini", baseUrl: "http://127.0.0.1:9", fetch: async () => new Response("{}") });
    expect((await failure(() => gemini.complete({ ...request, model: "x/../../y" }))).code).toBe("INVALID_INPUT");
  });

  test("without usage or prices, costs are unknown and not zero", async () => {
    const provider = httpProvider({ name: "openai" });
    const request = { model: "gpt-4o", messages: [] };
    expect(provider.calculateCost(request, { text: "", model: "gpt-4o", raw: {} })).toMatchObject({ unpriced: true });
    expect(provider.calculateCost(request, { text: "", model: "gpt-4o", usage: { tokens: { input: 1 } }, raw: {} })).toMatchObject({
      unpriced: true,
    });
    expect(provider.getPricing()).toEqual([]);
  });

  test("a name that tells neither format nor address is refused with what is missing", async () => {
    expect((await failure(() => httpProvider({ name: "mine" }))).message).toMatch(/needs api/);
    expect((await failure(() => httpProvider({ name: "mine", api: "openai" }))).message).toMatch(/needs baseUrl/);
    expect((await failure(() => httpProvider({ name: "azure" }))).message).toMatch(/needs baseUrl/);
  });
});

describe("known providers", () => {
  test("the configuration knows the same names and formats", () => {
    expect(new Map([...KNOWN_PROVIDERS].map(([name, { api }]) => [name, api]))).toEqual(new Map(API_OF_PROVIDER));
  });

  test.each([
    ["http://127.0.0.1:9999", "/v1/chat/completions", "/v1/chat/completions"],
    ["http://127.0.0.1:9999/", "/v1/messages?beta=true", "/v1/messages?beta=true"],
    ["https://api.openai.com/v1", "/v1/chat/completions", "/v1/chat/completions"],
    ["https://api.openai.com/v1/", "/v1/responses/resp_1", "/v1/responses/resp_1"],
    ["https://openrouter.ai/api/v1", "/v1/chat/completions", "/api/v1/chat/completions"],
    ["https://api.z.ai/api/paas/v4", "/v1/chat/completions", "/api/paas/v4/chat/completions"],
    ["https://x.example/proxy", "/v1/messages", "/proxy/v1/messages"],
    ["https://generativelanguage.googleapis.com/v1beta", "/v1beta/models/m:generateContent", "/v1beta/models/m:generateContent"],
    ["https://generativelanguage.googleapis.com/v1beta/openai/", "/v1/chat/completions", "/v1beta/openai/chat/completions"],
    ["https://x.openai.azure.com/openai/v1", "/v1/chat/completions", "/openai/v1/chat/completions"],
    [
      "https://x.openai.azure.com/openai/deployments/gpt-4o?api-version=2024-10-21",
      "/v1/chat/completions",
      "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
    ],
    ["https://x.example/v1?a=b", "/v1/models?limit=3", "/v1/models?limit=3&a=b"],
  ])("a format's path goes behind its provider's address: %s and %s", (base, path, joined) => {
    expect(pathUnder(new URL(base), path)).toBe(joined);
  });

  test("known names have their own, others that of their format", () => {
    expect(defaultBaseUrl("groq", "openai")).toBe("https://api.groq.com/openai/v1");
    expect(defaultBaseUrl("constructor", "anthropic")).toBe("https://api.anthropic.com");
  });

  test("a version in the address is not named twice, and a key goes in its format's header", () => {
    const under = (base: string, path: string): string => pathUnder(new URL(base), path);
    expect(under("https://api.openai.com", "/v1/chat/completions")).toBe("/v1/chat/completions");
    expect(under("https://api.openai.com/v1/", "/v1/chat/completions")).toBe("/v1/chat/completions");
    expect(under("https://a.azure.com/openai/deployments/d?api-version=1", "/v1/chat/completions")).toBe(
      "/openai/deployments/d/chat/completions?api-version=1",
    );
    const azure = new URL("https://mine.openai.azure.com");
    expect(keyHeader("openai", azure, "k")).toEqual(["api-key", "k"]);
    expect(keyHeader("openai", new URL("https://api.openai.com"), "k")).toEqual(["authorization", "Bearer k"]);
    expect(keyHeader("anthropic", azure, "k")).toEqual(["x-api-key", "k"]);
    expect(keyHeader("gemini", azure, "k")).toEqual(["x-goog-api-key", "k"]);
  });
});
