/**
 * `optimize` over a whole book as a process of its own: how long, and how much memory, beside a scan of the same records alone, which is
 * its limit. Nobody else answers this question from such a book, so there is no peer.
 *
 *     node benchmarks/optimize/optimize.mjs [--records 1000000] [--book FILE] [--runs 5]     (after npm run build)
 *
 * With `--book`, the records are made once and kept.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchmarkOptions, machine, median } from "../ledger/records.mjs";
import { makeYearBook } from "../ledger/year-book.mjs";

const { records: total, book, runs } = benchmarkOptions(1_000_000, { book: { type: "string" }, runs: { type: "string", default: "5" } });
const folder = mkdtempSync(join(tmpdir(), "tokenledger-benchmark-"));
const path = book ?? join(folder, "book.db");
await makeYearBook(path, total);

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const told = join(folder, "usage.json");
/** What a process has used, written when it ends. */
const telling = `import { writeFileSync } from "node:fs";
  process.on("exit", () => writeFileSync(${JSON.stringify(told)}, JSON.stringify(process.resourceUsage())));`;
const command = (...words) => [file("../../dist/cli/main.js"), ...words, "--json", "--db", path, "--tz", "UTC"];
const processes = {
  "bare process": ["-e", "0"],
  "a scan of all": [file("scan.mjs"), "--work", "scan", "--book", path],
  "optimize, all": command("optimize", "--start", "2025-07-01", "--end", "2026-06-30"),
  "optimize, eight weeks": command("optimize", "--last", "8w"),
};
const measured = Object.fromEntries(Object.keys(processes).map((name) => [name, []]));
for (let run = 0; run < Number(runs); run++) for (const [name, words] of Object.entries(processes)) measured[name].push(processOf(words));
console.log(`${machine}; a book of ${total} records; ${runs} runs in turns\n`);
console.log("| process | median ms | CPU ms | peak MB |");
console.log("|---|---|---|---|");
for (const [name, list] of Object.entries(measured)) {
  const [ms, cpuMs] = [median(list.map((one) => one.ms)), median(list.map((one) => one.cpuMs))];
  console.log(`| ${name} | ${ms.toFixed(0)} | ${cpuMs.toFixed(0)} | ${Math.max(...list.map(({ peakMb }) => peakMb)).toFixed(0)} |`);
}
console.log("\nTargets: all of a million records 3 s, of ten million 20 s, 500 MB.");
rmSync(folder, { recursive: true });

function processOf(words) {
  const env = { ...process.env, TOKENLEDGER_NOW: "2026-06-30T12:00:00Z" };
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(telling)}`, ...words], {
    env,
    cwd: folder,
    maxBuffer: 1 << 28,
  });
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`${words.join(" ")} ended with ${status}: ${stderr}`);
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(told, "utf8"));
  return { ms, cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMb: maxRSS / 1024 };
}
