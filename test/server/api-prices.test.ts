import { afterAll, beforeAll, expect, test } from "vitest";
import { priceBook } from "../../src/pricing/index.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { Machine } from "../cli/run-command.ts";
import { ask } from "./api-client.ts";
import { type RunningGateway, runningGateway } from "./running-gateway.ts";

const PRICES = "/api/v1/prices";
const machine = new Machine();
let gateway: RunningGateway;
type Price = { provider: string; model: string; origin?: string; input?: string };

beforeAll(async () => {
  gateway = await runningGateway({ clock: new FakeClock(Date.UTC(2026, 4, 1)) });
  await gateway.ledger.prices.put(
    [{ provider: "acme", model: "Acme-One", aliases: ["first-one"], rates: { input: 1_500_000_000 }, sources: [] }],
    "test",
  );
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function listed(query = ""): Promise<Price[]> {
  const { status, body } = await ask(gateway, "GET", `${PRICES}?limit=1000${query}`);
  expect([status, body.schema]).toEqual([200, "tokenledger.pricing/1"]);
  return body.prices;
}

test("all prices come page by page, each once, the book's own first", async () => {
  const found: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const next: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const { body } = await ask(gateway, "GET", `${PRICES}?limit=400${next}`);
    found.push(...body.prices.map((price: Price) => `${price.provider}/${price.model}`));
    cursor = body.next_cursor;
  }
  const bundled = priceBook().entries();
  expect(found).toEqual(["acme/Acme-One", ...bundled.map(({ provider, model }) => `${provider}/${model}`)]);
});

test("each price says whose it is: the book's own, or the bundled list's", async () => {
  const origins = new Map((await listed()).map(({ provider, origin }) => [provider, origin]));
  expect(origins.get("acme")).toBe("book");
  origins.delete("acme");
  expect([...new Set(origins.values())]).toEqual(["bundled"]);
});

test("prices are found by provider, by one of the model's names, and by a text in any of them", async () => {
  expect((await listed("&provider=openai")).every(({ provider }) => provider === "openai")).toBe(true);
  const [price, ...others] = await listed("&model=first-one");
  expect([price?.provider, price?.model, others]).toEqual(["acme", "Acme-One", []]);
  expect(await listed("&model=acme-one")).toEqual([]);
  expect(await listed("&search=CME-on")).toEqual([price]);
  expect(await listed("&search=FIRST-")).toEqual([price]);
  const gpt = await listed("&provider=openai&search=gpt-4o");
  expect(gpt.map(({ model }) => model)).toContain("gpt-4o");
  expect(gpt.every(({ model }) => model.includes("gpt-4o"))).toBe(true);
  expect(await listed("&provider=acme&model=gpt-4o")).toEqual([]);
});

test("an explanation is the command's, to the last word", async () => {
  const query = "model=gpt-4o&at=2026-05-01&input=30000&cache_read=24000&output=1200&tier=batch";
  const { status, body } = await ask(gateway, "GET", `${PRICES}/explain?${query}`);
  expect(status).toBe(200);
  const options = ["--at", "2026-05-01", "--input", "30000", "--cache-read", "24000", "--output", "1200", "--tier", "batch"];
  const command = machine.run(["pricing", "show", "gpt-4o", "--explain", ...options, "--json"]);
  const told = JSON.parse(command.stdout);
  // The prices that stand before the bundled ones have a version, too.
  expect({ ...body, explanation: { ...body.explanation, price_version: null } }).toEqual({
    ...told,
    explanation: { ...told.explanation, price_version: null },
  });
  expect(body.explanation.cost_usd).toMatch(/^0\.\d+$/);
});

test("what nobody sells is unpriced with a reason, never free; what can't be counted is refused", async () => {
  const { status, body } = await ask(gateway, "GET", `${PRICES}/explain?model=nobody-sells-this`);
  expect([status, body.prices, body.explanation.cost_usd]).toEqual([200, [], null]);
  expect(body.explanation.reason).toContain("no price is known");
  expect(body.explanation.steps.join(" ")).toContain("Unpriced");
  for (const [query, place] of [
    ["", "model"],
    ["model=gpt-4o&at=yesterday", "at"],
    ["model=gpt-4o&tier=cheap", "tier"],
    ["model=gpt-4o&input=-1", "input"],
    ["model=gpt-4o&input=1&cache_read=2", "tokens.input"],
    ["model=gpt-4o&cached=2", "cached"],
  ] as const) {
    const refused = await ask(gateway, "GET", `${PRICES}/explain?${query}`);
    expect([query, refused.status, refused.body.error.message]).toEqual([query, 400, expect.stringContaining(place)]);
  }
});
