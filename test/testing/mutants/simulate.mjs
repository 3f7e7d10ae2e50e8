/**
 * Simulates with the compiled library in FOLDER, and exits with 3 at the first seed at which something promised does not hold.
 *
 *     node simulate.mjs FOLDER engine|ledger SEEDS
 */
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, kind, seeds] = process.argv.slice(2);
const { FailingDisk, simulateEngine, simulateLedger } = await import(join(folder, "testing/index.js"));
const { openLedger } = await import(join(folder, "ledger/index.js"));

async function oneLife(seed, disk) {
  if (kind === "engine") return simulateEngine(seed);
  // One book in memory that all simulated processes share.
  let shared;
  const open = async (clock) => {
    shared ??= await openLedger("sqlite::memory:", { clock });
    return { ...shared, close: async () => {} };
  };
  try {
    await simulateLedger(seed, { open, disk });
  } finally {
    await shared?.close();
  }
}

const Database = process.getBuiltinModule?.("node:sqlite")?.DatabaseSync ?? createRequire(import.meta.url)("better-sqlite3");
const disk = new FailingDisk(Database);
for (let seed = 1; seed <= Number(seeds); seed++) {
  try {
    await oneLife(seed, disk);
  } catch (error) {
    console.error(String(error?.message ?? error));
    process.exit(3);
  }
}
