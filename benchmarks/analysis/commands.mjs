/**
 * `analyze`, `forecast` and `explain` over a large book, each as a whole process, in turns with the summary and a bare `node -e 0`.
 *
 *     node benchmarks/analysis/commands.mjs [--records 1000000] [--book FILE]     (after npm run build)
 *
 * A book that is not there is made: a million records in about half a minute; with `--book`, once.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openLedger } from "../../dist/ledger/index.js";
import { benchmarkOptions, machine, median } from "../ledger/records.mjs";
import { makeYearBook } from "../ledger/year-book.mjs";

const RUNS = 9;
const { records: total, book } = benchmarkOptions(1_000_000, { book: { type: "string" } });
const folder = mkdtempSync(join(tmpdir(), "tokenledger-benchmark-"));
const path = book ?? join(folder, "book.db");
await makeYearBook(path, total);

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const command = (...words) => [main, ...words, "--db", path, "--tz", "UTC"];
const half = "2025-07-01..2025-12-31";
const processes = {
  "bare process": ["-e", "0"],
  "the first screen": command(),
  "analyze a month": command("analyze", "--json", "--start", "2026-05-01", "--end", "2026-05-31"),
  "analyze eight weeks, on the screen": command("analyze"),
  "analyze a year by the day": command("analyze", "--json", "--start", "2025-07-01", "--end", "2026-06-30"),
  "explain a month": command("explain", "--json", "--to", "2026-05"),
  "explain all records, one half by the other": command("explain", "--json", "--from", half, "--to", "2026-01-01..2026-06-30"),
  forecast: command("forecast", "--json"),
};
const times = Object.fromEntries(Object.keys(processes).map((name) => [name, []]));
for (let run = 0; run < RUNS; run++) for (const [name, words] of Object.entries(processes)) times[name].push(processTime(words));
console.log(`${machine}; a book of ${await countedRequests()} records; ${RUNS} runs\n`);
console.log("| process | median ms | least ms |");
console.log("|---|---|---|");
for (const [name, list] of Object.entries(times)) console.log(`| ${name} | ${median(list).toFixed(0)} | ${Math.min(...list).toFixed(0)} |`);
console.log("\nTargets: analyze of a month in a book of ten million records 1000 ms; explain of a million records 500 ms.");
rmSync(folder, { recursive: true });

async function countedRequests() {
  const reading = await openLedger(path, { readOnly: true });
  const { totals } = await reading.aggregate({ startMs: 0, endMs: Date.UTC(2030, 0), timeZone: "UTC", groupBy: [] });
  await reading.close();
  return totals.requests;
}

function processTime(words) {
  const start = performance.now();
  const env = { ...process.env, TOKENLEDGER_NOW: "2026-06-10T12:00:00Z" };
  const { status, stderr } = spawnSync(process.execPath, words, { env, maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${words.join(" ")} ended with ${status}: ${stderr}`);
  return performance.now() - start;
}
