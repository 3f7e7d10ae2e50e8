import { describe, expect, it } from "vitest";
import { canonicalModel, canonicalProvider, priceBook } from "../../src/pricing/index.ts";

const SONNET = [
  "claude-sonnet-4-5",
  "claude-sonnet-4-5-20250929",
  "claude-sonnet-4-5-latest",
  "claude-sonnet-4-5[1m]",
  "claude-sonnet-4-5-20250929[1m]",
  "Claude-Sonnet-4-5",
  " claude-sonnet-4-5 ",
  "claude-sonnet-4.5",
  "claude-4.5-sonnet",
  "claude-4-5-sonnet-20250929",
  "claude-sonnet-4-5-thinking",
  "claude-sonnet-4-5@20250929",
  "claude-sonnet-4-5@default",
  "anthropic/claude-sonnet-4.5",
  "anthropic/claude-sonnet-4.5:beta",
  "openrouter/anthropic/claude-sonnet-4.5",
  "vertex_ai/claude-sonnet-4-5@20250929",
  "publishers/anthropic/models/claude-sonnet-4-5@20250929",
  "projects/p/locations/europe-west1/publishers/anthropic/models/claude-sonnet-4-5@20250929",
  "anthropic.claude-sonnet-4-5-v1:0",
  "anthropic.claude-sonnet-4-5-20250929-v1:0",
  "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
  "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
  "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0",
  "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
  "bedrock/us-east-1/anthropic.claude-sonnet-4-5-20250929-v1:0",
  "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0",
  "anthropic:claude-sonnet-4-5",
  "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
  "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0",
];

describe("acceptance G9: one model, one id", () => {
  it.each(SONNET)("%s is claude-sonnet-4-5 at every provider that serves it", (spelling) => {
    for (const provider of ["anthropic", "bedrock", "vertex", "openrouter", "something-else"]) {
      expect(canonicalModel(provider, spelling)).toBe("claude-sonnet-4-5");
    }
  });

  it.each([
    ["openai", "gpt-5-2026-04-01", "gpt-5"],
    ["openai", "gpt-4o-mini-2024-07-18", "gpt-4o-mini"],
    ["openai", "gpt-4o-2024-08-06", "gpt-4o"],
    ["openai", "gpt-4o-2024-05-13", "gpt-4o-2024-05-13"],
    ["openai", "gpt-5-codex", "gpt-5-codex"],
    ["openai", "gpt-5.2-codex", "gpt-5.2-codex"],
    ["openai", "gpt-5-4-mini-2026-03-17", "gpt-5.4-mini"],
    ["openai", "gpt-5-high", "gpt-5"],
    ["openai", "openai-codex:gpt-5.5", "gpt-5.5"],
    ["openai", "gpt-3.5-turbo-instruct:20230824-v2", "gpt-3.5-turbo-instruct"],
    ["openai", "o3-mini-high", "o3-mini"],
    ["openai", "gpt-4-1106-preview", "gpt-4-1106-preview"],
    ["azure", "gpt-35-turbo", "gpt-3.5-turbo"],
    ["azure", "azure/eu/gpt-4o-2024-11-20", "gpt-4o"],
    ["google", "models/gemini-2.5-pro", "gemini-2.5-pro"],
    ["google", "gemini-2.0-flash-001", "gemini-2.0-flash"],
    ["vertex", "publishers/google/models/gemini-2.5-flash", "gemini-2.5-flash"],
    ["mistral", "mistral-medium-2508", "mistral-medium-2508"],
    ["mistral", "mistral-large-latest", "mistral-large"],
    ["groq", "openai/gpt-oss-120b", "gpt-oss-120b"],
    ["groq", "meta-llama/llama-4-scout-17b-16e-instruct", "llama-4-scout-17b-16e-instruct"],
    ["bedrock", "us.amazon.nova-pro-v1:0", "nova-pro"],
    ["bedrock", "anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet"],
    ["bedrock", "anthropic.claude-v2:1", "claude-v2:1"],
    ["bedrock", "amazon.titan-embed-text-v2:0", "titan-embed-text-v2"],
    ["bedrock", "openai.gpt-oss-120b-1:0", "gpt-oss-120b"],
    ["anthropic", "claude-opus-4-0", "claude-opus-4"],
    ["anthropic", "claude-4-opus-20250514", "claude-opus-4"],
    ["anthropic", "claude-3.5-haiku", "claude-3-5-haiku"],
    ["anthropic", "us.anthropic.claude-fable-5-1[1m]", "claude-fable-5-1"],
    ["openai", "ft:gpt-4o-mini-2024-07-18:org::id", "ft:gpt-4o-mini"],
    ["azure", "gpt-4o-mini-2024-07-18.ft-0123abc", "ft:gpt-4o-mini"],
  ])("%s %s is %s", (provider, spelling, id) => {
    expect(canonicalModel(provider, spelling)).toBe(id);
  });

  it("an unknown model stays itself: no neighbour's name, no neighbour's price", () => {
    for (const id of [
      "foo-12-34",
      "gpt-99",
      "claude-opus-9",
      "my.model.v1",
      "mistral-medium-9999",
      "gpt-4o-mini-clone",
      "claude",
      "constructor",
      "__proto__",
    ]) {
      expect(canonicalModel("openai", id)).toBe(id);
      expect(priceBook().cost({ provider: "openai", model: id, tokens: { input: 1 } })).toHaveProperty("unpriced", true);
    }
  });

  it("is stable: the id of an id is that id", () => {
    for (const { provider, model } of priceBook().entries()) expect(canonicalModel(provider, model), `${provider}/${model}`).toBe(model);
  });

  it("fine-tuned models have their own price; where none is known, the reason says so", () => {
    const tuned = priceBook().cost({ provider: "openai", model: "ft:gpt-4o-mini-2024-07-18:org::id", tokens: { input: 1_000_000 } });
    expect(tuned).toHaveProperty("costUsd", 0.3);
    const unknown = priceBook().cost({ provider: "openai", model: "ft:gpt-9:org::id", tokens: { input: 1 } });
    expect(unknown).toEqual({ unpriced: true, reason: "no price is known for openai/ft:gpt-9" });
  });
});

describe("one provider, one name", () => {
  it.each([
    ["Anthropic", "anthropic"],
    ["aws.bedrock", "bedrock"],
    ["Amazon Bedrock", "bedrock"],
    ["bedrock_converse", "bedrock"],
    ["vertex_ai", "vertex"],
    ["vertex_ai-anthropic_models", "vertex"],
    ["gcp.vertex_ai", "vertex"],
    ["gcp.gemini", "google"],
    ["azure.ai.openai", "azure"],
    ["x-ai", "xai"],
    ["mistral_ai", "mistral"],
    ["dashscope", "qwen"],
    ["moonshotai", "moonshot"],
    ["z.ai", "zai"],
    ["My Gateway", "my-gateway"],
    ["constructor", "constructor"],
  ])("%s is %s", (name, provider) => {
    expect(canonicalProvider(name)).toBe(provider);
  });
});

it("a model whose name is nothing but wrapping keeps it: no model is without a name", () => {
  for (const name of ["[1m]", "ft:", "openai/", "models/", "arn:aws:bedrock:us-east-1:1:inference-profile/", " "]) {
    expect(canonicalModel("openai", name)).toBe(name);
  }
});
