/**
 * Reading every record of a book, as the search for savings does: the scan, in turns with the limit, which is what the driver takes for
 * rows of the same columns in the same order; with what the database alone takes for them; and with `query`, an object for each record.
 *
 *     node benchmarks/optimize/scan.mjs [--records 1000000] [--book FILE] [--runs 5]     (after npm run build)
 *
 * With `--book`, the records are made once and kept. Each run is a process of its own, so that its memory is its own, too.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openLedger } from "../../dist/ledger/index.js";
import { SCANNED_COLUMNS } from "../../dist/ledger/schema/scanned-columns.js";
import { benchmarkOptions, machine, median } from "../ledger/records.mjs";
import { makeYearBook } from "../ledger/year-book.mjs";

const BATCH_ROWS = 8192;
/** Of an object for each record, a part tells enough. */
const MOST_QUERIED = 500_000;
const STRETCH = "FROM usage_records WHERE requests = 1 AND time_ms > ? AND time_ms < ? ORDER BY time_ms, row LIMIT ?";

const WORKS = {
  /** The whole of it: columns, corrections, names. */
  async scan(path) {
    const ledger = await openLedger(path, { readOnly: true });
    let records = 0;
    for await (const { length } of ledger.scan({})) records += length;
    await ledger.close();
    return records;
  },
  "rows of the driver": (path) => rowsOf(path, SCANNED_COLUMNS.join(", ")),
  /** Every column is decoded, and nothing leaves the database. */
  "the database alone": (path) => {
    const sum = SCANNED_COLUMNS.filter((column) => column !== "metadata").join("), total(");
    return rowsOf(path, `count(*), max(time_ms), total(${sum}), count(metadata)`, true);
  },
  async query(path) {
    const ledger = await openLedger(path, { readOnly: true });
    let records = 0;
    for await (const _ of ledger.query({})) if (++records === MOST_QUERIED) break;
    await ledger.close();
    return records;
  },
};

/** @param isSummed the columns are sums, of which the first two are the number of rows and the last time */
function rowsOf(path, columns, isSummed = false) {
  const Database = createRequire(import.meta.url)("better-sqlite3");
  const database = new Database(path, { readonly: true });
  database.pragma("cache_size = -16000");
  const sql = isSummed ? `SELECT ${columns} FROM (SELECT * ${STRETCH})` : `SELECT ${columns} ${STRETCH}`;
  const statement = database.prepare(sql).raw();
  const place = SCANNED_COLUMNS.indexOf("time_ms");
  let records = 0;
  for (let timeMs = -1; ; ) {
    const rows = statement.all(timeMs, Number.MAX_SAFE_INTEGER, BATCH_ROWS);
    const count = isSummed ? rows[0][0] : rows.length;
    if (count === 0) break;
    records += count;
    timeMs = isSummed ? rows[0][1] : rows.at(-1)[place];
  }
  database.close();
  return records;
}

/** One run, in this process. */
async function run(name, path) {
  const started = performance.now();
  const records = await WORKS[name](path);
  const ms = performance.now() - started;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  console.log(JSON.stringify({ records, ms, cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMb: maxRSS / 1024 }));
}

const {
  records: total,
  book,
  runs,
  work,
} = benchmarkOptions(1_000_000, {
  book: { type: "string" },
  runs: { type: "string", default: "5" },
  work: { type: "string" },
});
if (work !== undefined) {
  await run(work, book);
} else {
  const folder = mkdtempSync(join(tmpdir(), "tokenledger-benchmark-"));
  const path = book ?? join(folder, "book.db");
  await makeYearBook(path, total);
  const names = Object.keys(WORKS);
  const measured = Object.fromEntries(names.map((name) => [name, []]));
  for (let turn = 0; turn < Number(runs); turn++) {
    for (const name of names) {
      const { stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "--work", name, "--book", path], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
      });
      measured[name].push(JSON.parse(stdout));
    }
  }
  console.log(`${machine}; ${runs} runs in turns\n`);
  console.log("| work | records | µs a record | CPU µs a record | peak MB | ÷ rows of the driver |");
  console.log("|---|---|---|---|---|---|");
  const perRecord = (name, field) => median(measured[name].map((one) => (one[field] * 1000) / one.records));
  for (const name of names) {
    const ratio = median(
      measured[name].map(
        (one, turn) => one.ms / one.records / (measured["rows of the driver"][turn].ms / measured["rows of the driver"][turn].records),
      ),
    );
    const peak = Math.max(...measured[name].map(({ peakMb }) => peakMb));
    console.log(
      `| ${name} | ${measured[name][0].records} | ${perRecord(name, "ms").toFixed(2)} | ${perRecord(name, "cpuMs").toFixed(2)} | ${peak.toFixed(0)} | ${ratio.toFixed(2)} |`,
    );
  }
  console.log("\nTarget: a scan at most 1.5 µs a record, its memory the same for ten times the records.");
  rmSync(folder, { recursive: true });
}
