import { createRequire } from "node:module";
import { afterAll, expect, test } from "vitest";
import { type Ledger, openLedger } from "../../src/ledger/index.ts";
import { FailingDisk, LEDGER_EVENTS, Sometimes, type SqliteDriver, simulateLedger } from "../../src/testing/index.ts";

const SEEDS = Number(process.env.SEEDS ?? 4500);

const native = process.getBuiltinModule?.("node:sqlite") as { DatabaseSync: SqliteDriver } | undefined;
const disk = new FailingDisk(native?.DatabaseSync ?? (createRequire(import.meta.url)("better-sqlite3") as SqliteDriver));
afterAll(() => disk.remove());

test(`simulation: ${SEEDS} lives of a book in memory, safe and conserving in every state, all events reached`, {
  timeout: 300_000,
}, async () => {
  const events = new Sometimes(LEDGER_EVENTS);
  for (let seed = 1; seed <= SEEDS; seed++) {
    let shared: Ledger | undefined;
    events.add(
      await simulateLedger(seed, {
        disk,
        async open(clock) {
          shared ??= await openLedger("sqlite::memory:", { clock });
          return { ...shared, close: async () => {} };
        },
      }).finally(() => shared?.close()),
    );
  }
  expect(events.missed()).toEqual([]);
});
