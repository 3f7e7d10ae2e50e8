// Reserve + settle in a book on SQLite, record and rollups written, beside a bare transaction of two statements: same driver, same
// disk, same durability, in turns, one process. Needs the package built.
//   node benchmarks/budget/sqlite.mjs [pairs a round, default 500] [rounds, default 9]
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLedger } from "../../dist/ledger/index.js";

const [pairs = 500, rounds = 9] = process.argv.slice(2).map(Number);
const USD = 1_000_000_000n;
const SCOPES = [{}, { team: "blue" }, { user: "*" }, { model: "gpt-5" }, { tag: "nightly" }];

const folder = mkdtempSync(join(tmpdir(), "tokenledger-sqlite-"));
try {
  const bare = bareTransactions(join(folder, "bare.db"));
  const works = { "bare transaction of two statements": async () => bare() };
  for (const budgets of [0, 1, 5]) {
    const ledger = await openLedger(join(folder, `${budgets}.db`));
    await ledger.budgets.put(SCOPES.slice(0, budgets).map(budget));
    works[`reserve + settle, ${budgets} budgets`] = pairOf(ledger, false);
    if (budgets === 1) works[`reserve + settle, ${budgets} budgets, dispatched at once`] = pairOf(ledger, true);
  }
  const times = Object.fromEntries(Object.keys(works).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, work] of Object.entries(works)) {
      const start = performance.now();
      for (let i = 0; i < pairs; i++) await work();
      // The first round fills caches and makes tables' first pages.
      if (round > 0) times[name].push((performance.now() - start) / pairs);
    }
  }
  const reference = median(times["bare transaction of two statements"]);
  console.log(`Node ${process.versions.node}, ${pairs} pairs a round, ${rounds} rounds, medians\n`);
  for (const [name, list] of Object.entries(times)) {
    const each = median(list);
    console.log(`${name.padEnd(46)} ${(each * 1000).toFixed(0).padStart(6)} µs ${(each / reference).toFixed(2).padStart(6)} ×`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A counter that goes up and a row that is added, flushed to the disk when it is committed: the least that a settled call needs. */
function bareTransactions(path) {
  const database = process.getBuiltinModule?.("node:sqlite")
    ? new (process.getBuiltinModule("node:sqlite").DatabaseSync)(path)
    : new (createRequire(import.meta.url)("better-sqlite3"))(path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 16384");
  database.exec("CREATE TABLE counter (id INTEGER PRIMARY KEY, used INTEGER NOT NULL) STRICT; INSERT INTO counter VALUES (1, 0)");
  database.exec("CREATE TABLE calls (id INTEGER PRIMARY KEY, cost INTEGER NOT NULL, request TEXT NOT NULL) STRICT");
  const [begin, update, insert, commit] = [
    "BEGIN IMMEDIATE",
    "UPDATE counter SET used = used + ? WHERE id = 1",
    "INSERT INTO calls (cost, request) VALUES (?, ?)",
    "COMMIT",
  ].map((sql) => database.prepare(sql));
  let calls = 0;
  return () => {
    begin.run();
    update.run(3_000_000);
    insert.run(3_000_000, `call-${++calls}`);
    commit.run();
  };
}

function budget(scope, index) {
  const policy = { alerts: [50, 80, 100], enforcement: "block_requests", hard: true };
  return { name: `budget ${index}`, scope, period: "monthly", amountNanoUsd: 1_000_000n * USD, ...policy };
}

function pairOf(ledger, dispatched) {
  let calls = 0;
  return async () => {
    const reservation = await ledger.reserve({
      requestId: `call-${dispatched}-${++calls}`,
      provider: "openai",
      model: "gpt-5",
      scope: { team: "blue", user: "ann", tags: ["nightly"] },
      estimate: { inputTokens: 1000, outputTokens: 200, costUsd: "0.004" },
      dispatched,
    });
    await reservation.settle({ inputTokens: 1000, outputTokens: 150, costUsd: "0.003" });
  };
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
