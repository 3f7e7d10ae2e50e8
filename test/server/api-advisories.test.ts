/** What went wrong in other gateways' administration (security.md, S4), tried here. Each test bears the advisory's name. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { EMPTY_CONFIG } from "../../src/config/config.ts";
import { ask } from "./api-client.ts";
import { type DescribedRoute, describedBy, routesOf } from "./described-answers.ts";
import { type RunningGateway, runningGateway } from "./running-gateway.ts";

let gateway: RunningGateway;
let routes: DescribedRoute[];
const keys: Record<"member" | "viewer" | "admin" | "teamAdmin", string> = { member: "", viewer: "", admin: "", teamAdmin: "" };

beforeAll(async () => {
  gateway = await runningGateway({ config: { ...EMPTY_CONFIG, server: { host: "127.0.0.1", port: 0, auth: "always" } } });
  routes = routesOf(await describedBy(gateway.url)).filter(({ operation }) => !operation.tags.includes("Gateway"));
  for (const role of ["member", "viewer", "admin"] as const) keys[role] = (await gateway.ledger.keys.create(role, { role })).key;
  keys.teamAdmin = (await gateway.ledger.keys.create("team", { role: "admin", team: "red" })).key;
});
afterAll(async () => gateway?.[Symbol.asyncDispose]());

const isSafe = ({ method }: DescribedRoute): boolean => method === "GET";
const filled = (path: string): string => path.replaceAll(/\{\w+\}/g, "x");

/** The names of all fields and parameters that a route takes. */
function takenNames({ operation }: DescribedRoute): string[] {
  const names = (operation.parameters ?? []).map(({ name }) => name);
  const visit = (schema: unknown): void => {
    if (typeof schema !== "object" || schema === null) return;
    for (const [key, value] of Object.entries(schema)) {
      if (key === "properties") names.push(...Object.keys(value as object));
      visit(value);
    }
  };
  for (const { schema } of Object.values(operation.requestBody?.content ?? {})) visit(schema);
  return names;
}

const EXECUTED = /command|args|script|code|template|prompt|module|callback|plugin|path|file|import|exec|eval|shell|url$/i;

test.each(["CVE-2026-42271", "CVE-2026-30623", "CVE-2024-6825", "CVE-2026-40217"])(
  "%s: no route takes a command, a template, code or a file's path",
  async () => {
    expect(routes.length).toBeGreaterThan(25);
    for (const route of routes) expect([route.path, takenNames(route).filter((name) => EXECUTED.test(name))]).toEqual([route.path, []]);
    for (const path of [
      "/mcp/test",
      "/mcp-rest/test/connection",
      "/mcp-rest/test/tools/list",
      "/prompts/test",
      "/guardrails/apply",
      "/test",
    ]) {
      expect((await ask(gateway, "POST", path, { key: keys.admin, body: { command: "id", args: [] } })).status).toBe(404);
    }
    const rules = { post_call_rules: "os.system", callbacks: ["custom"] };
    expect((await ask(gateway, "POST", "/api/v1/keys", { key: keys.admin, body: { name: "x", ...rules } })).status).toBe(400);
  },
);

test("CVE-2026-35029: the configuration has no route, for no role", async () => {
  for (const path of ["/config/update", "/config", "/get/config/callbacks", "/api/v1/config", "/config/yaml", "/settings"]) {
    for (const key of Object.values(keys)) {
      for (const method of ["GET", "POST", "PUT"]) {
        const { status } = await ask(gateway, method, path, { key, ...(method === "GET" ? {} : { body: { master_key: "x" } }) });
        expect([path, method, status]).toEqual([path, method, 404]);
      }
    }
  }
});

test.each(["CVE-2025-59305", "CVE-2026-12773"])("%s: being known is not being allowed, and being unknown is neither", async () => {
  for (const route of routes.filter((each) => !isSafe(each) && each.path !== "/api/v1/session")) {
    const { status } = await ask(gateway, route.method, filled(route.path), {
      key: keys.viewer,
      ...(route.method === "DELETE" ? {} : { body: {} }),
    });
    expect([route.method, route.path, status]).toEqual([route.method, route.path, 403]);
  }
  const presented = [
    {},
    { authorization: "" },
    { authorization: "Bearer" },
    { authorization: "Bearer  " },
    { authorization: "Bearer null" },
    { authorization: "Bearer undefined" },
    { authorization: "Basic YWRtaW46YWRtaW4=" },
    { authorization: `Bearer ${keys.admin.slice(0, 20)}` },
    { authorization: `Bearer ${keys.admin.toUpperCase()}` },
    { authorization: `Bearer ${keys.admin}' OR '1'='1` },
    { "x-api-key": "sk-1234" },
    { "x-forwarded-user": "admin" },
    { "x-tokenledger-role": "admin" },
    { cookie: "token=admin" },
  ];
  for (const route of routes.filter(({ operation }) => !operation["x-tokenledger-roles"].includes("anyone"))) {
    for (const headers of presented) {
      const { status } = await ask(gateway, route.method, filled(route.path), { headers: headers as Record<string, string> });
      expect([route.path, headers, status]).toEqual([route.path, headers, 401]);
    }
  }
});

test("CVE-2026-47101: a key's routes are its role's: no field widens them", async () => {
  for (const extra of [{ allowed_routes: ["/*"] }, { permissions: { all: true } }, { scopes: ["*"] }, { metadata: { role: "admin" } }]) {
    expect((await ask(gateway, "POST", "/api/v1/keys", { key: keys.member, body: { name: "x", ...extra } })).status).toBe(403);
    const { status, body } = await ask(gateway, "POST", "/api/v1/keys", { key: keys.teamAdmin, body: { name: "x", ...extra } });
    expect([status, body.error.code]).toEqual([400, "unknown_field"]);
  }
});

test.each(["CVE-2026-47102", "GHSA-7hp6-4w63-5g45"])("%s: nobody promotes himself", async (advisory) => {
  for (const role of ["member", "viewer"] as const) {
    expect((await ask(gateway, "POST", "/api/v1/keys", { key: keys[role], body: { name: "up", role: "admin" } })).status).toBe(403);
    const { id } = (await gateway.ledger.keys.list()).find(({ name }) => name === role) as { id: string };
    for (const [method, path] of [
      ["PUT", `/api/v1/keys/${id}`],
      ["PATCH", `/api/v1/keys/${id}`],
      ["PUT", "/api/v1/keys"],
    ] as const) {
      expect((await ask(gateway, method, path, { key: keys[role], body: { role: "admin" } })).status).toBe(405);
    }
    expect((await ask(gateway, "POST", `/api/v1/keys/${id}/rotate`, { key: keys[role], body: {} })).status).toBe(403);
    const session = await ask(gateway, "POST", "/api/v1/session", { body: { key: keys[role] }, headers: { origin: gateway.url } });
    const cookie = (session.headers.get("set-cookie") ?? "").split(";")[0] as string;
    expect(session.body.role).toBe(role);
    const made = await ask(gateway, "POST", "/api/v1/keys", { body: { name: "up" }, headers: { cookie, origin: gateway.url } });
    expect(made.status).toBe(403);
  }
  const whole = await ask(gateway, "POST", "/api/v1/keys", { key: keys.teamAdmin, body: { name: advisory, role: "admin", team: null } });
  expect([whole.status, whole.body.team]).toEqual([201, "red"]);
});

test("GHSA-6qr3-3g89-m4jj: keys are made, seen, replaced and ended by admins", async () => {
  for (const route of routes.filter(({ path }) => path.startsWith("/api/v1/keys"))) {
    const body = route.method === "POST" ? { body: {} } : {};
    expect((await ask(gateway, route.method, filled(route.path), { key: keys.member, ...body })).status).toBe(403);
    if (!isSafe(route)) expect((await ask(gateway, route.method, filled(route.path), { key: keys.viewer, ...body })).status).toBe(403);
  }
});

test("CVE-2026-42203: what looks like a template is a name like any other", async () => {
  for (const name of ["{{7*7}}", "${7*7}", "<%= 7*7 %>", "#{7*7}", "{% include '/etc/passwd' %}"]) {
    const made = await ask(gateway, "POST", "/api/v1/budgets", { key: keys.admin, body: { name, amount_usd: "1", period: "daily" } });
    expect([made.status, made.body.name]).toEqual([201, name]);
  }
});

test("CVE-2026-59822: who fails to show who he is does not become the machine's own admin", async () => {
  await using local = await runningGateway();
  expect((await ask(local, "GET", "/api/v1/keys")).status).toBe(200);
  const failed = [
    { authorization: "Bearer tl_nobody" },
    { authorization: "Bearer" },
    { authorization: "Basic YTpi" },
    { "x-api-key": "" },
    { cookie: "__Host-tokenledger=tls_nobody" },
    { "x-forwarded-for": "10.0.0.1" },
    { forwarded: "for=10.0.0.1" },
    { origin: "https://evil.example" },
  ];
  for (const headers of failed)
    expect([headers, (await ask(local, "GET", "/api/v1/keys", { headers: headers as Record<string, string> })).status]).toEqual([
      headers,
      401,
    ]);
});
