/**
 * Records, reserves and settles one call after another, and writes a line to FILE for each that was acknowledged. An operation that the
 * disk refuses is not acknowledged; the book is opened anew and the next call is made.
 *
 *     node acknowledger.mjs DOOR URL FILE FIRST COUNT
 */
import { appendFileSync } from "node:fs";

const [door, url, file, first, count] = process.argv.slice(2);
const { openLedger } = await import(door);
let ledger;
let failures = 0;

async function once(index) {
  ledger ??= await openLedger(url);
  if (index % 2 === 0) {
    const record = { id: `call-${index}`, timestampMs: 1_770_000_000_000 + index, provider: "acme", model: "acme-1" };
    const outcome = await ledger.record({ ...record, tokens: { input: 1 }, reportedCostNanoUsd: 1, source: "library" });
    if (outcome.new + outcome.duplicate !== 1) throw new Error(JSON.stringify(outcome));
  } else {
    const call = { requestId: `call-${index}`, provider: "acme", model: "acme-1", estimate: { costUsd: "0.000000002" } };
    await (await ledger.reserve(call)).settle({ costUsd: "0.000000001" });
  }
  appendFileSync(file, `${index}\n`);
}

for (let index = Number(first); index < Number(first) + Number(count); index++) {
  try {
    await once(index);
  } catch (error) {
    if (error.code !== "DATABASE_ERROR") throw error;
    failures++;
    await ledger?.close().catch(() => {});
    ledger = undefined;
  }
}
await ledger?.close();
console.log(failures);
