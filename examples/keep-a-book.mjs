// A book: record calls, ask what they cost. Run `npm run build` once, then `node examples/keep-a-book.mjs`.
import { formatUsd } from "tokenledger";
import { openLedger } from "tokenledger/ledger";

const ledger = await openLedger("sqlite::memory:");
const call = {
  id: "call-1",
  timestampMs: Date.parse("2026-05-01T09:30:00Z"),
  provider: "openai",
  model: "gpt-5",
  tokens: { input: 1_000_000, output: 500_000 },
  team: "engineering",
  source: "library",
};

// The same id is the same call, however often it is sent.
const first = await ledger.record(call);
const again = await ledger.record([call, { ...call, id: "call-2", team: "research", tokens: { input: 1_000_000, cacheRead: 1_000_000 } }]);
console.log(`${first.new} new, then ${again.new} new and ${again.duplicate} duplicate`);

const { rows, totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: ["team"] });
for (const row of rows) console.log(`${row.keys[0]}: $${formatUsd(row.costNanoUsd)}`);
console.log(`together: $${formatUsd(totals.costNanoUsd)}`);
await ledger.close();

/* Prints:
1 new, then 1 new and 1 duplicate
engineering: $6.25
research: $0.125
together: $6.375
*/
