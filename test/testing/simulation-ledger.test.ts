import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Ledger, openLedger } from "../../src/ledger/index.ts";
import { FailingDisk, LEDGER_EVENTS, Sometimes, type SqliteDriver, simulateLedger } from "../../src/testing/index.ts";

const IN_MEMORY_SEEDS = 4900;
const IN_FILE_SEEDS = 100;

const folder = mkdtempSync(join(isWritable("/dev/shm") ? "/dev/shm" : tmpdir(), "tokenledger-test-"));
const native = process.getBuiltinModule?.("node:sqlite") as { DatabaseSync: SqliteDriver } | undefined;
const disk = new FailingDisk(native?.DatabaseSync ?? (createRequire(import.meta.url)("better-sqlite3") as SqliteDriver));
afterAll(() => {
  disk.remove();
  rmSync(folder, { recursive: true });
});

describe("simulation: a book's budgets are safe and conserve in every state, and every event is reached", () => {
  it(`in ${IN_MEMORY_SEEDS} lives of a book in memory`, { timeout: 600_000 }, async () => {
    const events = new Sometimes(LEDGER_EVENTS);
    for (let seed = 1; seed <= IN_MEMORY_SEEDS; seed++) {
      let shared: Ledger | undefined;
      const counts = await simulateLedger(seed, {
        disk,
        async open(clock) {
          shared ??= await openLedger("sqlite::memory:", { clock });
          return { ...shared, close: async () => {} };
        },
      }).finally(() => shared?.close());
      events.add(counts);
    }
    expect(events.missed()).toEqual([]);
  });

  it(`in ${IN_FILE_SEEDS} lives of a book in a file that three programs have open`, { timeout: 300_000 }, async () => {
    const events = new Sometimes(LEDGER_EVENTS);
    for (let seed = 1; seed <= IN_FILE_SEEDS; seed++) {
      const path = join(folder, `${seed}.db`);
      events.add(await simulateLedger(1_000_000 + seed, { disk, open: (clock) => openLedger(path, { clock }) }));
    }
    expect(events.counts()["swept by another process"]).toBeGreaterThan(0);
    expect(events.counts()["settled by another process"]).toBeGreaterThan(0);
  });
});

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
