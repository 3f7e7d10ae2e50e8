import { expect, test } from "vitest";
import { EMPTY_CONFIG } from "../../src/config/config.ts";
import { ask, usageForm } from "./api-client.ts";
import { CHAT, runningGateway } from "./running-gateway.ts";

const KEYS = "/api/v1/keys";

test("a key is made, shown once, works, is rotated with a grace and revoked; neither lists nor the audit log hold it", async () => {
  await using gateway = await runningGateway();
  const made = await ask(gateway, "POST", KEYS, { body: { name: "ci", team: "red", models: ["gpt-4o*"], requests_per_minute: 60 } });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    schema: "tokenledger.key/1",
    name: "ci",
    role: "member",
    team: "red",
    models: ["gpt-4o*"],
    requests_per_minute: 60,
    defined_in: "api",
  });
  const { id, key } = made.body;
  expect((await gateway.post("/v1/chat/completions", CHAT, { authorization: `Bearer ${key}` })).status).toBe(200);
  expect((await gateway.post("/v1/chat/completions", { ...CHAT, model: "gpt-4" }, { authorization: `Bearer ${key}` })).status).toBe(403);

  const rotated = await ask(gateway, "POST", `${KEYS}/${id}/rotate`, { body: { grace_seconds: 60 } });
  expect([rotated.status, rotated.body.name, rotated.body.grace_until !== null]).toEqual([200, "ci", true]);
  expect(rotated.body.key).not.toBe(key);
  for (const each of [key, rotated.body.key]) expect((await ask(gateway, "GET", "/api/v1/session", { key: each })).status).toBe(200);

  const revoked = await ask(gateway, "DELETE", `${KEYS}?name=ci`);
  expect([revoked.status, revoked.body.revoked]).toEqual([200, 2]);
  expect((await ask(gateway, "DELETE", `${KEYS}/${rotated.body.id}`)).body.revoked).toBe(0);
  expect((await ask(gateway, "POST", `${KEYS}/${rotated.body.id}/rotate`, { body: {} })).status).toBe(409);
  expect((await ask(gateway, "GET", KEYS)).body.keys).toEqual([]);
  const all = await ask(gateway, "GET", `${KEYS}?all=true`);
  const audit = await ask(gateway, "GET", "/api/v1/audit");
  expect(all.body.keys.map(({ state }: { state: string }) => state)).toEqual(["revoked", "revoked"]);
  for (const secret of [key, rotated.body.key]) {
    expect(JSON.stringify([all.body, audit.body])).not.toContain(secret);
    expect(gateway.log.join("\n")).not.toContain(secret);
  }
});

test("a name in use is 409; keys of the configuration are not rotated; what is not there is 404", async () => {
  await using gateway = await runningGateway({
    config: { ...EMPTY_CONFIG, virtualKeys: [{ name: "fixed", key: "a-key-of-the-configuration" }] },
  });
  expect((await ask(gateway, "POST", KEYS, { body: { name: "ci" } })).status).toBe(201);
  const twice = await ask(gateway, "POST", KEYS, { body: { name: "ci" } });
  expect([twice.status, twice.body.error.field]).toEqual([409, "name"]);
  const { body } = await ask(gateway, "GET", `${KEYS}?name=fixed`);
  expect((await ask(gateway, "POST", `${KEYS}/${body.keys[0].id}/rotate`, { body: {} })).status).toBe(409);
  expect((await ask(gateway, "POST", `${KEYS}/nothing/rotate`, { body: {} })).status).toBe(404);
  expect((await ask(gateway, "DELETE", `${KEYS}/nothing`)).status).toBe(404);
  expect((await ask(gateway, "DELETE", `${KEYS}?name=nobody`)).status).toBe(404);
  expect((await ask(gateway, "DELETE", KEYS)).status).toBe(400);
});

test("205: a key is given no field but its own, and none of another form", async () => {
  await using gateway = await runningGateway();
  const wrong: [Record<string, unknown>, string][] = [
    [{ id: "abcdefgh" }, "id"],
    [{ key: "tl_mine" }, "key"],
    [{ tenant_id: "blue" }, "tenant_id"],
    [{ created_at: "2026-01-01" }, "created_at"],
    [{ defined_in: "config" }, "defined_in"],
    [{ state: "active" }, "state"],
    [{ allowed_routes: ["/*"] }, "allowed_routes"],
    [{ role: "root" }, "role"],
    [{ role: ["admin"] }, "role"],
    [{ models: [] }, "models"],
    [{ models: "*" }, "models"],
    [{ requests_per_minute: 0 }, "requests_per_minute"],
    [{ max_choices: 1e30 }, "max_choices"],
    [{ expires_at: "soon" }, "expires_at"],
    [{ name: "a\u2066b" }, "name"],
  ];
  for (const [part, field] of wrong) {
    const { status, body } = await ask(gateway, "POST", KEYS, { body: { name: "ci", ...part } });
    expect([part, status, body.error.field]).toEqual([part, 400, field]);
  }
  expect((await gateway.ledger.keys.list()).length).toBe(0);
});

test("a child key may do no more than the key that makes it, in role, names, limits, models and time", async () => {
  await using gateway = await runningGateway();
  const parent = await gateway.ledger.keys.create("parent", {
    role: "admin",
    team: "red",
    models: ["gpt-4o*"],
    requestsPerMinute: 10,
    maxOutputTokens: 100,
    expiresMs: Date.now() + 86_400_000,
  });
  const { key } = parent;
  const made = await ask(gateway, "POST", KEYS, { key, body: { name: "child", role: "admin" } });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    name: "red:child",
    role: "admin",
    team: "red",
    models: ["gpt-4o*"],
    requests_per_minute: 10,
    max_output_tokens: 100,
  });
  expect(made.body.expires_at).toBe(new Date(parent.created.expiresMs as number).toISOString());
  const narrower = {
    name: "narrow",
    models: ["gpt-4o-mini"],
    requests_per_minute: 5,
    user: "ann",
    expires_at: new Date(Date.now() + 60_000).toISOString(),
  };
  expect((await ask(gateway, "POST", KEYS, { key, body: narrower })).status).toBe(201);
  const beyond: [Record<string, unknown>, string][] = [
    [{ team: "blue" }, "team"],
    [{ models: ["*"] }, "models"],
    [{ models: ["gpt-4o", "o3"] }, "models"],
    [{ models: ["gpt-4*"] }, "models"],
    [{ requests_per_minute: 11 }, "requests_per_minute"],
    [{ max_output_tokens: 101 }, "max_output_tokens"],
    [{ expires_at: "2100-01-01" }, "expires_at"],
  ];
  for (const [part, field] of beyond) {
    const { status, body } = await ask(gateway, "POST", KEYS, { key, body: { name: "more", ...part } });
    expect([part, status, body.error.field]).toEqual([part, 403, field]);
  }
  // A stronger key of the same team can be seen, but neither be had by rotating it nor be ended.
  const stronger = (await gateway.ledger.keys.create("stronger", { role: "admin", team: "red" })).created;
  for (const [method, path] of [
    ["POST", `${KEYS}/${stronger.id}/rotate`],
    ["DELETE", `${KEYS}/${stronger.id}`],
  ] as const) {
    expect((await ask(gateway, method, path, { key, body: method === "POST" ? {} : undefined })).status).toBe(403);
  }
});

test("a team's admin sees, rotates and revokes its team's keys; those of others are not there for it", async () => {
  await using gateway = await runningGateway();
  const red = (await gateway.ledger.keys.create("red", { role: "admin", team: "red" })).key;
  const own = (await gateway.ledger.keys.create("ours", { team: "red" })).created;
  const others = [await gateway.ledger.keys.create("theirs", { team: "blue" }), await gateway.ledger.keys.create("all", { role: "admin" })];
  const listed = await ask(gateway, "GET", `${KEYS}?all=true`, { key: red });
  expect(listed.body.keys.map(({ name }: { name: string }) => name).sort()).toEqual(["ours", "red"]);
  for (const { created } of others) {
    for (const [method, path] of [
      ["POST", `${KEYS}/ID/rotate`],
      ["DELETE", `${KEYS}/ID`],
      ["DELETE", `${KEYS}?id=ID`],
    ] as const) {
      const [foreign, nobodys] = await Promise.all(
        [created.id, "zzzzzzzz"].map((id) =>
          ask(gateway, method, path.replace("ID", id), { key: red, body: method === "POST" ? {} : undefined }),
        ),
      );
      expect([foreign?.status, nobodys?.status]).toEqual([404, 404]);
      expect(foreign?.body.error.message).toBe(nobodys?.body.error.message);
    }
    expect((await ask(gateway, "DELETE", `${KEYS}?name=${created.name}`, { key: red })).status).toBe(404);
  }
  // Names are one book's, and yet a name of others' is as free as any.
  for (const name of ["theirs", "nobody's"]) {
    const made = await ask(gateway, "POST", KEYS, { key: red, body: { name } });
    expect([made.status, made.body.name, made.body.team]).toEqual([201, `red:${name}`, "red"]);
  }
  expect((await ask(gateway, "DELETE", `${KEYS}/${own.id}`, { key: red })).body.revoked).toBe(1);
  expect((await gateway.ledger.keys.list()).filter(({ revokedMs }) => revokedMs !== undefined).map(({ name }) => name)).toEqual(["ours"]);
});

test("keys are listed in pages, in the order in which they were made", async () => {
  await using gateway = await runningGateway();
  const names = Array.from({ length: 7 }, (_, index) => `k${index}`);
  for (const name of names) await gateway.ledger.keys.create(name);
  const seen: string[] = [];
  for (let cursor = ""; ; ) {
    const { body } = await ask(gateway, "GET", `${KEYS}?limit=3${cursor}`);
    seen.push(...body.keys.map(({ name }: { name: string }) => name));
    if (body.next_cursor === null) break;
    await gateway.ledger.keys.create(`later${seen.length}`);
    cursor = `&cursor=${body.next_cursor}`;
  }
  const old = seen.filter((name) => names.includes(name));
  expect(old.sort()).toEqual(names);
  expect(new Set(seen).size).toBe(seen.length);
});

test("a key that was revoked through a gateway is refused by it at once", async () => {
  await using gateway = await runningGateway();
  const { body: made } = await ask(gateway, "POST", KEYS, { body: { name: "ci", role: "admin" } });
  expect((await ask(gateway, "POST", "/api/v1/usage", { key: made.key, body: { records: [usageForm(1)] } })).status).toBe(200);
  await ask(gateway, "DELETE", `${KEYS}/${made.id}`);
  expect((await ask(gateway, "GET", "/api/v1/usage", { key: made.key })).status).toBe(401);
});
