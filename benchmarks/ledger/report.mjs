/**
 * Reports over a large book: the query alone, and what opening a book and one report of today cost as a whole process beside a
 * bare `node -e 0`. Run: node benchmarks/ledger/report.mjs [records] (after npm run build; ten million take some minutes to make)
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openLedger } from "../../dist/ledger/index.js";
import { inventRecords } from "./records.mjs";

const BATCH = 50_000;
const RUNS = 11;
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2025, 6, 1);
const total = Number(process.argv[2] ?? 10_000_000);
const folder = mkdtempSync(join(tmpdir(), "tokenledger-benchmark-"));
const path = join(folder, "book.db");
const ledger = await openLedger(path);
for (let first = 0; first < total; first += BATCH) {
  await ledger.append({
    records: inventRecords({ kind: "gateway", count: Math.min(BATCH, total - first), firstIndex: first, total, startMs: START_MS }),
  });
}

console.log(
  `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0].model}; ${total} records over a year, ${Math.round(statSync(path).size / total)} bytes each; medians of ${RUNS}\n`,
);
console.log("| work | ms |");
console.log("|---|---|");
const month = { startMs: START_MS + 153 * DAY_MS, endMs: START_MS + 184 * DAY_MS };
for (const [timeZone, groupBy] of [
  ["UTC", ["model"]],
  ["UTC", ["team"]],
  ["UTC", ["day"]],
  ["America/New_York", ["day", "model"]],
  ["Asia/Kolkata", ["day"]],
]) {
  const times = [];
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    await ledger.aggregate({ ...month, timeZone, groupBy });
    times.push(performance.now() - start);
  }
  console.log(`| month by ${groupBy.join(" and ")}, ${timeZone} | ${median(times).toFixed(1)} |`);
}
await ledger.close();

const door = fileURLToPath(new URL("../../dist/ledger/index.js", import.meta.url));
const today = `import { openLedger } from ${JSON.stringify(door)};
  const ledger = await openLedger(${JSON.stringify(path)});
  await ledger.aggregate({ startMs: ${START_MS + 300 * DAY_MS}, endMs: ${START_MS + 301 * DAY_MS}, timeZone: "Europe/Berlin", groupBy: ["model"] });`;
const bare = [];
const whole = [];
for (let run = 0; run < RUNS; run++) {
  bare.push(processTime("0"));
  whole.push(processTime(today));
}
console.log(`| bare process | ${median(bare).toFixed(1)} |`);
console.log(`| process that opens the book and sums today | ${median(whole).toFixed(1)} (${(median(whole) / median(bare)).toFixed(2)}×) |`);
console.log("\nTargets: a month's query at most 20 ms; the process at most 1.6 times the bare one, the command line included.");
rmSync(folder, { recursive: true });

function processTime(script) {
  const start = performance.now();
  execFileSync(process.execPath, ["--input-type=module", "-e", script]);
  return performance.now() - start;
}

function median(times) {
  return times.toSorted((a, b) => a - b)[times.length >> 1];
}
