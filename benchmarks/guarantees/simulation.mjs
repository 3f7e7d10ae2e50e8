/**
 * A million simulated lives: of pools and windows, and of a book with its budgets, each state compared with a naive model.
 *
 *     node benchmarks/guarantees/simulation.mjs [--first 1] [--seeds 1000000] [--book-every 4] [--threads 2]     (after npm run build)
 *
 * One seed in four is a life of a book (SQLite in memory, on a disk that fails), the others are lives of pools and windows. Prints each
 * thousandth part as it is done: a run that was stopped goes on with --first. Ends with 1 at the first promise that did not hold.
 */
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { openLedger } from "../../dist/ledger/index.js";
import { ENGINE_EVENTS, FailingDisk, LEDGER_EVENTS, Sometimes, simulateEngine, simulateLedger } from "../../dist/testing/index.js";

if (isMainThread) await runAll();
else await runPart(workerData);

async function runAll() {
  const { values } = parseArgs({
    options: {
      first: { type: "string", default: "1" },
      seeds: { type: "string", default: "1000000" },
      "book-every": { type: "string", default: "4" },
      threads: { type: "string", default: "2" },
    },
  });
  const [first, seeds, bookEvery, threads] = [values.first, values.seeds, values["book-every"], values.threads].map(Number);
  const part = Math.max(1, Math.ceil(seeds / 1000));
  const startMs = performance.now();
  const events = { engine: new Sometimes(ENGINE_EVENTS), ledger: new Sometimes(LEDGER_EVENTS) };
  const lives = { engine: 0, ledger: 0 };
  let next = first;
  let done = 0;
  const underWay = new Set();
  await Promise.all(
    Array.from({ length: threads }, () => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { bookEvery } });
      return new Promise((resolve) => {
        const give = () => {
          if (next >= first + seeds) {
            worker.terminate();
            resolve();
            return;
          }
          underWay.add(next);
          worker.postMessage({ from: next, to: Math.min(next + part, first + seeds) });
          next += part;
        };
        worker.on("message", (told) => {
          if (told.failure) {
            console.error(told.failure);
            process.exit(1);
          }
          for (const kind of ["engine", "ledger"]) {
            events[kind].add(told.counts[kind]);
            lives[kind] += told.lives[kind];
          }
          done += told.to - told.from;
          underWay.delete(told.from);
          give();
          console.error(`${done} of ${seeds} seeds, all before ${Math.min(...underWay, next, first + seeds)}`);
        });
        give();
      });
    }),
  );
  const seconds = Math.round((performance.now() - startMs) / 1000);
  console.log(`\n| lives of pools and windows | lives of a book | violations | seconds |\n|---|---|---|---|`);
  console.log(
    `| ${lives.engine.toLocaleString("en")} | ${lives.ledger.toLocaleString("en")} | 0 | ${seconds} |\n\n| event | times |\n|---|---|`,
  );
  for (const kind of ["engine", "ledger"]) {
    for (const [event, times] of Object.entries(events[kind].counts())) console.log(`| ${event} | ${times.toLocaleString("en")} |`);
  }
  const missed = ["engine", "ledger"].flatMap((kind) => (lives[kind] === 0 ? [] : events[kind].missed()));
  if (missed.length > 0) {
    console.error(`never happened: ${missed.join(", ")}`);
    process.exitCode = 1;
  }
}

async function runPart({ bookEvery }) {
  const native = process.getBuiltinModule?.("node:sqlite");
  const disk = new FailingDisk(native?.DatabaseSync ?? createRequire(import.meta.url)("better-sqlite3"));
  parentPort.on("message", async ({ from, to }) => {
    const events = { engine: new Sometimes(ENGINE_EVENTS), ledger: new Sometimes(LEDGER_EVENTS) };
    const lives = { engine: 0, ledger: 0 };
    try {
      for (let seed = from; seed < to; seed++) {
        const kind = seed % bookEvery === 0 ? "ledger" : "engine";
        lives[kind]++;
        events[kind].add(kind === "engine" ? simulateEngine(seed) : await bookLife(seed, disk));
      }
      parentPort.postMessage({ from, to, lives, counts: { engine: events.engine.counts(), ledger: events.ledger.counts() } });
    } catch (error) {
      parentPort.postMessage({ failure: error.message });
    }
  });
}

async function bookLife(seed, disk) {
  let shared;
  const open = async (clock) => {
    shared ??= await openLedger("sqlite::memory:", { clock });
    return { ...shared, close: async () => {} };
  };
  try {
    return await simulateLedger(seed, { disk, open });
  } finally {
    await shared?.close();
  }
}
