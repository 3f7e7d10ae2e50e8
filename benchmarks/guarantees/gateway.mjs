/**
 * The gateway's guarantees at their full figures: eight processes under 50 kills and 20,000 calls, 50 rolling restarts, 1,000 streams cut
 * at any byte, a book of ten million records, a store that is blocked for two minutes. Prints what each run did and found.
 *
 *     node benchmarks/guarantees/gateway.mjs [vitest's arguments, such as -t G10]
 */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const program = join(dirname(fileURLToPath(import.meta.url)), "processes.mjs");
const { status } = spawnSync(process.execPath, [program, "--only", "test/guarantees/gateway-", ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
