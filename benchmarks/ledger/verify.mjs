/** Proving a book. Run: node benchmarks/ledger/verify.mjs [--records 1000000] (after npm run build) */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLedger } from "../../dist/ledger/index.js";
import { benchmarkOptions, inventRecords, machine } from "./records.mjs";

const BATCH = 50_000;
const { records: total } = benchmarkOptions(1_000_000);
const folder = mkdtempSync(join(tmpdir(), "tokenledger-benchmark-"));
const ledger = await openLedger(join(folder, "book.db"));
for (let first = 0; first < total; first += BATCH) {
  await ledger.append({ records: inventRecords({ kind: "gateway", count: Math.min(BATCH, total - first), firstIndex: first, total }) });
}
const start = performance.now();
const { records, differences } = await ledger.verify();
const seconds = (performance.now() - start) / 1000;
console.log(`${machine}\n`);
console.log("| records | differences | seconds (target: 60 for a million) |");
console.log("|---|---|---|");
console.log(`| ${records} | ${differences.length} | ${seconds.toFixed(1)} |`);
await ledger.close();
rmSync(folder, { recursive: true });
