import pg from "pg";
import { describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { connect } from "../../src/ledger/stores/sqlite/driver.ts";
import { budget, newBookPaths, record, USD } from "./budget-book.ts";
import { emptyBookUrl, hasPostgres } from "./postgres-server.ts";

const newPath = newBookPaths();
const LATER_TABLES = ["audit_log", "sessions", "provider_work"];
const DROPPED = `${LATER_TABLES.map((table) => `DROP TABLE ${table};`).join(" ")} DELETE FROM settings WHERE name = 'audit_log_last';`;

/** Brings it up to date with several openings at once, and uses what is new. */
async function proves(url: string, key: string): Promise<void> {
  await expect(openLedger(url, { readOnly: true })).rejects.toMatchObject({
    message: expect.stringMatching(/has tables of version [23], older/),
  });
  const [ledger, ...others] = await Promise.all([openLedger(url), openLedger(url), openLedger(url)]);
  expect((await ledger.keys.authenticate(key))?.name).toBe("ci");
  expect(await ledger.audit.list()).toEqual([]);
  expect((await ledger.budgets.status())[0]).toMatchObject({ name: "all", spentNanoUsd: USD });
  await ledger.budgets.remove("all", "command");
  expect((await ledger.audit.list()).map(({ id, action }) => [id, action])).toEqual([[1, "budget.removed"]]);
  expect(await ledger.verify()).toEqual({ records: 1, differences: [] });
  for (const one of [ledger, ...others]) await one.close();
}

async function filled(url: string): Promise<string> {
  const ledger = await openLedger(url);
  await ledger.record(record("a", 0, USD));
  await ledger.budgets.put(budget("all", { period: "lifetime", amountNanoUsd: 9n * USD }));
  const { key } = await ledger.keys.create("ci");
  await ledger.close();
  return key;
}

describe("guarantee G27: a book from before there was an audit log", () => {
  it("keeps its records, budgets and keys in a file", async () => {
    const path = newPath();
    const key = await filled(path);
    const connection = connect(path);
    connection.exec(`${DROPPED} PRAGMA user_version = 3`);
    connection.close();
    await proves(path, key);
  });

  it.skipIf(!hasPostgres)("and in PostgreSQL", async () => {
    const url = await emptyBookUrl();
    const key = await filled(url);
    const client = new pg.Client(url.split("?")[0]);
    await client.connect();
    await client.query(`SET search_path = ${new URL(url).searchParams.get("schema")};
      ${DROPPED} DROP FUNCTION refuse_audit_change; UPDATE settings SET value = 2 WHERE name = 'tokenledger_version'`);
    await client.end();
    await proves(url, key);
  });
});
