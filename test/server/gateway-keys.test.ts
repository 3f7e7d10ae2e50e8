import { expect, test } from "vitest";
import { callScope } from "../../src/server/gateway/access/call-scope.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { budgetOf, CHAT, type RunningGateway, runningGateway } from "./running-gateway.ts";

const PATH = "/v1/chat/completions";
const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

async function statusOf(gateway: RunningGateway, headers: Record<string, string>, body: unknown = CHAT): Promise<number> {
  const response = await gateway.post(PATH, body, headers);
  await response.text();
  return response.status;
}

test("a key is taken from each place where a format's clients put it, and its name and scope are in the record", async () => {
  await using gateway = await runningGateway({ config: { server: { host: "127.0.0.1", port: 0, auth: "always" } } });
  const { key } = await gateway.ledger.keys.create("robot", { org: "acme", team: "engineering" });
  const places: [Record<string, string>, string][] = [
    [bearer(key), ""],
    [{ "x-api-key": key }, ""],
    [{ "x-goog-api-key": key }, ""],
    [{}, `?key=${key}`],
  ];
  for (const [index, [headers, query]] of places.entries()) {
    const id = `call-${index}`;
    expect(
      (await gateway.post(PATH + query, CHAT, { ...headers, "x-tokenledger-request-id": id, "x-tokenledger-user": "zoë" })).status,
    ).toBe(200);
    const [record] = await gateway.records(id);
    expect(record).toMatchObject({ key: "robot", org: "acme", team: "engineering", user: "zoë" });
  }
  expect(gateway.upstream.requests.every(({ query, headers }) => query.get("key") === null && headers["x-api-key"] === undefined)).toBe(
    true,
  );
});

test("security S2: a key that is unknown, changed at its end, or shown beside another one is nobody's, never the machine's", async () => {
  await using gateway = await runningGateway();
  const one = await gateway.ledger.keys.create("one");
  const two = await gateway.ledger.keys.create("two");
  expect(await statusOf(gateway, {})).toBe(200);
  const last = one.key.endsWith("A") ? "B" : "A";
  const wrong = [`${one.key.slice(0, -1)}${last}`, one.key.slice(0, 40), `${one.key}x`, "tl_x", "sk-house", "a".repeat(500)];
  for (const key of wrong) expect([key, await statusOf(gateway, bearer(key))]).toEqual([key, 401]);
  for (const authorization of ["Basic abc", "Bearer", "Bearer  ", "bogus"]) expect(await statusOf(gateway, { authorization })).toBe(401);
  expect([400, 401]).toContain(await statusOf(gateway, { ...bearer(one.key), "x-api-key": two.key }));
  expect(await statusOf(gateway, { ...bearer(one.key), "x-api-key": one.key })).toBe(200);
});

test("a call without a key is the machine's own only where nothing speaks against it", async () => {
  await using gateway = await runningGateway();
  expect(await statusOf(gateway, {})).toBe(200);
  expect(await statusOf(gateway, { origin: "http://localhost:3000" })).toBe(200);
  for (const headers of [
    { origin: "https://evil.example" },
    { origin: "null" },
    { "x-forwarded-for": "10.0.0.1" },
    { forwarded: "for=10.0.0.1" },
    { via: "1.1 proxy" },
  ] as Record<string, string>[]) {
    expect([headers, await statusOf(gateway, headers)]).toEqual([headers, 401]);
  }
  await using strict = await runningGateway({ config: { server: { host: "127.0.0.1", port: 0, auth: "always" } } });
  expect(await statusOf(strict, {})).toBe(401);
});

test("security S2: a revoked key is refused within five seconds, an expired one at once", async () => {
  const clock = new FakeClock(Date.UTC(2026, 4, 1));
  await using gateway = await runningGateway({ clock });
  const { key } = await gateway.ledger.keys.create("short", { expiresMs: clock.now() + 60_000 });
  const lasting = await gateway.ledger.keys.create("lasting");
  expect(await statusOf(gateway, bearer(key))).toBe(200);
  expect(await statusOf(gateway, bearer(lasting.key))).toBe(200);
  clock.advance(60_000);
  expect(await statusOf(gateway, bearer(key))).toBe(401);
  expect(await statusOf(gateway, bearer(lasting.key))).toBe(200);
  await gateway.ledger.keys.revoke("lasting");
  clock.advance(5000);
  expect(await statusOf(gateway, bearer(lasting.key))).toBe(401);
});

test("headers fill what a key leaves open, and never contradict it", async () => {
  await using gateway = await runningGateway();
  const { key } = await gateway.ledger.keys.create("team key", { team: "engineering" });
  expect(await statusOf(gateway, { ...bearer(key), "x-tokenledger-team": "research" })).toBe(403);
  expect(await statusOf(gateway, { ...bearer(key), "x-tokenledger-team": "engineering", "x-tokenledger-project": "p" })).toBe(200);
});

test("tags come as a list with commas or as a JSON array", () => {
  const tags = (text: string): readonly string[] | undefined => callScope({ role: "admin" }, { "x-tokenledger-tags": text }).tags;
  expect(tags("a, b,,a")).toEqual(["a", "b"]);
  expect(tags('["a, b", "c"]')).toEqual(["a, b", "c"]);
  expect(() => tags('["a", 1]')).toThrow("JSON array");
  expect(() => tags(Array.from({ length: 101 }, (_, index) => `t${index}`).join(","))).toThrow("at most 100");
});

test("security S22: a key's models, answers and output tokens bound what a call may ask for, before the provider hears of it", async () => {
  await using gateway = await runningGateway();
  const { key } = await gateway.ledger.keys.create("bound", { models: ["gpt-4o*"], maxOutputTokens: 200, maxChoices: 2 });
  const status = (part: object): Promise<number> => statusOf(gateway, bearer(key), { ...CHAT, ...part });
  expect(await status({ model: "o1" })).toBe(403);
  expect(await status({ model: "xgpt-4o" })).toBe(403);
  expect(await status({ max_tokens: 201 })).toBe(400);
  expect(await status({ n: 3 })).toBe(400);
  expect(gateway.upstream.requests).toEqual([]);
  expect(await status({ n: 2, max_tokens: 200 })).toBe(200);
  expect(await status({ max_tokens: undefined })).toBe(200);
  expect(gateway.upstream.requests[1]?.json).toMatchObject({ max_tokens: 200 });
  expect(await statusOf(gateway, {}, { ...CHAT, n: 129 })).toBe(400);
});

test("a key's rate and number of concurrent calls are its own", async () => {
  await using gateway = await runningGateway();
  const slow = await gateway.ledger.keys.create("slow", { requestsPerMinute: 2 });
  const other = await gateway.ledger.keys.create("other", { requestsPerMinute: 2 });
  expect([await statusOf(gateway, bearer(slow.key)), await statusOf(gateway, bearer(slow.key))]).toEqual([200, 200]);
  const refused = await gateway.post(PATH, CHAT, bearer(slow.key));
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await statusOf(gateway, bearer(other.key))).toBe(200);
  const single = await gateway.ledger.keys.create("single", { maxConcurrentCalls: 1 });
  gateway.upstream.always({ delayMs: 1500 });
  const statuses = await Promise.all([1, 2, 3].map(() => statusOf(gateway, bearer(single.key))));
  expect(statuses.sort()).toEqual([200, 429, 429]);
  expect(await statusOf(gateway, bearer(single.key))).toBe(200);
});

test("a viewer's key reads and makes no calls", async () => {
  await using gateway = await runningGateway();
  const { key } = await gateway.ledger.keys.create("viewer", { role: "viewer" });
  expect(await statusOf(gateway, bearer(key))).toBe(403);
  expect((await fetch(`${gateway.url}/api/v1/usage?request_id=x`, { headers: bearer(key) })).status).toBe(200);
});

test("a refusal names budgets of the caller's own, and no others' amounts", async () => {
  await using gateway = await runningGateway({
    budgets: [
      budgetOf({ name: "the whole company", amountNanoUsd: 777n, enforcement: "block_requests", hard: true }),
      budgetOf({ name: "engineering", scope: { team: "engineering" }, amountNanoUsd: 888n, enforcement: "block_requests", hard: true }),
    ],
  });
  const { key } = await gateway.ledger.keys.create("member", { team: "engineering" });
  const response = await gateway.post(PATH, CHAT, bearer(key));
  const text = await response.text();
  expect(response.status).toBe(402);
  expect(text).toContain("engineering");
  expect(text).not.toMatch(/company|0\.000000/);
});

test("GET /api/v1/usage gives a call's records to admins, and to a key its own calls only", async () => {
  await using gateway = await runningGateway();
  const one = await gateway.ledger.keys.create("one");
  const two = await gateway.ledger.keys.create("two");
  await (await gateway.post(PATH, CHAT, { ...bearer(one.key), "x-tokenledger-request-id": "mine" })).text();
  const usage = (headers: Record<string, string>, id = "mine"): Promise<Response> =>
    fetch(`${gateway.url}/api/v1/usage?request_id=${id}`, { headers });
  const admin = (await (await usage({})).json()) as { schema: string; records: object[] };
  expect(admin).toMatchObject({
    schema: "tokenledger.usage/1",
    records: [{ request_id: "mine", key: "one", source: "gateway", status: "ok" }],
  });
  expect(await (await usage(bearer(one.key))).json()).toEqual(admin);
  expect((await usage(bearer(two.key))).status).toBe(404);
  expect((await usage(bearer("tl_nobody"))).status).toBe(401);
  expect(await (await usage({}, "none")).json()).toEqual({ schema: "tokenledger.usage/1", records: [], next_cursor: null });
  expect((await fetch(`${gateway.url}/api/v1/usage?request=x`)).status).toBe(400);
});

test("a request id is used once: while its call is under way and ever after, the same id is 409 and nothing is called", async () => {
  await using gateway = await runningGateway();
  gateway.upstream.script({ delayMs: 150 });
  const headers = { "x-tokenledger-request-id": "same" };
  const statuses = await Promise.all([statusOf(gateway, headers), statusOf(gateway, headers)]);
  expect(statuses.sort()).toEqual([200, 409]);
  expect(await statusOf(gateway, headers)).toBe(409);
  expect(await statusOf(gateway, headers, { ...CHAT, max_tokens: 50 })).toBe(409);
  expect(gateway.upstream.requests).toHaveLength(1);
});
