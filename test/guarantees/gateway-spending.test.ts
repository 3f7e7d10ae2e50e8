import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BudgetDefinition } from "../../src/budget/index.ts";
import { type BudgetStatus, type Ledger, openLedger } from "../../src/ledger/index.ts";
import { priceBook } from "../../src/pricing/index.ts";
import { emptyBookUrl, hasPostgres } from "../ledger/postgres-server.ts";
import { isFull, report } from "./figures.ts";
import { billNanoUsd, useUntilKilled } from "./gateway-chaos.ts";
import { gatewayFolder } from "./gateway-folder.ts";
import { ask, type GatewayProcess, isQuiet, prepareBook, recordsOf, reservedNanoUsd, startGatewayProcess } from "./gateway-process.ts";

const { folder, upstream, config } = await gatewayFolder();

const messages = [{ role: "user", content: "How many springs are there?" }];

describe.skipIf(!hasPostgres)("eight gateways on one PostgreSQL book (needs a server)", () => {
  it("guarantees G1, G5, G6, G36: under kills -9 used + reserved stays within every cap, and the upstream's bill too", {
    timeout: isFull ? 1_900_000 : 300_000,
  }, async () => {
    const book = await emptyBookUrl();
    const capNanoUsd = isFull ? 20_000_000_000n : 150_000_000n;
    // Reasons now and then, within the limit, as an honest provider does.
    upstream.always(({ number }) => ({ outputTokens: 10 + ((number * 13) % 60), reasoningTokens: number % 4 === 0 ? 6 : 0 }));
    const figures = await useUntilKilled({
      ...{ book, config, folder, upstream, processes: 8, capNanoUsd },
      inFlight: isFull ? 32 : 3,
      kills: isFull ? 50 : 8,
      // The rest is room for what killed gateways had set aside: each call about ten times what it will cost.
      enoughPercent: isFull ? 50 : 45,
      withinMs: isFull ? 1_800_000 : 120_000,
      refusalsWithinMs: isFull ? 900_000 : 15_000,
    });
    const { acknowledged, keys, violations, odd, exitCodes, ...counts } = figures;
    report("G1 gateways on PostgreSQL, 8 processes", { ...counts, violations: violations.length });
    expect(violations).toEqual([]);
    expect([...new Set(odd)].slice(0, 5)).toEqual([]);
    expect(figures.kills).toBe(isFull ? 50 : 8);
    expect(figures.refused).toBeGreaterThan(0);
    expect(figures.polls).toBeGreaterThan(figures.kills);
    if (isFull) expect([counts.answered > 20_000, counts.polls > 5000]).toEqual([true, true]);
    expect(new Set(exitCodes)).toEqual(new Set([0]));
    expect(billNanoUsd(upstream)).toBeLessThanOrEqual(capNanoUsd);

    const ledger = await openLedger(book);
    const stored = new Map((await recordsOf(ledger)).map(({ requestId, costNanoUsd }) => [requestId, costNanoUsd]));
    const missing = [...acknowledged].filter(([id, costUsd]) => stored.get(id) !== Math.round(Number(costUsd) * 1e9));
    expect(missing).toEqual([]);
    expect((await ledger.verify()).differences).toEqual([]);
    // What is still set aside belongs to calls that a killed gateway had under way.
    const lost = (await ledger.budgets.status()).find(({ name }) => name === "org");
    expect(lost?.overageNanoUsd).toBe(0n);
    await ledger.close();
    const gateway = await startGatewayProcess(folder, { book, config });
    expect((await ask(gateway.url, keys[5] as string, { model: "gpt-4o", messages, max_tokens: 5 }))?.status).toBe(200);
    expect(await gateway.kill("SIGTERM")).toBe(0);
  });
});

describe("what a hard budget means to an honest provider, and to one that lies", () => {
  const book = join(folder, "hard.db");
  const hard: BudgetDefinition = {
    name: "hard",
    scope: {},
    period: "lifetime",
    amountNanoUsd: 40_000_000n,
    alerts: [100],
    enforcement: "block_requests",
    hard: true,
  };
  let gateway: GatewayProcess;
  let key = "";
  beforeAll(async () => {
    [key = ""] = await prepareBook(book, { budgets: [hard], keys: [{ name: "tests" }] });
    gateway = await startGatewayProcess(folder, { book, config });
  });
  afterAll(() => gateway?.kill("SIGTERM"));

  it("guarantee G1c: an honest provider never bills more than the budget, with thoughts, n = 4, images and large answers", {
    timeout: 240_000,
  }, async () => {
    upstream.forget();
    const image = { type: "image_url", image_url: { url: `data:image/png;base64,${"iVBORw0KGgo".padEnd(200, "A")}` } };
    const kinds: [string, object][] = [
      ["/v1/chat/completions", { model: "gpt-4o", messages, max_tokens: 50 }],
      ["/v1/chat/completions", { model: "gpt-4o", messages, max_tokens: 50, n: 4, stream: true }],
      [
        "/v1/chat/completions",
        { model: "gpt-4o", messages: [{ role: "user", content: [{ type: "text", text: "What is it?" }, image] }], max_tokens: 20 },
      ],
      ["/v1/chat/completions", { model: "o4-mini", messages, max_completion_tokens: 3000, stream: true }],
      ["/v1/responses", { model: "gpt-5", input: "How many?", max_output_tokens: 3000, stream: true }],
      [
        "/v1/messages",
        { model: "claude-sonnet-4-5", messages, max_tokens: 2000, stream: true, thinking: { type: "enabled", budget_tokens: 1024 } },
      ],
      [
        "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
        { contents: [{ role: "user", parts: [{ text: "How many?" }] }], generationConfig: { maxOutputTokens: 2000 } },
      ],
      ["/v1/embeddings", { model: "text-embedding-3-small", input: "springs" }],
      ["/v1/chat/completions", { model: "gpt-4o", messages, max_tokens: 4000, stream: true }],
    ];
    upstream.always(({ number, model }) => ({
      outputTokens: 6000,
      reasoningTokens: /^(?:o4|gpt-5|claude|gemini)/.test(model) ? 900 + (number % 100) : 0,
      tokensPerEvent: 16,
    }));
    const ledger = await openLedger(book, { readOnly: true });
    const statuses = new Map<number | undefined, number>();
    const rounds = isFull ? 1200 : 14;
    for (let round = 0; round < rounds; round++) {
      const replies = await Promise.all(kinds.map(([path, body]) => ask(gateway.url, key, body, { path })));
      for (const reply of replies) statuses.set(reply?.status, (statuses.get(reply?.status) ?? 0) + 1);
      const [status] = await ledger.budgets.status();
      expect((status?.spentNanoUsd ?? 0n) + (status?.reservedNanoUsd ?? 0n)).toBeLessThanOrEqual(hard.amountNanoUsd ?? 0n);
    }
    expect(await isQuiet(ledger, upstream)).toBe(true);
    expect(billNanoUsd(upstream)).toBeLessThanOrEqual(hard.amountNanoUsd ?? 0n);
    const [status] = await ledger.budgets.status();
    expect(status?.overageNanoUsd).toBe(0n);
    expect([...statuses.keys()].sort()).toEqual([200, 402]);
    report("G1c, honest provider", { answered: statuses.get(200) ?? 0, refused: statuses.get(402) ?? 0, overageNanoUsd: 0 });
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("guarantee G1c: a stream without a limit is cut where the money ends, properly, before the provider has made more than that", {
    timeout: 180_000,
  }, async () => {
    const other = join(folder, "unlimited.db");
    const budget = { ...hard, amountNanoUsd: 55_000_000n };
    const [own = ""] = await prepareBook(other, { budgets: [budget], keys: [{ name: "tests" }] });
    const strict = await startGatewayProcess(folder, { book: other, config });
    upstream.forget();
    upstream.always({ outputTokens: 12_000, tokensPerEvent: 8, eventDelayMs: 5 });
    const reply = await ask(strict.url, own, { model: "gpt-4o", messages, stream: true });
    expect(reply?.status).toBe(200);
    expect(reply?.body.endsWith("data: [DONE]\n\n")).toBe(true);
    expect(reply?.body).toContain('"finish_reason":"length"');
    const ledger = await openLedger(other, { readOnly: true });
    expect(await isQuiet(ledger, upstream)).toBe(true);
    // A token has at least one byte: what is cut by bytes is cut early, never late.
    expect(billNanoUsd(upstream)).toBeLessThanOrEqual(budget.amountNanoUsd);
    const [status] = await ledger.budgets.status();
    expect(status?.spentNanoUsd).toBeGreaterThanOrEqual(billNanoUsd(upstream));
    expect([status?.overageNanoUsd, (await ledger.verify()).differences]).toEqual([0n, []]);
    await ledger.close();
    await strict.kill("SIGTERM");
  });

  it.each([1, 8])(
    "guarantee G1c: a provider that streams three times max_tokens, %i tokens an event, is cut; the overage is told, nothing more admitted",
    {
      timeout: 180_000,
    },
    async (tokensPerEvent) => {
      const { ask: call, status, close, ledger } = await besideLiar(`liar-${tokensPerEvent}`);
      // At a pace at which a gateway that has to wait for a core for some time is still in step with it.
      upstream.always({ timesLimit: 3, tokensPerEvent, eventDelayMs: tokensPerEvent === 1 ? 8 : 30 });
      const reply = await call({ model: "gpt-4o", messages, max_tokens: 1000, stream: true });
      expect(reply?.status).toBe(200);
      expect(reply?.body.endsWith("data: [DONE]\n\n")).toBe(true);
      expect(reply?.body).toContain('"finish_reason":"length"');
      expect(await isQuiet(ledger, upstream)).toBe(true);
      const made = upstream.calls[0]?.tokens.output ?? 0;
      // A chunk after the last token that it was allowed, as far as that shows: by events at once, by bytes a little later.
      expect([made > 900, made < (tokensPerEvent === 1 ? 1100 : 1500)]).toEqual([true, true]);
      const [record] = await recordsOf(ledger);
      expect([record?.usageSource, (record?.tokens.output ?? 0) >= made]).toEqual(["estimated", true]);
      expect((await status())?.overageNanoUsd).toBeGreaterThan(0n);
      const before = upstream.requests.length;
      expect((await call({ model: "gpt-4o", messages, max_tokens: 1000 }))?.status).toBe(402);
      expect(upstream.requests.length).toBe(before);
      await close();
    },
  );

  it("guarantee G1c: a whole answer three times as long as max_tokens is billed, told as overage, and the last", {
    timeout: 180_000,
  }, async () => {
    const { ask: call, status, close, ledger } = await besideLiar("liar-whole");
    upstream.always({ timesLimit: 3 });
    expect((await call({ model: "gpt-4o", messages, max_tokens: 1000 }))?.status).toBe(200);
    expect(await isQuiet(ledger, upstream)).toBe(true);
    const cost = priceBook().cost({ provider: "openai", model: "gpt-4o", tokens: upstream.calls[0]?.tokens ?? {} });
    const stands = await status();
    expect(stands?.spentNanoUsd).toBe("costNanoUsd" in cost ? BigInt(cost.costNanoUsd) : -1n);
    expect(stands?.overageNanoUsd).toBeGreaterThan(0n);
    const before = upstream.requests.length;
    expect((await call({ model: "gpt-4o", messages, max_tokens: 1 }))?.status).toBe(402);
    expect(upstream.requests.length).toBe(before);
    await close();
  });

  /** A gateway on a book with room for one answer of 1,000 tokens, not for two. */
  async function besideLiar(name: string): Promise<{
    ask(body: object): ReturnType<typeof ask>;
    status(): Promise<BudgetStatus | undefined>;
    ledger: Ledger;
    close(): Promise<void>;
  }> {
    const own = join(folder, `${name}.db`);
    const [secret = ""] = await prepareBook(own, { budgets: [{ ...hard, amountNanoUsd: 19_000_000n }], keys: [{ name: "tests" }] });
    const strict = await startGatewayProcess(folder, { book: own, config });
    upstream.forget();
    const ledger = await openLedger(own, { readOnly: true });
    return {
      ask: (body) => ask(strict.url, secret, body),
      status: async () => (await ledger.budgets.status())[0],
      ledger,
      async close() {
        expect(await reservedNanoUsd(ledger)).toBe(0n);
        expect((await ledger.verify()).differences).toEqual([]);
        await ledger.close();
        await strict.kill("SIGTERM");
      },
    };
  }
});
