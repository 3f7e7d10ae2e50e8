import { describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { connect } from "../../src/ledger/stores/sqlite/driver.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { budget, NOON_MS, newBookPaths, record, standing, USD } from "./budget-book.ts";

const newPath = newBookPaths();

/** A book as it was before there were budgets. */
async function oldBook(): Promise<string> {
  const path = newPath();
  const ledger = await openLedger(path);
  await ledger.record([record("a", NOON_MS, USD / 2n), record("old", 0, USD)]);
  await ledger.close();
  const connection = connect(path);
  connection.exec(`DROP TABLE budgets; DROP TABLE budget_counters; DROP TABLE reservations; DROP TABLE alerts; DROP TABLE virtual_keys;
    DROP TABLE audit_log; DROP TABLE sessions; DROP TABLE provider_work;
    DELETE FROM settings WHERE name IN ('budgets_revision', 'names_revision', 'keys_revision', 'audit_log_last'); PRAGMA user_version = 1`);
  connection.close();
  return path;
}

describe("guarantee G27: a book from before there were budgets", () => {
  it("is read only after it was opened for writing once, which keeps every record", async () => {
    const path = await oldBook();
    await expect(openLedger(path, { readOnly: true })).rejects.toThrow(
      /has tables of version 1, older than this TokenLedger's 4; open it once for writing/,
    );
    const ledger = await openLedger(path, { clock: new FakeClock(NOON_MS) });
    expect(await ledger.budgets.list()).toEqual([]);
    await ledger.budgets.put([budget("month"), budget("life", { period: "lifetime", amountNanoUsd: 9n * USD })]);
    expect(await standing(ledger, "month")).toEqual({ spent: USD / 2n, reserved: 0n });
    expect(await standing(ledger, "life")).toEqual({ spent: (USD * 3n) / 2n, reserved: 0n });
    expect(await ledger.verify()).toEqual({ records: 2, differences: [] });
    await ledger.close();
    const reader = await openLedger(path, { readOnly: true, clock: new FakeClock(NOON_MS) });
    expect(await standing(reader, "month")).toEqual({ spent: USD / 2n, reserved: 0n });
    await reader.close();
  });

  it("is brought up to date by several processes' worth of openings at once", async () => {
    const path = await oldBook();
    const ledgers = await Promise.all([openLedger(path), openLedger(path), openLedger(path)]);
    expect((await ledgers[2]?.verify())?.differences).toEqual([]);
    for (const ledger of ledgers) await ledger.close();
  });
});
