/**
 * The guarantees that are shown with real programs and a real disk, at their full figures: 20,000 calls under 60 kills, an I/O error on
 * each of 300 writes and 300 syncs, a log torn at each byte. Prints what each run did and found.
 *
 *     node benchmarks/guarantees/processes.mjs [--only PATH] [vitest's arguments]
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const folder = mkdtempSync(join(tmpdir(), "tokenledger-figures-"));
const figures = join(folder, "figures.jsonl");
const args = process.argv.slice(2);
const [, only = "test/guarantees"] = args[0] === "--only" ? args.splice(0, 2) : [];
const { status } = spawnSync(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "run", only, ...args], {
  cwd: root,
  stdio: ["ignore", process.stderr, "inherit"],
  env: { ...process.env, TOKENLEDGER_GUARANTEES: "full", TOKENLEDGER_GUARANTEE_FIGURES: figures },
});
console.log("| guarantee | figures |\n|---|---|");
for (const line of existsSync(figures) ? readFileSync(figures, "utf8").trim().split("\n") : []) {
  const { guarantee, ...rest } = JSON.parse(line);
  console.log(
    `| ${guarantee} | ${Object.entries(rest)
      .map(([name, value]) => `${name} ${value.toLocaleString("en")}`)
      .join(", ")} |`,
  );
}
rmSync(folder, { recursive: true });
process.exitCode = status ?? 1;
