/**
 * Reports over a large book: the query alone, and the command as a whole process in turns with a bare `node -e 0`.
 *
 *     node benchmarks/ledger/report.mjs [--records 10000000] [--book FILE]     (after npm run build)
 *
 * Ten million records take some minutes to make; with `--book`, they are made once and kept.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openLedger } from "../../dist/ledger/index.js";
import { benchmarkOptions, machine, median } from "./records.mjs";
import { makeYearBook, YEAR_START_MS } from "./year-book.mjs";

const RUNS = 15;
const DAY_MS = 86_400_000;
const { records: total, book } = benchmarkOptions(10_000_000, { book: { type: "string" } });
const folder = mkdtempSync(join(tmpdir(), "tokenledger-benchmark-"));
const path = book ?? join(folder, "book.db");
await makeYearBook(path, total);

const ledger = await openLedger(path, { readOnly: true });
console.log(`${machine}; ${total} records over a year, ${Math.round(statSync(path).size / total)} bytes each; ${RUNS} runs\n`);
console.log("| work | median ms | least ms |");
console.log("|---|---|---|");
const month = { startMs: YEAR_START_MS + 153 * DAY_MS, endMs: YEAR_START_MS + 184 * DAY_MS };
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
  tell(`query alone: month by ${groupBy.join(" and ")}, ${timeZone}`, times);
}
await ledger.close();

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const report = (...rest) => [main, "report", "--json", "--db", path, ...rest];
const processes = {
  "bare process": ["-e", "0"],
  "process: one day": report("--start", "2025-12-15", "--end", "2025-12-15", "--tz", "UTC"),
  "process: month by day and model, America/New_York": report(
    ..."--start 2025-12-01 --end 2025-12-31 --tz America/New_York --group-by day,model".split(" "),
  ),
};
const times = Object.fromEntries(Object.keys(processes).map((name) => [name, []]));
for (let run = 0; run < RUNS; run++) for (const [name, words] of Object.entries(processes)) times[name].push(processTime(words));
for (const [name, list] of Object.entries(times)) tell(name, list, times["bare process"]);
console.log("\nTargets: a month's query at most 20 ms, its process 250 ms; the process for one day at most 1.6 times the bare one.");
rmSync(folder, { recursive: true });

function tell(name, list, bare) {
  const [middle, least] = [median(list), Math.min(...list)];
  const ratio = (value, other) => (bare === undefined || bare === list ? "" : ` (${(value / other).toFixed(2)}×)`);
  const cells = [middle.toFixed(1) + ratio(middle, bare && median(bare)), least.toFixed(1) + ratio(least, bare && Math.min(...bare))];
  console.log(`| ${name} | ${cells.join(" | ")} |`);
}

function processTime(words) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, words);
  if (status !== 0) throw new Error(`${words.join(" ")} ended with ${status}: ${stderr}`);
  return performance.now() - start;
}
