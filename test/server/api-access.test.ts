/**
 * Who may ask what: every route of the served description, asked by everybody. A route without a row here fails, and so does a row
 * without a route.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EMPTY_CONFIG } from "../../src/config/config.ts";
import type { KeyRules } from "../../src/ledger/index.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { usageForm } from "./api-client.ts";
import { DescribedAnswers, type DescribedRoute, describedBy, routesOf } from "./described-answers.ts";
import { budgetOf, CHAT, type RunningGateway, runningGateway, savingsOf } from "./running-gateway.ts";

type Role = "member" | "viewer" | "admin";
const EVERY: readonly Role[] = ["member", "viewer", "admin"];
const READS: readonly Role[] = ["viewer", "admin"];
const WRITES: readonly Role[] = ["member", "admin"];
const CHANGES: readonly Role[] = ["admin"];

/** What there is of each team, under ids that are told to nobody else. */
interface Things {
  budget: string;
  keyId: string;
  alertId: number;
  requestId: string;
}

interface Row {
  /** Undefined: everybody, without a key, too. */
  roles: readonly Role[] | undefined;
  status: number;
  /** Tells of all teams: keys of one may not ask at all. */
  isWholeOnly?: true;
  query?: (things: Things) => string;
  body?: (things: Things) => object;
  /** What is asked for is one team's: to others it is not there. */
  isOfOneTeam?: true;
  /** Of a question about what is not there; default 404. */
  isMissing?: 400;
  origin?: true;
}

const BUDGET = { amount_usd: "5", period: "monthly" };
const DAYS = "start=2026-05-01&end=2026-05-31";
const PERIODS = "from=2026-04-01..2026-04-30&to=2026-05-01..2026-05-31";

const ROWS: Readonly<Record<string, Row>> = {
  "GET /health": { roles: undefined, status: 200 },
  "GET /ready": { roles: undefined, status: 200 },
  "GET /metrics": { roles: READS, status: 200, isWholeOnly: true },
  "POST /v1/traces": { roles: WRITES, status: 200, body: () => ({ resourceSpans: [] }) },
  "GET /api/v1/openapi.json": { roles: undefined, status: 200 },
  "GET /api/v1/usage": { roles: EVERY, status: 200 },
  "GET /api/v1/usage/cost": { roles: EVERY, status: 404, query: () => "id=nobodys" },
  "POST /api/v1/usage": { roles: WRITES, status: 200, body: () => ({ records: [usageForm(77)] }) },
  "GET /api/v1/costs/aggregate": { roles: EVERY, status: 200, query: () => `${DAYS}&group_by=team` },
  "GET /api/v1/summary": { roles: EVERY, status: 200 },
  "GET /api/v1/analysis": { roles: READS, status: 200, query: () => DAYS },
  "GET /api/v1/forecast": { roles: READS, status: 200 },
  "GET /api/v1/explain": { roles: READS, status: 200, query: () => PERIODS },
  "GET /api/v1/recommendations": { roles: READS, status: 200 },
  "GET /api/v1/recommendations/simulation": { roles: READS, status: 200 },
  "GET /api/v1/receipts": { roles: READS, status: 200 },
  "GET /api/v1/savings": { roles: READS, status: 200 },
  "POST /api/v1/savings": { roles: CHANGES, status: 400, isWholeOnly: true, body: () => ({ ids: ["model-downgrade-00000000"] }) },
  "DELETE /api/v1/savings/{id}": { roles: CHANGES, status: 404, isWholeOnly: true },
  "GET /api/v1/events": { roles: EVERY, status: 200 },
  "GET /api/v1/budgets": { roles: READS, status: 200 },
  "POST /api/v1/budgets": { roles: CHANGES, status: 201, body: () => ({ ...BUDGET, name: `made-${++made}` }) },
  "PUT /api/v1/budgets": {
    roles: CHANGES,
    status: 200,
    body: ({ budget }) => ({ ...BUDGET, name: budget, scope: { team: "red" } }),
    isOfOneTeam: true,
  },
  "DELETE /api/v1/budgets": { roles: CHANGES, status: 204, query: ({ budget }) => `name=${budget}`, isOfOneTeam: true },
  "GET /api/v1/budgets/backtest": {
    roles: READS,
    status: 200,
    query: ({ budget }) => `budget=${budget}`,
    isMissing: 400,
    isOfOneTeam: true,
  },
  "GET /api/v1/budgets/{name}": { roles: READS, status: 200, isOfOneTeam: true },
  "PUT /api/v1/budgets/{name}": { roles: CHANGES, status: 200, body: () => ({ ...BUDGET, scope: { team: "red" } }), isOfOneTeam: true },
  "DELETE /api/v1/budgets/{name}": { roles: CHANGES, status: 204, isOfOneTeam: true },
  "GET /api/v1/reservations": { roles: EVERY, status: 200 },
  "GET /api/v1/prices": { roles: READS, status: 200 },
  "GET /api/v1/prices/explain": { roles: READS, status: 200, query: () => "model=gpt-4o" },
  "GET /api/v1/alerts": { roles: READS, status: 200 },
  "POST /api/v1/alerts/ack": { roles: CHANGES, status: 200, body: ({ alertId }) => ({ ids: [alertId] }), isOfOneTeam: true },
  "GET /api/v1/keys": { roles: READS, status: 200 },
  "POST /api/v1/keys": { roles: CHANGES, status: 201, body: () => ({ name: `made-${++made}` }) },
  "DELETE /api/v1/keys": { roles: CHANGES, status: 200, query: ({ keyId }) => `id=${keyId}`, isOfOneTeam: true },
  "DELETE /api/v1/keys/{id}": { roles: CHANGES, status: 200, isOfOneTeam: true },
  "POST /api/v1/keys/{id}/rotate": { roles: CHANGES, status: 200, body: () => ({}), isOfOneTeam: true },
  "GET /api/v1/audit": { roles: CHANGES, status: 200, isWholeOnly: true },
  "POST /api/v1/session": { roles: undefined, status: 401, body: () => ({ key: "tl_nobody" }), origin: true },
  "GET /api/v1/session": { roles: EVERY, status: 200 },
  "DELETE /api/v1/session": { roles: EVERY, status: 204 },
};
let made = 0;

const CALLERS: Readonly<Record<string, KeyRules>> = {
  member: { role: "member", team: "red" },
  viewer: { role: "viewer" },
  admin: { role: "admin" },
  "red's viewer": { role: "viewer", team: "red" },
  "red's admin": { role: "admin", team: "red" },
  "blue's member": { role: "member", team: "blue" },
  "blue's viewer": { role: "viewer", team: "blue" },
  "blue's admin": { role: "admin", team: "blue" },
};

let gateway: RunningGateway;
let answers: DescribedAnswers;
let routes: DescribedRoute[];
const keyOf = new Map<string, string>();

beforeAll(async () => {
  gateway = await runningGateway({
    // It stands still: two answers to one question differ only where somebody has changed something.
    clock: new FakeClock(Date.UTC(2026, 5, 15)),
    config: { ...EMPTY_CONFIG, server: { host: "127.0.0.1", port: 0, auth: "always" } },
    server: { readTraces: () => ({ records: [], problems: [] }), savings: savingsOf([]) },
  });
  const description = await describedBy(gateway.url);
  answers = new DescribedAnswers(description);
  routes = routesOf(description);
  for (const [name, rules] of Object.entries(CALLERS)) keyOf.set(name, (await gateway.ledger.keys.create(`caller ${name}`, rules)).key);
});
afterAll(async () => gateway?.[Symbol.asyncDispose]());

let prepared = 0;
const lastBudget = new Map<string, string>();
/** Things of a team, made anew, because what was asked before may have changed or ended them. */
async function things(team: string): Promise<Things> {
  const { ledger } = gateway;
  const number = ++prepared;
  const budget = `${team}-budget-${number}`;
  await ledger.budgets.remove(lastBudget.get(team) ?? "");
  lastBudget.set(team, budget);
  await ledger.budgets.put(budgetOf({ name: budget, scope: { team }, amountNanoUsd: 1_000n, alerts: [50], period: "yearly" }));
  const requestId = `${team}-request-${number}`;
  await ledger.record({
    id: requestId,
    requestId,
    timestampMs: Date.UTC(2026, 4, 2),
    provider: "openai",
    model: "gpt-4o",
    team,
    source: "test",
    tokens: { input: 1_000, output: 10 },
  });
  const alertId = (await ledger.alerts.list({ budget }))[0]?.id as number;
  const keyId = (await ledger.keys.create(`${team}-key-${number}`, { team })).created.id;
  return { budget, keyId, alertId, requestId };
}

interface Answered {
  status: number;
  headers: Headers;
  type: string | null;
  text: string;
  body: unknown;
}

async function askRoute(route: DescribedRoute, of: Things, key: string | undefined): Promise<Answered> {
  const row = ROWS[`${route.method} ${route.path}`] as Row;
  const path = route.path.replace("{name}", of.budget).replace("{id}", of.keyId);
  const query = row.query === undefined ? "" : `?${row.query(of)}`;
  const body = row.body?.(of);
  const aborter = new AbortController();
  const response = await fetch(`${gateway.url}${path}${query}`, {
    method: route.method,
    signal: aborter.signal,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(row.origin ? { origin: gateway.url } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const type = response.headers.get("content-type");
  if (type?.startsWith("text/event-stream")) {
    aborter.abort();
    return { status: response.status, headers: response.headers, type, text: "", body: "" };
  }
  const text = await response.text();
  const parsed: unknown = text === "" ? undefined : type?.startsWith("application/json") ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, type, text, body: parsed };
}

function expectedStatus(row: Row, rules: KeyRules | undefined): number {
  if (row.roles === undefined) return row.status;
  if (rules === undefined) return 401;
  if (!row.roles.includes(rules.role ?? "member")) return 403;
  if (row.isWholeOnly && rules.team !== undefined) return 403;
  return row.isOfOneTeam && rules.team === "blue" ? (row.isMissing ?? 404) : row.status;
}

const isGateways = ({ operation }: DescribedRoute): boolean => operation.tags.includes("Gateway");

describe("every route of the description", () => {
  test("has its row in the table of expectations, and every row its route", () => {
    const described = routes.filter((route) => !isGateways(route)).map(({ method, path }) => `${method} ${path}`);
    expect(described.sort()).toEqual(Object.keys(ROWS).sort());
  });

  test("says for itself which roles it lets in", () => {
    for (const { method, path, operation } of routes.filter((route) => !isGateways(route))) {
      const { roles } = ROWS[`${method} ${path}`] as Row;
      expect([path, [...operation["x-tokenledger-roles"]].sort()]).toEqual([path, [...(roles ?? ["anyone"])].sort()]);
    }
  });

  test.each([["nobody", undefined], ...Object.entries(CALLERS)] as [string, KeyRules | undefined][])(
    "S4, S18: answers %s as the table says, and as the description says",
    async (name, rules) => {
      for (const route of routes.filter((each) => !isGateways(each))) {
        const place = `${route.method} ${route.path} by ${name}`;
        const row = ROWS[`${route.method} ${route.path}`] as Row;
        const { status, type, body } = await askRoute(route, await things("red"), keyOf.get(name));
        expect([place, status, status === expectedStatus(row, rules) ? "" : body]).toEqual([place, expectedStatus(row, rules), ""]);
        expect(answers.problems(route.method, route.path, status, type, body), place).toEqual([]);
      }
    },
  );

  test("of the gateway's refuses whoever shows no key, a wrong one, or one that reads", async () => {
    for (const { method, path } of routes.filter(isGateways)) {
      const filled = path.replace("{model}", "gpt-4o").replace("{id}", "some_id");
      const body = method === "POST" ? { body: JSON.stringify(CHAT) } : {};
      for (const [key, status] of [
        [undefined, 401],
        ["tl_nobody", 401],
        [keyOf.get("viewer"), 403],
        [keyOf.get("blue's viewer"), 403],
      ] as const) {
        const headers = { "content-type": "application/json", ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) };
        const response = await fetch(`${gateway.url}${filled}`, { method, headers, ...body });
        await response.arrayBuffer();
        expect([method, path, response.status]).toEqual([method, path, status]);
      }
    }
    expect(gateway.upstream.requests).toEqual([]);
  });
});

describe("G29: one tenant", () => {
  const CALLS = ["blue's member", "blue's viewer", "blue's admin"] as const;
  const UNKNOWN: Things = { budget: "red-budget-0", keyId: "zzzzzzzz", alertId: 999_999_999, requestId: "red-request-0" };

  /** What may differ between two answers to the same question: ids of requests and the words that were asked with. */
  function comparable({ status, headers, text }: Answered, of: Things): unknown {
    const named = Object.values(of).reduce<string>((left, value) => left.replaceAll(String(value), "THING"), text);
    const kept = [...headers].filter(([name]) => !["x-tokenledger-request-id", "date", "content-length"].includes(name));
    return [status, kept, named.replaceAll(/"request_id":"[^"]*"/g, "").replaceAll(/"generated_at":"[^"]*"/g, "")];
  }

  test("is told of another's things what it is told of things that nobody has, on every route and by every id", async () => {
    for (const route of routes.filter((each) => ROWS[`${each.method} ${each.path}`]?.isOfOneTeam)) {
      for (const name of CALLS) {
        const red = await things("red");
        const foreign = await askRoute(route, red, keyOf.get(name));
        const nobodys = await askRoute(route, UNKNOWN, keyOf.get(name));
        expect([route.path, name, comparable(foreign, red)]).toEqual([route.path, name, comparable(nobodys, UNKNOWN)]);
      }
    }
    for (const name of CALLS) {
      const red = await things("red");
      const asked = async (query: string): Promise<Answered> => {
        const response = await fetch(`${gateway.url}/api/v1/usage?${query}`, { headers: { authorization: `Bearer ${keyOf.get(name)}` } });
        return { status: response.status, headers: response.headers, type: null, text: await response.text(), body: undefined };
      };
      for (const filter of ["request_id=", "team=red&request_id="]) {
        expect(comparable(await asked(filter + red.requestId), red)).toEqual(comparable(await asked(filter + UNKNOWN.requestId), UNKNOWN));
      }
      expect(comparable(await asked("team=red"), red)).toEqual(comparable(await asked("team=nobody"), red));
    }
  });

  test("sees no list, count, sum or tag change when another one's records, budgets, alerts and keys come and go", async () => {
    const listing = routes.filter(
      ({ method, path }) => method === "GET" && path.startsWith("/api/v1/") && !path.includes("{") && !/events|openapi/.test(path),
    );
    expect(listing.length).toBeGreaterThan(8);
    const blue = await things("blue");
    for (const name of CALLS) {
      const look = async (): Promise<unknown[]> => {
        const looked: unknown[] = [];
        for (const route of listing) looked.push([route.path, comparable(await askRoute(route, blue, keyOf.get(name)), blue)]);
        return looked;
      };
      const before = await look();
      const red = await things("red");
      await gateway.ledger.keys.revoke(red.keyId);
      expect(await look()).toEqual(before);
      expect(JSON.stringify(before)).not.toMatch(/red-/);
    }
  });

  test("changes nothing of another's", async () => {
    const { ledger } = gateway;
    const red = await things("red");
    const state = async (): Promise<unknown> => [
      (await ledger.budgets.list()).filter(({ definition }) => definition.name === red.budget),
      (await ledger.keys.list()).filter(({ id }) => id === red.keyId),
      (await ledger.alerts.list({ budget: red.budget })).map(({ acknowledgedMs }) => acknowledgedMs),
    ];
    const before = await state();
    for (const route of routes.filter((each) => !isGateways(each) && each.method !== "GET" && each.path !== "/api/v1/session")) {
      await askRoute(route, red, keyOf.get("blue's admin"));
    }
    expect(await state()).toEqual(before);
    const blues: (string | undefined)[] = [];
    for await (const record of ledger.query({ key: "caller blue's admin" })) blues.push(record.team);
    expect(new Set(blues)).toEqual(new Set(["blue"]));
  });
});
