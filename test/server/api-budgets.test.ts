import { expect, test } from "vitest";
import { ask, usageForm } from "./api-client.ts";
import { budgetOf, runningGateway } from "./running-gateway.ts";

const BUDGETS = "/api/v1/budgets";
const MONTHLY = { name: "monthly", scope: { team: "red" }, amount_usd: "500", period: "monthly", alerts: [50, 75, 90] };

test("G18: budgets are created, read, replaced and removed; the book enforces what was asked for", async () => {
  await using gateway = await runningGateway();
  const made = await ask(gateway, "POST", BUDGETS, { body: { ...MONTHLY, tolerance: 0.1, enforcement: "block_requests" } });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    schema: "tokenledger.budget/1",
    name: "monthly",
    scope: { team: "red" },
    amount_usd: "500",
    alerts: [50, 75, 90],
    hard: true,
    defined_in: "api",
    status: [{ spent_usd: "0", zone: "green" }],
  });
  expect(made.headers.get("location")).toBe("/api/v1/budgets/monthly");
  expect(made.headers.get("etag")).toBe(made.body.etag);
  expect((await gateway.ledger.budgets.list())[0]).toMatchObject({ origin: "api", definition: { amountNanoUsd: 500_000_000_000n } });

  const listed = await ask(gateway, "GET", BUDGETS);
  expect(listed.body).toMatchObject({
    schema: "tokenledger.budgets/1",
    budgets: [{ name: "monthly", amount_usd: "500", spent_usd: "0", alerts: [{ threshold: 50, triggered_at: null }, {}, {}] }],
    next_cursor: null,
  });
  expect(listed.body.budgets[0].etag).toBe(made.body.etag);

  const put = await ask(gateway, "PUT", `${BUDGETS}/monthly`, { body: { amount_usd: 0.25, window_seconds: 3600, max_tokens: 1000 } });
  expect(put.status).toBe(200);
  expect(put.body).toMatchObject({ amount_usd: "0.25", window_seconds: 3600, period: null, scope: {}, max_tokens: 1000 });
  expect((await ask(gateway, "PUT", BUDGETS, { body: { ...MONTHLY, name: "other" } })).status).toBe(201);
  expect((await ask(gateway, "DELETE", `${BUDGETS}?name=other`)).status).toBe(204);
  expect((await ask(gateway, "DELETE", `${BUDGETS}/monthly`)).status).toBe(204);
  expect((await ask(gateway, "GET", `${BUDGETS}/monthly`)).status).toBe(404);
  const { body } = await ask(gateway, "GET", "/api/v1/audit");
  expect(body.entries.map(({ action, actor, subject }: Record<string, string>) => [action, actor, subject])).toEqual([
    ["budget.removed", "local", "monthly"],
    ["budget.removed", "local", "other"],
    ["budget.created", "local", "other"],
    ["budget.changed", "local", "monthly"],
    ["budget.created", "local", "monthly"],
  ]);
});

test("the same budget posted again is 200, another one of its name 409, and one of the configuration can't be changed", async () => {
  await using gateway = await runningGateway({ budgets: [budgetOf({ name: "fixed" })] });
  expect((await ask(gateway, "POST", BUDGETS, { body: MONTHLY })).status).toBe(201);
  expect((await ask(gateway, "POST", BUDGETS, { body: MONTHLY })).status).toBe(200);
  const other = await ask(gateway, "POST", BUDGETS, { body: { ...MONTHLY, amount_usd: "501" } });
  expect([other.status, other.body.error.code, other.body.error.field]).toEqual([409, "name_in_use", "name"]);
  for (const [method, body] of [
    ["PUT", { amount_usd: "1", period: "daily" }],
    ["DELETE", undefined],
  ] as const) {
    const refused = await ask(gateway, method, `${BUDGETS}/fixed`, { body });
    expect([refused.status, refused.body.error.code]).toEqual([409, "defined_in_configuration"]);
  }
});

test("207: of two admins who change the same budget, the second is told that it has changed", async () => {
  await using gateway = await runningGateway();
  const { body: made } = await ask(gateway, "POST", BUDGETS, { body: MONTHLY });
  const change = (amount_usd: string): Promise<number> =>
    ask(gateway, "PUT", `${BUDGETS}/monthly`, { body: { ...MONTHLY, amount_usd }, headers: { "if-match": made.etag } }).then(
      ({ status }) => status,
    );
  expect((await Promise.all([change("1"), change("2"), change("3")])).sort()).toEqual([200, 412, 412]);
  const now = await ask(gateway, "GET", `${BUDGETS}/monthly`);
  expect(now.body.etag).not.toBe(made.etag);
  expect((await ask(gateway, "DELETE", `${BUDGETS}/monthly`, { headers: { "if-match": made.etag } })).status).toBe(412);
  const only = { body: MONTHLY, headers: { "if-none-match": "*" } };
  expect((await ask(gateway, "PUT", `${BUDGETS}/monthly`, only)).status).toBe(412);
  expect((await ask(gateway, "PUT", `${BUDGETS}/fresh`, { ...only, body: { ...MONTHLY, name: "fresh" } })).status).toBe(201);
  expect((await ask(gateway, "PUT", `${BUDGETS}/gone`, { body: { ...MONTHLY, name: "gone" }, headers: { "if-match": "*" } })).status).toBe(
    412,
  );
  // Putting back what was there makes its tag valid again: it is the same budget.
  expect(await change("500")).toBe(412);
  await ask(gateway, "PUT", `${BUDGETS}/monthly`, { body: MONTHLY });
  expect(await change("4")).toBe(200);
});

test("207: an amount below what is spent is taken, and what was spent stays; a budget is removed with calls under way", async () => {
  await using gateway = await runningGateway();
  await ask(gateway, "POST", BUDGETS, { body: { ...MONTHLY, period: "lifetime", alerts: [50] } });
  await ask(gateway, "POST", "/api/v1/usage", { body: { records: [usageForm(1, { team: "red", cost_usd: "300" })] } });
  const lowered = await ask(gateway, "PUT", `${BUDGETS}/monthly`, {
    body: { ...MONTHLY, period: "lifetime", amount_usd: "100", enforcement: "block_requests" },
  });
  expect(lowered.body.status).toMatchObject([{ spent_usd: "300", amount_usd: "100", zone: "red", exceeded: true }]);
  await ask(gateway, "PUT", `${BUDGETS}/monthly`, { body: { ...MONTHLY, period: "lifetime" } });
  const call = {
    requestId: "open",
    provider: "openai",
    model: "gpt-4o",
    scope: { team: "red" },
    estimate: { inputTokens: 10, outputTokens: 10 },
  };
  const reservation = await gateway.ledger.reserve(call);
  expect((await ask(gateway, "DELETE", `${BUDGETS}/monthly`)).status).toBe(204);
  await reservation.settle();
  expect((await gateway.ledger.verify()).differences).toEqual([]);
});

test("205: fields that a budget's caller has no say in, and values that make none, are refused by name and change nothing", async () => {
  await using gateway = await runningGateway();
  const wrong: [Record<string, unknown>, string][] = [
    [{ spent_usd: "0" }, "spent_usd"],
    [{ used: 0 }, "used"],
    [{ id: 1 }, "id"],
    [{ created_at: "2026-01-01" }, "created_at"],
    [{ defined_in: "config" }, "defined_in"],
    [{ tenant_id: "blue" }, "tenant_id"],
    [{ __proto__x: 1 }, "__proto__x"],
    [{ scope: { teams: "red" } }, "scope.teams"],
    [{ scope: ["red"] }, "scope"],
    [{ amount_usd: "-1" }, "amount_usd"],
    [{ amount_usd: "1.0000000001" }, "amount_usd"],
    [{ amount_usd: "1e3" }, "amount_usd"],
    [{ amount_usd: true }, "amount_usd"],
    [{ max_tokens: 1.5 }, "max_tokens"],
    [{ period: "fortnightly" }, "period"],
    [{ period: null, window_seconds: 0 }, "window_seconds"],
    [{ time_zone: "Mars/Phobos" }, "time_zone"],
    [{ alerts: [90, 50] }, "alerts[1]"],
    [{ enforcement: "block" }, "enforcement"],
    [{ hard: "yes" }, "hard"],
    [{ tolerance: 2 }, "tolerance"],
    [{ webhook: "ftp://example.org" }, "webhook"],
    [{ name: "" }, "name"],
    [{ name: "x".repeat(1_000_000) }, ""],
    [{ name: "x".repeat(600) }, "name"],
    [{ name: "a\u202eb" }, "name"],
    [{ name: "a\u200bb" }, "name"],
    [{ name: "a\u0000b" }, "name"],
    [{ name: " a" }, "name"],
  ];
  for (const [part, field] of wrong) {
    const { status, body } = await ask(gateway, "POST", BUDGETS, { body: { ...MONTHLY, ...part } });
    expect([part, status >= 400 && status < 500, body.error.field ?? ""]).toEqual([part, true, field]);
    expect(body.error.message.length).toBeLessThan(1_000);
  }
  const raw = await ask(gateway, "POST", BUDGETS, { body: `{"__proto__":{"isAdmin":true},"name":"a","amount_usd":"1","period":"daily"}` });
  expect(raw.status).toBe(400);
  expect((await ask(gateway, "GET", BUDGETS)).body.budgets).toEqual([]);
});

test("208: names that are odd but names are kept as they are; two spellings of one name are one", async () => {
  await using gateway = await runningGateway();
  for (const name of [
    "🪙",
    "<img onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "../up",
    "con",
    "a/b",
    "O'Brien; DROP TABLE budgets",
    "{name}",
  ]) {
    const made = await ask(gateway, "POST", BUDGETS, { body: { ...MONTHLY, name } });
    expect([name, made.status, made.body.name]).toEqual([name, 201, name]);
    expect((await ask(gateway, "GET", `${BUDGETS}?name=${encodeURIComponent(name)}`)).body.budgets).toHaveLength(1);
    expect((await ask(gateway, "DELETE", `${BUDGETS}?name=${encodeURIComponent(name)}`)).status).toBe(204);
  }
  expect((await ask(gateway, "POST", BUDGETS, { body: { ...MONTHLY, name: "caf\u00e9" } })).status).toBe(201);
  expect((await ask(gateway, "POST", BUDGETS, { body: { ...MONTHLY, name: "cafe\u0301" } })).status).toBe(200);
  expect((await ask(gateway, "GET", `${BUDGETS}/caf%C3%A9`)).status).toBe(200);
});

test("budgets are listed in pages by their names", async () => {
  await using gateway = await runningGateway();
  const names = Array.from({ length: 7 }, (_, index) => `b${index}`);
  for (const name of names) await ask(gateway, "POST", BUDGETS, { body: { ...MONTHLY, name } });
  const seen: string[] = [];
  for (let cursor = ""; ; ) {
    const { body } = await ask(gateway, "GET", `${BUDGETS}?limit=3${cursor}`);
    seen.push(...body.budgets.map(({ name }: { name: string }) => name));
    if (seen.length === 3) await ask(gateway, "DELETE", `${BUDGETS}/b2`);
    if (body.next_cursor === null) break;
    cursor = `&cursor=${body.next_cursor}`;
  }
  expect(seen).toEqual(names);
});

test("a team's admin sees and changes its team's budgets only; what it makes carries the team in scope and name", async () => {
  await using gateway = await runningGateway();
  const red = (await gateway.ledger.keys.create("red-admin", { role: "admin", team: "red" })).key;
  const viewer = (await gateway.ledger.keys.create("red-viewer", { role: "viewer", team: "red" })).key;
  for (const [name, scope] of [
    ["all", {}],
    ["each", { team: "*" }],
    ["blue", { team: "blue" }],
    ["ours", { team: "red", model: "gpt-4o" }],
  ] as const) {
    await ask(gateway, "POST", BUDGETS, { body: { ...MONTHLY, name, scope } });
  }
  const names = async (key: string): Promise<string[]> =>
    (await ask(gateway, "GET", BUDGETS, { key })).body.budgets.map(({ name }: { name: string }) => name);
  expect(await names(red)).toEqual(["ours"]);
  expect(await names(viewer)).toEqual(["ours"]);
  expect((await ask(gateway, "GET", `${BUDGETS}/ours`, { key: viewer })).body.etag).toBeUndefined();

  // Whether another team has the name is nothing that can be found out.
  for (const name of ["blue", "nobody's"]) {
    const body = { ...MONTHLY, name, scope: {} };
    const made = await ask(gateway, "POST", BUDGETS, { key: red, body });
    expect([made.status, made.body.name, made.body.scope]).toEqual([201, `red:${name}`, { team: "red" }]);
    expect((await ask(gateway, "GET", `${BUDGETS}/${encodeURIComponent(name)}`, { key: red })).body.name).toBe(`red:${name}`);
    expect((await ask(gateway, "DELETE", `${BUDGETS}/${encodeURIComponent(name)}`, { key: red })).status).toBe(204);
    for (const [method, sent] of [
      ["GET", undefined],
      ["PUT", body],
      ["DELETE", undefined],
    ] as const) {
      const refused = await ask(gateway, method, `${BUDGETS}/${encodeURIComponent(name)}`, { key: red, body: sent });
      expect([refused.status, refused.body.error.message]).toEqual([404, "There is no budget of this name."]);
    }
  }
  for (const scope of [{ team: "blue" }, { team: "*" }]) {
    expect((await ask(gateway, "POST", BUDGETS, { key: red, body: { ...MONTHLY, scope } })).status).toBe(403);
    expect((await ask(gateway, "PUT", `${BUDGETS}/ours`, { key: red, body: { ...MONTHLY, name: "ours", scope } })).status).toBe(403);
  }
  expect((await ask(gateway, "GET", "/api/v1/audit", { key: red })).status).toBe(403);
  expect((await gateway.ledger.budgets.list()).map(({ definition }) => definition.name).sort()).toEqual(["all", "blue", "each", "ours"]);
});

test("G18: alerts are listed and acknowledged, each team its own, all that are named or none", async () => {
  await using gateway = await runningGateway();
  const red = (await gateway.ledger.keys.create("red", { role: "admin", team: "red" })).key;
  for (const team of ["red", "blue"]) {
    await ask(gateway, "POST", BUDGETS, { body: { ...MONTHLY, name: team, scope: { team }, period: "lifetime", amount_usd: "1" } });
    await ask(gateway, "POST", "/api/v1/usage", { body: { records: [usageForm(1, { id: team, team, cost_usd: "0.8" })] } });
  }
  const alerts = async (key?: string): Promise<{ id: number; budget: string; acknowledged_at: string | null }[]> =>
    (await ask(gateway, "GET", "/api/v1/alerts?open=true", key === undefined ? {} : { key })).body.alerts;
  expect((await alerts()).map(({ budget }) => budget)).toEqual(["blue", "blue", "red", "red"]);
  const own = await alerts(red);
  expect(own.map(({ budget }) => budget)).toEqual(["red", "red"]);
  const foreign = (await alerts()).find(({ budget }) => budget === "blue")?.id as number;
  const acknowledge = (key: string, body: object): ReturnType<typeof ask> => ask(gateway, "POST", "/api/v1/alerts/ack", { key, body });
  for (const id of [foreign, 999_999]) {
    const refused = await acknowledge(red, { ids: [own[0]?.id, id] });
    expect([refused.status, refused.body.error.message]).toEqual([404, `There is no alert ${id}.`]);
  }
  for (const body of [{}, { ids: [] }, { ids: [1], all: true }, { ids: ["1"] }, { all: false }])
    expect((await acknowledge(red, body)).status).toBe(400);
  expect(await alerts(red)).toHaveLength(2);
  const first = await acknowledge(red, { ids: [own[0]?.id, own[0]?.id] });
  expect([first.status, first.body.acknowledged, first.body.alerts.length]).toEqual([200, 1, 1]);
  expect((await acknowledge(red, { all: true })).body.acknowledged).toBe(1);
  expect((await alerts()).map(({ budget }) => budget)).toEqual(["blue", "blue"]);
});

test("G29: a team, a user and a project that are called alike do not meet in the names of what they make", async () => {
  await using gateway = await runningGateway();
  const keyOf = async (rules: object): Promise<string> =>
    (await gateway.ledger.keys.create(JSON.stringify(rules), { role: "admin", ...rules })).key;
  const owners = [
    { team: "a" },
    { user: "a" },
    { project: "a" },
    { org: "a" },
    { org: "a", team: "b" },
    { team: "a", user: "b" },
    { team: "user=a" },
  ];
  const names = new Set<string>();
  for (const owner of owners) {
    const key = await keyOf(owner);
    const budget = await ask(gateway, "POST", "/api/v1/budgets", { key, body: { name: "monthly", amount_usd: "5", period: "monthly" } });
    const made = await ask(gateway, "POST", "/api/v1/keys", { key, body: { name: "ci" } });
    expect([owner, budget.status, made.status]).toEqual([owner, 201, 201]);
    names.add(budget.body.name);
  }
  expect(names.size).toBe(owners.length);
});

test("208: names hold nothing that is not seen, so that no two look alike", async () => {
  await using gateway = await runningGateway();
  const make = (name: string) => ask(gateway, "POST", "/api/v1/budgets", { body: { name, amount_usd: "5", period: "monthly" } });
  for (const unseen of ["\u200b", "\u2060", "\u00ad", "\u061c", "\u{e0041}", "\u3164", "\u115f", "\u202e", "\ufeff"]) {
    expect([unseen, (await make(`mon${unseen}thly`)).status]).toEqual([unseen, 400]);
  }
  expect((await make("👩‍💻 monthly")).status).toBe(201);
});
