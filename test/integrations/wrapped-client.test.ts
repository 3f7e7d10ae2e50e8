import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BudgetPool } from "../../src/budget/index.ts";
import { BudgetExceeded } from "../../src/errors.ts";
import { withBudget } from "../../src/integrations/openai.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "../../src/testing/index.ts";
import { OPENAI } from "./versions.ts";

const CHAT = { model: "gpt-4o", messages: [{ role: "user" as const, content: "How many springs?" }], max_tokens: 50 };

describe.each(OPENAI)("$name", ({ load }) => {
  let upstream: ScriptedUpstream;
  let module: typeof import("openai");
  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    module = await load();
  });
  afterAll(() => upstream.close());

  const plain = (): InstanceType<typeof module.default> =>
    new module.default({ apiKey: "sk-test", baseURL: `${upstream.url}/v1`, maxRetries: 0 });
  const pool = (maxCostUsd: number | string = 1): BudgetPool => new BudgetPool({ maxCostUsd });

  it("wrapped twice, it has both budgets, each once, whatever is made of it", async () => {
    const [near, far] = [pool(), pool()];
    const client = withBudget(withBudget(plain(), { pool: near }), { pool: far });
    for (const one of [client, client.withOptions({ timeout: 9000 }), client.withOptions({ fetch })])
      await one.chat.completions.create(CHAT);
    expect(near.totals()).toEqual(far.totals());
    expect(near.totals().calls).toBe(3);
  });

  it("wrapped twice, a refusal of either is BudgetExceeded itself, and costs the other nothing", async () => {
    const before = upstream.requests.length;
    for (const [near, far] of [[pool("0.000000001"), pool()] as const, [pool(), pool("0.000000001")] as const]) {
      const client = withBudget(withBudget(plain(), { pool: near }), { pool: far });
      await expect(client.chat.completions.create(CHAT)).rejects.toBeInstanceOf(BudgetExceeded);
      for (const one of [near, far]) expect([one.totals().calls, one.totals().reserved.calls]).toEqual([0, 0]);
    }
    expect(upstream.requests.length).toBe(before);
  });

  it("a client of Azure keeps its version, its deployment, and the key that it asks for", async () => {
    const azure = new module.AzureOpenAI({
      azureADTokenProvider: async () => "entra-token",
      endpoint: upstream.url,
      apiVersion: "2024-10-21",
      deployment: "four",
    });
    const one = pool();
    const client = withBudget(azure, { pool: one, provider: "openai" });
    for (const made of [client, client.withOptions({ timeout: 9000 })]) {
      await made.chat.completions.create(CHAT);
      const seen = upstream.requests.at(-1);
      expect(seen?.path).toBe("/openai/deployments/four/chat/completions");
      expect(seen?.query.get("api-version")).toBe("2024-10-21");
      expect(seen?.headers.authorization).toBe("Bearer entra-token");
    }
    expect(one.totals().calls).toBe(2);
  });
});
