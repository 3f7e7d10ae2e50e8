/** Calls whose bills have every kind of token in them, made by real clients through whatever stands before the provider. */
import type Anthropic from "@anthropic-ai/sdk";
import type OpenAI from "openai";
import type { ScriptedUpstream } from "../../src/testing/index.ts";

const question = "How many springs are there?";

/** Several answers, reasoning, and other tiers. */
export async function chatVariedly(client: OpenAI, upstream: ScriptedUpstream): Promise<void> {
  const messages = [{ role: "user" as const, content: question }];
  upstream.script({ outputTokens: 40 }, { outputTokens: 90, reasoningTokens: 64 }, { serviceTier: "flex" }, { serviceTier: "priority" });
  await client.chat.completions.create({ model: "gpt-4o", messages, max_tokens: 400, n: 4 });
  await client.chat.completions.create({ model: "o4-mini", messages });
  await client.chat.completions.create({ model: "gpt-5", messages, service_tier: "flex" });
  await client.chat.completions.create({ model: "gpt-5", messages, service_tier: "priority" });
}

/** Caches of both lives, thoughts and searches. @returns the reply with the caches */
export async function messageVariedly(client: Anthropic, upstream: ScriptedUpstream): Promise<Anthropic.Message> {
  const call = { model: "claude-sonnet-4-6", max_tokens: 2000, messages: [{ role: "user" as const, content: question }] };
  upstream.script(
    { inputTokens: 9000, cacheRead: 5000, cacheWrite5m: 2000, cacheWrite1h: 1000 },
    { outputTokens: 300, reasoningTokens: 200 },
    { webSearches: 2 },
  );
  const cached = await client.messages.create(call);
  await client.messages.create({ ...call, thinking: { type: "enabled", budget_tokens: 1024 } });
  await client.messages.create({ ...call, tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 3 }] });
  return cached;
}
