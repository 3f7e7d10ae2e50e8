import { describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { connect } from "../../src/ledger/stores/sqlite/driver.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { budget, call, NOON_MS, newBookPaths, record, USD } from "./budget-book.ts";

const newPath = newBookPaths();

/** A book with two budgets, settled, open, released and lapsed reservations, an imported record, and alerts. */
async function newBook(): Promise<{ path: string; clock: FakeClock }> {
  const clock = new FakeClock(NOON_MS);
  const path = newPath();
  const ledger = await openLedger(path, { clock });
  const webhook = "http://127.0.0.1:9/none";
  await ledger.budgets.put([
    budget("all", { amountNanoUsd: 2n * USD, alerts: [10], shadow: true }),
    budget("each", { scope: { team: "*" }, windowMs: 3_600_000, alerts: [10], webhook }),
  ]);
  const scope = { team: "blue" };
  await (await ledger.reserve(call("settled", "0.2", { scope }))).settle({ costUsd: "0.3", inputTokens: 7 });
  await (await ledger.reserve(call("released", "0.2", { scope }))).release();
  await ledger.reserve(call("lapsed", "0.1", { scope, ttlMs: 1000 }));
  clock.advance(1000);
  await ledger.sweep();
  await ledger.reserve(call("open", "0.1", { scope }));
  await ledger.record(record("imported", clock.now(), USD / 10n, { team: "red" }));
  expect((await ledger.verify()).differences).toEqual([]);
  await ledger.close();
  return { path, clock };
}

/** Ways to spoil budgets by hand, and where the finding must point. */
const CORRUPTIONS: readonly (readonly [sql: string, kind: string, place: RegExp, repairable: boolean])[] = [
  ["UPDATE budget_counters SET used_nano_usd = used_nano_usd - 1 WHERE budget = 1", "counter", /all 2026-05-01.* used_nano_usd/, true],
  ["UPDATE budget_counters SET used_tokens = 0 WHERE budget = 1", "counter", /all .* used_tokens/, true],
  [
    "UPDATE budget_counters SET requests = requests + 1 WHERE budget = 2 AND value = '[\"red\"]'",
    "counter",
    /each \["red"\] .* requests/,
    true,
  ],
  ["UPDATE budget_counters SET reserved_nano_usd = 0 WHERE budget = 1", "counter", /all .* reserved_nano_usd/, true],
  ["UPDATE budget_counters SET reserved_tokens = 5 WHERE budget = 1", "counter", /all .* reserved_tokens/, true],
  ["DELETE FROM budget_counters WHERE budget = 2", "counter", /each \["blue"\]/, true],
  ["UPDATE budget_counters SET value = '[\"green\"]' WHERE value = '[\"red\"]'", "counter", /each \["green"\]/, true],
  ["UPDATE budget_counters SET start_ms = start_ms + 1 WHERE budget = 1", "counter", /all/, true],
  ["UPDATE budget_counters SET start_ms = 0 WHERE budget = 1", "counter", /all 1970/, true],
  ["INSERT INTO budget_counters VALUES (9, '', 0, 1, 0, 1, 0, 1, 0, 0)", "counter", /budget 9/, true],
  ["UPDATE budgets SET definition = replace(definition, '2000000000', '9000000000')", "checksum", /budgets all/, false],
  ["UPDATE budgets SET definition = 'none' WHERE id = 2", "budget", /budgets each definition/, false],
  ["UPDATE budgets SET name = 'other' WHERE id = 1", "budget", /budgets other name/, false],
  ["UPDATE budgets SET origin = 'nobody' WHERE id = 1", "checksum", /budgets all/, false],
  ["UPDATE budgets SET counted_from_ms = counted_from_ms + 5 WHERE id = 1", "budget", /budgets all counted_from_ms/, false],
  ["DELETE FROM budgets WHERE id = 2", "counter", /budget 2/, false],
  ["UPDATE reservations SET nano_usd = 1 WHERE request_id = 'open'", "checksum", /reservations open/, false],
  ["UPDATE reservations SET expires_ms = 0 WHERE request_id = 'open'", "checksum", /reservations open/, false],
  ["UPDATE reservations SET dispatched = 1 WHERE request_id = 'open'", "checksum", /reservations open/, false],
  ["UPDATE reservations SET holds = '[]' WHERE request_id = 'open'", "counter", /reserved_nano_usd/, false],
  ["UPDATE reservations SET holds = 'x' WHERE request_id = 'open'", "reservation", /reservations open/, false],
  ["UPDATE reservations SET holds = '[[7,\"\",0]]' WHERE request_id = 'open'", "reference", /reservations open holds/, false],
  ["UPDATE reservations SET state = 1 WHERE request_id = 'open'", "reservation", /reservations open ended_ms/, false],
  ["UPDATE reservations SET state = 0 WHERE request_id = 'released'", "reservation", /reservations released ended_ms/, false],
  ["DELETE FROM reservations WHERE request_id = 'open'", "counter", /reserved_nano_usd/, true],
  ["UPDATE alerts SET threshold = 20 WHERE id = 1", "checksum", /alerts id 1/, false],
  ["UPDATE alerts SET spent_nano_usd = 0 WHERE id = 1", "checksum", /alerts id 1/, false],
  ["UPDATE alerts SET acknowledged_ms = 1 WHERE id = 1", "checksum", /alerts id 1/, false],
  ["UPDATE alerts SET delivered_ms = 1 WHERE id = 2", "checksum", /alerts id 2/, false],
  ["UPDATE alerts SET budget = 9 WHERE id = 1", "reference", /alerts id 1 budget/, false],
  ["DELETE FROM settings WHERE name = 'budgets_revision'", "settings", /budgets_revision/, false],
  ["UPDATE usage_records SET reported_cost_nano_usd = 1 WHERE row = 1", "counter", /all .* used_nano_usd/, true],
];

describe("guarantee G34: budgets that were spoilt by hand", () => {
  it.each(CORRUPTIONS)("finds and locates: %s", async (sql, kind, place, repairable) => {
    const { path, clock } = await newBook();
    const connection = connect(path);
    connection.exec(sql);
    connection.close();
    const reader = await openLedger(path, { clock, readOnly: true });
    const { differences } = await reader.verify();
    expect(differences.filter((difference) => difference.kind === kind && place.test(difference.where))).not.toEqual([]);
    await reader.close();
    if (!repairable) return;
    const ledger = await openLedger(path, { clock });
    await ledger.verify({ repair: true });
    const left = (await ledger.verify()).differences;
    expect(left.filter((difference) => difference.kind === "counter")).toEqual([]);
    await ledger.close();
  });

  it("refuses to go on with a budget that can't be read", async () => {
    const { path, clock } = await newBook();
    const connection = connect(path);
    connection.exec("UPDATE budgets SET definition = '{}' WHERE id = 1");
    connection.close();
    const ledger = await openLedger(path, { clock });
    const damaged = { code: "DATABASE_ERROR", message: expect.stringMatching(/"all" is damaged/) };
    // Whoever only looks first must not make the others forget it.
    for (let i = 0; i < 2; i++) {
      await expect(ledger.budgets.status()).rejects.toMatchObject(damaged);
      await expect(ledger.reserve(call("r", "0.1"))).rejects.toMatchObject(damaged);
      await expect(ledger.budgets.status()).rejects.toMatchObject(damaged);
      await expect(ledger.record(record("x", clock.now(), 1n))).rejects.toMatchObject(damaged);
    }
    expect((await ledger.verify({ repair: true })).differences).not.toEqual([]);
    await ledger.close();
  });
});
