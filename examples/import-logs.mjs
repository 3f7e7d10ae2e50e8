// Read a folder of agent logs into a book. Run `npm run build` once, then `node examples/import-logs.mjs`.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatUsd } from "tokenledger";
import { importUsage } from "tokenledger/importers";
import { openLedger, openSourceDatabase } from "tokenledger/ledger";

// A folder with one Claude Code session, as the agent writes it.
const folder = mkdtempSync(join(tmpdir(), "agent-logs-"));
const usage = {
  input_tokens: 10,
  output_tokens: 500,
  cache_creation_input_tokens: 20_000,
  cache_creation: { ephemeral_1h_input_tokens: 20_000 },
};
const line = {
  type: "assistant",
  timestamp: "2026-05-01T09:30:00.000Z",
  sessionId: "s-1",
  requestId: "req-1",
  message: { id: "msg-1", model: "claude-sonnet-4-5-20250929", role: "assistant", usage },
};
writeFileSync(join(folder, "s-1.jsonl"), `${JSON.stringify(line)}\n`);

const book = await openLedger("sqlite::memory:");
const environment = { platform: process.platform, homeDirectory: folder, variables: {}, openDatabase: openSourceDatabase };
for (const run of ["first", "second"]) {
  const { sources } = await importUsage({ book, environment, sources: ["claude-code"], paths: [folder] });
  for (const { source, read, new: added } of sources) console.log(`${run} run: ${source} read ${read}, new ${added}`);
}
const { totals } = await book.aggregate({ timeZone: "UTC", groupBy: [] });
console.log(`${totals.requests} request, $${formatUsd(totals.costNanoUsd)}`);
await book.close();
rmSync(folder, { recursive: true });

/* Prints:
first run: claude-code read 1, new 1
second run: claude-code read 0, new 0
1 request, $0.12753
*/
