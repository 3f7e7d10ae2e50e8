import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EMPTY_CONFIG } from "../../src/config/config.ts";
import { bookName } from "../../src/ledger/index.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { type Answered, ask } from "./api-client.ts";
import { type RunningGateway, runningGateway, savingsOf } from "./running-gateway.ts";

const SESSION = "/api/v1/session";
const BUDGET = { name: "b", amount_usd: "1", period: "daily" };
const clock = new FakeClock(Date.UTC(2026, 4, 1));
let gateway: RunningGateway;
let admin: { key: string; id: string };

beforeAll(async () => {
  gateway = await runningGateway({ clock, config: { ...EMPTY_CONFIG, server: { host: "127.0.0.1", port: 0, auth: "always" } } });
  const { key, created } = await gateway.ledger.keys.create("admin", { role: "admin" });
  admin = { key, id: created.id };
});
afterAll(() => gateway[Symbol.asyncDispose]());

function open(key: string, headers: Record<string, string> = {}): Promise<Answered> {
  return ask(gateway, "POST", SESSION, { body: { key }, headers: { origin: gateway.url, ...headers } });
}

function cookieOf({ headers }: Answered): string {
  return (headers.get("set-cookie") ?? "").split(";")[0] as string;
}

test("S16: a session's cookie is bound to this host and to TLS, is nothing for scripts and other sites, and holds no key", async () => {
  const opened = await open(admin.key);
  expect(opened.status).toBe(200);
  expect(opened.body).toMatchObject({
    schema: "tokenledger.session/1",
    role: "admin",
    key_name: "admin",
    expires_at: "2026-05-01T12:00:00.000Z",
  });
  const cookie = opened.headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(/^__Host-tokenledger=tls_[\w-]{43}; Max-Age=43200; HttpOnly; Secure; SameSite=Strict; Path=\/$/);
  expect(cookie + JSON.stringify(opened.body)).not.toContain(admin.key);
  expect((await ask(gateway, "GET", SESSION, { headers: { cookie: cookieOf(opened) } })).body.key_id).toBe(admin.id);
  expect((await ask(gateway, "GET", "/api/v1/keys", { headers: { cookie: `a=b; ${cookieOf(opened)}; c=d` } })).status).toBe(200);
});

describe("who asks is told what a page has to know", () => {
  const whoAsks = async (of: RunningGateway, key?: string): Promise<Record<string, unknown>> =>
    (await ask(of, "GET", SESSION, key === undefined ? {} : { key })).body;

  test("the server's clock, version and time zone, and which book it is", async () => {
    await using other = await runningGateway({ clock, config: { timeZone: "europe/berlin" }, server: { version: "1.2.3" } });
    expect(await whoAsks(other)).toMatchObject({
      time_zone: "Europe/Berlin",
      version: "1.2.3",
      now: new Date(clock.now()).toISOString(),
      book: ":memory:",
      reaches_everything: true,
    });
    expect(await whoAsks(gateway, admin.key)).toMatchObject({ time_zone: "UTC" });
    const opened = await open(admin.key);
    expect({ ...opened.body, expires_at: null }).toEqual(await whoAsks(gateway, admin.key));
  });

  test.each([
    ["admin", undefined, true, true],
    ["viewer", undefined, true, false],
    ["member", undefined, false, false],
    ["admin", "red", false, false],
    ["viewer", "red", false, false],
  ] as const)("a key of role %s and team %s: reaches everything %s, may apply savings %s", async (role, team, reaches, applies) => {
    await using other = await runningGateway({ clock, server: { savings: savingsOf([]) } });
    const rules = team === undefined ? { role } : { role, team };
    const told = [gateway, other].map(async (each) => {
      const { key } = await each.ledger.keys.create(`asks as ${role} of ${team}`, rules);
      const { reaches_everything, can_apply_savings } = await whoAsks(each, key);
      return [reaches_everything, can_apply_savings];
    });
    // Where nobody reads what is decided, nothing can be.
    expect(await Promise.all(told)).toEqual([
      [reaches, false],
      [reaches, applies],
    ]);
  });

  test.each([
    ["sqlite:///var/lib/secret%20place/book.db", "book.db"],
    ["relative/of somebody/book.db", "book.db"],
    ["sqlite::memory:", ":memory:"],
    ["postgresql://owner:pass%2Fword@db.internal:5432/to%20kens?schema=x&password=p", "to kens"],
    ["postgres://owner:word@db.internal", "owner"],
    ["postgres://db.internal/", "postgres"],
  ])("of the book at %s only its name: %s", (url, name) => {
    expect(bookName(url)).toBe(name);
  });
});

test("S16: by cookie alone nothing is changed from another page, from none, or by a form; a key needs no origin", async () => {
  const cookie = cookieOf(await open(admin.key));
  const { host } = new URL(gateway.url);
  const put = (headers: Record<string, string>): Promise<number> =>
    ask(gateway, "PUT", "/api/v1/budgets/b", { body: BUDGET, headers: { cookie, ...headers } }).then(({ status }) => status);
  const foreign = [
    "null",
    "http://evil.example",
    `http://${host}.evil.example`,
    `http://evil.example/${host}`,
    `http://user@${host}`,
    "http://127.0.0.1:1",
    "",
  ];
  for (const origin of foreign) expect([origin, await put({ origin })]).toEqual([origin, 403]);
  expect(await put({})).toBe(403);
  const forms = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain; application/json"];
  for (const type of forms) expect([type, await put({ origin: gateway.url, "content-type": type })]).toEqual([type, 403]);
  for (const method of ["POST", "DELETE"]) {
    const path = method === "POST" ? "/api/v1/budgets" : "/api/v1/budgets/b";
    const body = method === "POST" ? BUDGET : undefined;
    expect((await ask(gateway, method, path, { body, headers: { cookie } })).status).toBe(403);
  }
  expect(await gateway.ledger.budgets.list()).toEqual([]);
  expect(await put({ origin: gateway.url })).toBe(201);
  const byKey = await ask(gateway, "PUT", "/api/v1/budgets/b", {
    key: admin.key,
    body: BUDGET,
    headers: { cookie: "__Host-tokenledger=tls_x" },
  });
  expect(byKey.status).toBe(200);
});

test("S16: a session is opened from this server's pages only, with a key that is one", async () => {
  for (const origin of ["null", "http://evil.example"]) expect((await open(admin.key, { origin })).status).toBe(403);
  expect((await ask(gateway, "POST", SESSION, { body: { key: admin.key } })).status).toBe(403);
  expect((await open(admin.key, { "content-type": "text/plain" })).status).toBe(403);
  for (const key of ["tl_nobody", "tls_x", admin.key.slice(0, -1), `${admin.key} `]) {
    const refused = await open(key);
    expect([refused.status, refused.headers.get("set-cookie")]).toEqual([401, null]);
  }
  for (const body of [{}, { key: 1 }, { key: admin.key, role: "admin" }, { key: "x".repeat(600) }]) {
    expect((await ask(gateway, "POST", SESSION, { body, headers: { origin: gateway.url } })).status).toBe(400);
  }
  expect((await ask(gateway, "POST", SESSION, { body: { key: "x".repeat(9_000) }, headers: { origin: gateway.url } })).status).toBe(413);
});

test("S16: signing in anew ends the session before, signing out ends it, and so do twelve hours and the key's end", async () => {
  const status = async (cookie: string): Promise<number> => (await ask(gateway, "GET", SESSION, { headers: { cookie } })).status;
  const first = cookieOf(await open(admin.key));
  const second = cookieOf(await open(admin.key, { cookie: first }));
  expect([await status(first), await status(second)]).toEqual([401, 200]);
  const out = await ask(gateway, "DELETE", SESSION, { headers: { cookie: second, origin: gateway.url } });
  expect([out.status, out.headers.get("set-cookie")]).toEqual([204, expect.stringContaining("Max-Age=0")]);
  const ended = await ask(gateway, "GET", SESSION, { headers: { cookie: second } });
  expect([ended.status, ended.body.error.code, ended.headers.get("set-cookie")]).toEqual([
    401,
    "invalid_session",
    expect.stringContaining("Max-Age=0"),
  ]);

  const third = cookieOf(await open(admin.key));
  clock.advance(12 * 3_600_000 - 1_000);
  expect(await status(third)).toBe(200);
  clock.advance(1_000);
  expect(await status(third)).toBe(401);

  const { key, created } = await gateway.ledger.keys.create("short", { role: "viewer" });
  const fourth = cookieOf(await open(key));
  expect(await status(fourth)).toBe(200);
  await ask(gateway, "DELETE", `/api/v1/keys/${created.id}`, { key: admin.key });
  expect(await status(fourth)).toBe(401);
});

test("S16: cookies that contradict each other, are too long or no session's are refused, and never end as somebody else's", async () => {
  const cookie = cookieOf(await open(admin.key));
  const wrong: [string, number][] = [
    [`${cookie}; ${cookie}`, 400],
    [`${cookie}; __Host-tokenledger=tls_x`, 400],
    [`${cookie}; a=${"x".repeat(5_000)}`, 400],
    ["__Host-tokenledger=", 401],
    ["__Host-tokenledger=tls_x", 401],
    [`__Host-tokenledger="${cookie.split("=")[1]}"`, 401],
    [`__host-tokenledger=${cookie.split("=")[1]}`, 401],
    [`tokenledger=${cookie.split("=")[1]}`, 401],
    [cookie.slice(0, -1), 401],
  ];
  for (const [sent, status] of wrong) {
    expect([sent.slice(0, 60), (await ask(gateway, "GET", SESSION, { headers: { cookie: sent } })).status]).toEqual([
      sent.slice(0, 60),
      status,
    ]);
  }
});

test("a failed session on the machine itself does not become the machine's admin; a key made in a session outlives it", async () => {
  await using local = await runningGateway();
  expect((await ask(local, "GET", SESSION)).body).toMatchObject({ role: "admin", key_id: null, expires_at: null });
  expect((await ask(local, "GET", SESSION, { headers: { cookie: "__Host-tokenledger=tls_x" } })).status).toBe(401);
  for (const origin of ["null", "http://evil.example"]) {
    expect((await ask(local, "POST", "/api/v1/budgets", { body: BUDGET, headers: { origin } })).status).toBe(401);
  }
  const { key } = await local.ledger.keys.create("admin", { role: "admin" });
  const opened = await ask(local, "POST", SESSION, { body: { key }, headers: { origin: local.url } });
  const made = await ask(local, "POST", "/api/v1/keys", { body: { name: "ci" }, headers: { origin: local.url, cookie: cookieOf(opened) } });
  expect([made.status, made.body.expires_at]).toEqual([201, null]);
});
