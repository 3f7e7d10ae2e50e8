import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { connect } from "../../src/ledger/stores/sqlite/driver.ts";
import { auditConformance } from "../../src/testing/index.ts";
import { budget } from "./budget-book.ts";
import { emptyBookUrl, hasPostgres } from "./postgres-server.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

let books = 0;
const newPath = (): string => join(folder, `book-${books++}.db`);

describe("the audit log in memory", () => {
  it.each(auditConformance(() => openLedger("sqlite::memory:")))("$name", ({ run }) => run());
});

describe("the audit log in a file", () => {
  it.each(auditConformance(() => openLedger(newPath())))("$name", ({ run }) => run());
});

describe.skipIf(!hasPostgres)("the audit log in PostgreSQL (skipped where there is no PostgreSQL)", () => {
  it.each(auditConformance(async () => openLedger(await emptyBookUrl())))("$name", ({ run }) => run());
});

/** A book with three entries, after which `sql` was done to it by hand. */
async function spoiltBook(sql: string): Promise<string> {
  const path = newPath();
  const ledger = await openLedger(path);
  for (const name of ["a", "b", "c"]) await ledger.budgets.put(budget(name));
  await ledger.close();
  const connection = connect(path);
  connection.exec(sql);
  connection.close();
  return path;
}

const STORES: [name: string, newUrl: () => Promise<string>][] = [
  ["in a file", async () => newPath()],
  ...(hasPostgres ? [["in PostgreSQL", emptyBookUrl] satisfies [string, () => Promise<string>]] : []),
];

const UNLOCKED = "DROP TRIGGER audit_log_is_never_changed; DROP TRIGGER audit_log_is_never_shortened;";

describe("guarantee G34: an audit log that was spoilt by hand", () => {
  it.each(["UPDATE audit_log SET actor = 'nobody'", "DELETE FROM audit_log"])("%s is refused by the database itself", async (sql) => {
    await expect(spoiltBook(sql)).rejects.toThrow(/only ever added to/);
  });

  it.each([
    ["UPDATE audit_log SET actor = 'nobody' WHERE id = 2", "checksum"],
    ["UPDATE audit_log SET at_ms = at_ms + 1 WHERE id = 2", "checksum"],
    ["UPDATE audit_log SET before_json = '{}' WHERE id = 2", "checksum"],
    ["UPDATE audit_log SET after_json = NULL WHERE id = 2", "checksum"],
    ["UPDATE audit_log SET action = 'budget.deleted' WHERE id = 2", "audit"],
    ["DELETE FROM audit_log WHERE id = 2", "audit"],
    ["DELETE FROM audit_log WHERE id = 3", "audit"],
    ["DELETE FROM audit_log", "audit"],
    ["UPDATE settings SET value = 2 WHERE name = 'audit_log_last'", "audit"],
    ["DELETE FROM settings WHERE name = 'audit_log_last'", "settings"],
  ])("verify tells of %s", async (sql, kind) => {
    const ledger = await openLedger(await spoiltBook(`${UNLOCKED} ${sql}`));
    const kinds = (await ledger.verify()).differences.map((difference) => difference.kind);
    expect(kinds).toContain(kind);
    // What kept it from being changed is gone, too.
    expect(kinds.filter((one) => one === "schema")).toHaveLength(2);
    await ledger.close();
  });

  it("puts back what keeps it from being changed, and writes that down", async () => {
    const ledger = await openLedger(await spoiltBook(UNLOCKED));
    expect((await ledger.verify({ repair: true, actor: "command" })).differences).toHaveLength(2);
    expect((await ledger.verify({ repair: true, actor: "command" })).differences).toEqual([]);
    const [entry, ...others] = await ledger.audit.list();
    expect(entry).toMatchObject({ id: 4, actor: "command", action: "book.repaired", after: { rebuilt: ["schema"] } });
    expect(others).toHaveLength(3);
    await ledger.close();
  });

  it("goes on behind its end where it is longer than it says", async () => {
    const ledger = await openLedger(await spoiltBook("UPDATE settings SET value = 1 WHERE name = 'audit_log_last'"));
    await ledger.budgets.put(budget("d"));
    expect((await ledger.audit.list()).map(({ id }) => id)).toEqual([4, 3, 2, 1]);
    await ledger.close();
  });
});

describe.skipIf(!hasPostgres)("guarantee G34: an audit log in PostgreSQL that was spoilt by hand", () => {
  /** Does `sql` by hand to a book with three entries, and verifies it. */
  async function kindsAfter(sql: string): Promise<string[]> {
    const url = await emptyBookUrl();
    const ledger = await openLedger(url);
    for (const name of ["a", "b", "c"]) await ledger.budgets.put(budget(name));
    const client = new pg.Client(url.split("?")[0]);
    await client.connect();
    try {
      await client.query(`SET search_path = ${new URL(url).searchParams.get("schema")}; ${sql}`);
      return (await ledger.verify()).differences.map(({ kind }) => kind);
    } finally {
      await client.end();
      await ledger.close();
    }
  }

  it.each(["UPDATE audit_log SET actor = 'nobody'", "DELETE FROM audit_log", "TRUNCATE audit_log"])(
    "%s is refused by the database itself",
    async (sql) => {
      await expect(kindsAfter(sql)).rejects.toThrow(/only ever added to/);
    },
  );

  it.each([
    ["UPDATE audit_log SET actor = 'nobody' WHERE id = 2", "checksum"],
    ["DELETE FROM audit_log WHERE id = 2", "audit"],
    ["DELETE FROM audit_log WHERE id = 3", "audit"],
    ["DELETE FROM settings WHERE name = 'audit_log_last'", "settings"],
  ])("verify tells of %s", async (sql, kind) => {
    const kinds = await kindsAfter(`ALTER TABLE audit_log DISABLE TRIGGER USER; ${sql}`);
    expect(kinds).toContain(kind);
    expect(kinds).toContain("schema");
  });
});

describe("a configuration that is applied at every start", () => {
  it.each(STORES)("writes nothing down where nothing has changed, %s", async (_, newUrl) => {
    const url = await newUrl();
    const prices = [{ provider: "acme", model: "acme-1", rates: { input: 1, output: 1 }, sources: [] }];
    const configured = { config: { budgets: [budget("a"), budget("b")], prices } };
    for (let start = 0; start < 3; start++) {
      const ledger = await openLedger(url, configured);
      const told = (await ledger.audit.list()).map(({ actor, action, subject }) => `${actor} ${action} ${subject}`);
      expect(told).toEqual(["config budget.created b", "config budget.created a", "config prices.put config"]);
      await ledger.close();
    }
  });
});

describe("a webhook in the audit log", () => {
  it("is told of, and whether it is another one, and never its address or its secret", async () => {
    const path = newPath();
    const ledger = await openLedger(path);
    const webhook = "https://hooks.example.com/services/SECRETPATH";
    await ledger.budgets.put(budget("a"));
    await ledger.budgets.put(budget("a", { webhook, webhookSecret: "SECRETWORD-0123456789" }));
    await ledger.budgets.put(budget("a", { webhook, webhookSecret: "SECRETWORD-0123456789" }));
    await ledger.budgets.put(budget("a", { webhook: `${webhook}2`, webhookSecret: "SECRETWORD-0123456789" }));
    const entries = await ledger.audit.list();
    expect(entries.map(({ after }) => (after as { webhook?: string }).webhook)).toEqual(["changed", "set", undefined]);
    expect(entries.map(({ after }) => (after as { webhook_secret?: string }).webhook_secret)).toEqual(["set", "set", undefined]);
    expect(JSON.stringify(entries)).not.toMatch(/SECRET|example/);
    await ledger.close();
  });
});
