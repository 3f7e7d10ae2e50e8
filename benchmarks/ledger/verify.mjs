/** Proving a book of a million records. Run: node benchmarks/ledger/verify.mjs [records] (after npm run build) */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { openLedger } from "../../dist/ledger/index.js";
import { inventRecords } from "./records.mjs";

const BATCH = 50_000;
const total = Number(process.argv[2] ?? 1_000_000);
const folder = mkdtempSync(join(tmpdir(), "tokenledger-benchmark-"));
const ledger = await openLedger(join(folder, "book.db"));
for (let first = 0; first < total; first += BATCH) {
  await ledger.append({ records: inventRecords({ kind: "gateway", count: Math.min(BATCH, total - first), firstIndex: first, total }) });
}
const start = performance.now();
const { records, differences } = await ledger.verify();
const seconds = (performance.now() - start) / 1000;
console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0].model}\n`);
console.log("| records | differences | seconds (target: 60 for a million) |");
console.log("|---|---|---|");
console.log(`| ${records} | ${differences.length} | ${seconds.toFixed(1)} |`);
await ledger.close();
rmSync(folder, { recursive: true });
