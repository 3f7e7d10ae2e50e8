/**
 * Inserting a million records with everything that the book does (refusing, pricing, dedupe by two identities, rollups, checksums)
 * against a bare prepared INSERT of the same rows into the same table with the same driver. Batches alternate, so that both meet
 * the same machine.
 *
 *     node benchmarks/ledger/insert.mjs [--records 1000000] [--batch 20000]     (after npm run build)
 *
 * The bare side has the table's own indexes, the same pragmas, the same transactions, and one prepared statement in a plain loop.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLedger } from "../../dist/ledger/index.js";
import { connect } from "../../dist/ledger/stores/sqlite/driver.js";
import { benchmarkOptions, inventRecords, machine } from "./records.mjs";

const { records: total, batch } = benchmarkOptions(1_000_000, { batch: { type: "string", default: "20000" } });
const BATCH = Number(batch);
const folder = mkdtempSync(join(tmpdir(), "tokenledger-benchmark-"));

console.log(`${machine}, ${total} records in batches of ${BATCH}\n`);
console.log("| records | book: records/s | bare INSERT: rows/s | wall ratio | CPU ratio | bytes per record |");
console.log("|---|---|---|---|---|---|");
for (const kind of ["agent", "gateway"]) await compare(kind);
console.log("\nTargets: wall ratio at most 2.5, at most 200 bytes per record (LiteLLM's spend log: 6.3 KB).");
rmSync(folder, { recursive: true });

async function compare(kind) {
  const bookPath = join(folder, `${kind}.db`);
  const ledger = await openLedger(bookPath);
  await ledger.append({ records: [] });
  const reader = connect(bookPath);
  const bare = connect(join(folder, `${kind}-bare.db`));
  bare.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 16384");
  for (const { sql } of reader.prepare("SELECT sql FROM sqlite_schema WHERE tbl_name = 'usage_records' AND sql IS NOT NULL").all())
    bare.exec(sql);
  const columns = reader
    .prepare("PRAGMA table_info(usage_records)")
    .all()
    .map(({ name }) => name);
  const insert = bare.prepare(`INSERT INTO usage_records VALUES (${columns.map(() => "?").join(", ")})`);
  const newRows = reader.prepare("SELECT * FROM usage_records WHERE row > ? ORDER BY row");
  const book = stopwatch();
  const plain = stopwatch();
  for (let first = 0; first < total; first += BATCH) {
    const records = inventRecords({ kind, count: BATCH, firstIndex: first, total });
    await book.time(() => ledger.append({ records }));
    const rows = newRows.all(first).map((row) => columns.map((column) => row[column]));
    await plain.time(() => {
      bare.exec("BEGIN IMMEDIATE");
      for (const row of rows) insert.run(...row);
      bare.exec("COMMIT");
    });
  }
  reader.close();
  await ledger.close();
  bare.close();
  const perSecond = (ms) => Math.round((total / ms) * 1000).toLocaleString("en");
  console.log(
    `| ${kind} | ${perSecond(book.wallMs)} | ${perSecond(plain.wallMs)} | ${(book.wallMs / plain.wallMs).toFixed(2)} | ${(book.cpuMs / plain.cpuMs).toFixed(2)} | ${Math.round(statSync(bookPath).size / total)} |`,
  );
}

function stopwatch() {
  return {
    wallMs: 0,
    cpuMs: 0,
    async time(work) {
      const cpu = process.cpuUsage();
      const start = performance.now();
      await work();
      this.wallMs += performance.now() - start;
      const used = process.cpuUsage(cpu);
      this.cpuMs += (used.user + used.system) / 1000;
    },
  };
}
