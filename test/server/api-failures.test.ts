import { expect, test } from "vitest";
import { DatabaseError } from "../../src/errors.ts";
import { type Ledger, openLedger } from "../../src/ledger/index.ts";
import { ask, usageForm } from "./api-client.ts";
import { runningGateway } from "./running-gateway.ts";

const SECRET = "at /srv/book.db: SELECT * FROM virtual_keys WHERE digest = x'00'";

/** A book whose parts throw what they are told to throw. */
function failing(ledger: Ledger, part: keyof Ledger, method: string | undefined, error: () => Error): Ledger {
  const fail = (): never => {
    throw error();
  };
  return new Proxy(ledger, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name !== part) return typeof value === "function" ? value.bind(target) : value;
      if (method === undefined) return fail;
      return new Proxy(value as object, {
        get: (inner, each) => {
          if (each === method) return fail;
          const own: unknown = Reflect.get(inner, each);
          return typeof own === "function" ? own.bind(inner) : own;
        },
      });
    },
  });
}

const HOOKS: readonly [keyof Ledger, string | undefined, string, string, unknown][] = [
  ["keys", "authenticate", "GET", "/api/v1/usage", undefined],
  ["keys", "list", "GET", "/api/v1/keys", undefined],
  ["keys", "create", "POST", "/api/v1/keys", { name: "x" }],
  ["budgets", "list", "GET", "/api/v1/budgets", undefined],
  ["budgets", "status", "POST", "/api/v1/budgets", { name: "x", amount_usd: "1", period: "daily" }],
  ["budgets", "change", "POST", "/api/v1/budgets", { name: "x", amount_usd: "1", period: "daily" }],
  ["alerts", "list", "GET", "/api/v1/alerts", undefined],
  ["audit", "list", "GET", "/api/v1/audit", undefined],
  ["recordEach", undefined, "POST", "/api/v1/usage", { records: [usageForm(1)] }],
  ["page", undefined, "GET", "/api/v1/usage", undefined],
];

test.each(HOOKS)(
  "S21: where %s %s throws, the request is refused, and told no more than that and its id",
  async (part, method, verb, path, body) => {
    for (const [error, status] of [
      [() => new DatabaseError(SECRET), 503],
      [() => new TypeError(SECRET), 500],
    ] as const) {
      const book = await openLedger("sqlite::memory:");
      const { key } = await book.keys.create("admin", { role: "admin" });
      await using gateway = await runningGateway({ ledger: failing(book, part, method, error) });
      const refused = await ask(gateway, verb, path, { key, body });
      expect([refused.status, refused.body.error.request_id]).toEqual([status, refused.headers.get("x-tokenledger-request-id")]);
      expect(JSON.stringify(refused.body)).not.toMatch(/SELECT|srv|digest|TypeError/);
      expect(gateway.log.join("\n")).toContain(refused.body.error.request_id);
      if (error().name === "DatabaseError") expect(refused.headers.get("retry-after")).toBe("1");
    }
  },
);

test("S9: what is SQL elsewhere is text here, in every place that takes one, and quickly answered", async () => {
  await using gateway = await runningGateway();
  const texts = [
    "' OR '1'='1",
    "x'; DROP TABLE usage_records; --",
    "1) UNION SELECT * FROM virtual_keys --",
    "\\'; SELECT 1",
    "%' OR 1=1 --",
    "%".repeat(4_000),
  ];
  await ask(gateway, "POST", "/api/v1/usage", { body: { records: [usageForm(1, { team: "red" })] } });
  for (const text of texts) {
    const encoded = encodeURIComponent(text);
    const startMs = performance.now();
    for (const name of ["request_id", "team", "user", "project", "provider", "model", "source", "tag", "key", "session"]) {
      const { status, body } = await ask(gateway, "GET", `/api/v1/usage?${name}=${encoded}`);
      expect([name, status === 200 ? body.records : [], status === 200 || status === 400]).toEqual([name, [], true]);
    }
    expect(performance.now() - startMs).toBeLessThan(10_000);
    const fields = Object.fromEntries(
      ["id", "team", "user", "project", "session_id", "request_id", "model", "provider"].map((field) => [field, text.slice(0, 200)]),
    );
    const posted = await ask(gateway, "POST", "/api/v1/usage", { body: { records: [usageForm(2, fields)] } });
    expect(posted.body.results[0].status).toMatch(/^(?:new|invalid)$/);
    expect((await ask(gateway, "GET", "/api/v1/usage", { headers: { authorization: `Bearer ${text.replaceAll(" ", "")}` } })).status).toBe(
      401,
    );
    expect((await ask(gateway, "GET", `/api/v1/alerts?budget=${encodeURIComponent(text.slice(0, 500))}`)).body.alerts).toEqual([]);
  }
  expect((await ask(gateway, "GET", "/api/v1/usage?team=red")).body.records).toHaveLength(1);
  expect((await gateway.ledger.verify()).differences).toEqual([]);
});
