/**
 * Imports a corpus of Claude Code logs beside ccusage and tokscale, in turns, and prints medians and ratios as Markdown.
 *
 *     node benchmarks/import/import.mjs --generator ../shared/tools/gen-agent-logs.mjs [--mb 1024]
 *     node benchmarks/import/import.mjs --home corpus/home [--runs 5]
 *
 * Needs a built `dist` (`npm run build`), the network once for the peers, and GNU time.
 * The peers keep no book: theirs is a report only, ours is import into a new book and report, two processes.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const PEERS = ["ccusage@20.0.24", "@tokscale/cli-linux-x64-gnu@4.17.0"];
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { values } = parseArgs({
  options: {
    home: { type: "string" },
    generator: { type: "string" },
    mb: { type: "string", default: "1024" },
    runs: { type: "string", default: "5" },
  },
});
const runs = Number(values.runs);
const work = join(tmpdir(), "tokenledger-benchmark", "corpus");
const home = values.home ? resolve(values.home) : generatedHome();
const peers = installedPeers();
const cli = join(root, "dist", "cli", "main.js");
const book = join(work, "book.db");

function generatedHome() {
  if (!values.generator) throw new Error("Give --home FOLDER, or --generator FILE to make a corpus with.");
  const out = join(work, `claude-${values.mb}`);
  if (!existsSync(join(out, "truth.json"))) {
    mkdirSync(work, { recursive: true });
    run(
      process.execPath,
      [resolve(values.generator), "--out", out, "--claude-mb", values.mb, "--codex-mb", "0", "--seed", "1"],
      process.env,
    );
  }
  return join(out, "home");
}

function installedPeers() {
  const folder = join(root, ".cache", "benchmark-peers");
  if (!existsSync(join(folder, "node_modules"))) {
    mkdirSync(folder, { recursive: true });
    run("npm", ["install", "--prefix", folder, "--no-save", "--no-package-lock", "--no-audit", "--no-fund", ...PEERS], process.env);
  }
  return {
    ccusage: join(folder, "node_modules/.bin/ccusage"),
    tokscale: join(folder, "node_modules/@tokscale/cli-linux-x64-gnu/bin/tokscale"),
  };
}

function run(command, args, env) {
  const { status, stderr } = spawnSync(command, args, { env, stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr}`);
}

/** Wall and CPU seconds and peak megabytes of one process. */
function measure(command, args, env) {
  const { status, stderr } = spawnSync("time", ["-f", "%e %U %S %M", command, ...args], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr}`);
  const [wall, user, system, kilobytes] = stderr.trim().split("\n").at(-1).split(" ").map(Number);
  return { wall, cpu: user + system, peak: kilobytes / 1024 };
}

const environment = (folder) => ({ PATH: process.env.PATH, HOME: folder, NO_COLOR: "1", TOKENLEDGER_DATABASE_URL: `sqlite://${book}` });
const tokenledger = (folder, ...args) => measure(process.execPath, [cli, ...args], environment(folder));
const emptyBook = () => {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(book + suffix, { force: true });
};
const sum = (a, b) => ({ wall: a.wall + b.wall, cpu: a.cpu + b.cpu, peak: Math.max(a.peak, b.peak) });

/** All logs below a folder. */
function logsOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".jsonl"))
    .map((entry) => join(entry.parentPath, entry.name));
}

mkdirSync(work, { recursive: true });
const logs = logsOf(join(home, ".claude"));
const grown = logs.find((path) => statSync(path).size > 1 << 20) ?? logs[0];
const grownSize = statSync(grown).size;
const addition = readFileSync(grown).subarray(0, 1 << 20);
const wholeLines = addition.subarray(0, addition.lastIndexOf(10) + 1);
const another = Buffer.from(wholeLines.toString("latin1").replaceAll('"id":"msg_', '"id":"msg_again'), "latin1");

function importGrown() {
  appendFileSync(grown, another);
  try {
    return tokenledger(home, "import", "claude-code", "--json");
  } finally {
    truncateSync(grown, grownSize);
  }
}

const cases = {
  "ccusage, cold": () => measure(peers.ccusage, ["daily", "--json", "--offline"], environment(home)),
  "tokscale, warm": () => measure(peers.tokscale, ["models", "--json"], environment(home)),
  "tokenledger, cold: import and report": () => {
    emptyBook();
    return sum(
      tokenledger(home, "import", "claude-code", "--json"),
      tokenledger(home, "report", "--group-by", "day", "--json", "--tz", "UTC"),
    );
  },
  "tokenledger, nothing changed": () => tokenledger(home, "import", "claude-code", "--json"),
  // Only in a corpus of our own: nobody's real log is written to.
  ...(values.home === undefined && { "tokenledger, one file grew by 1 MB": importGrown }),
};

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const results = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
// The first round warms the disk's cache and the peers' own, and is not counted.
for (let round = 0; round <= runs; round++) {
  for (const [name, once] of Object.entries(cases)) {
    const result = once();
    if (round > 0) results[name].push(result);
  }
}
emptyBook();

const medians = Object.fromEntries(
  Object.entries(results).map(([name, list]) => [
    name,
    Object.fromEntries(["wall", "cpu", "peak"].map((key) => [key, median(list.map((result) => result[key]))])),
  ]),
);
const bytes = logs.reduce((total, path) => total + statSync(path).size, 0);
console.log(`${logs.length} files, ${(bytes / 2 ** 20).toFixed(0)} MiB, medians of ${runs} runs, Node ${process.versions.node}\n`);
console.log("| what | wall | CPU | peak memory | wall ÷ ccusage | CPU ÷ ccusage | wall ÷ tokscale |\n|---|---|---|---|---|---|---|");
for (const [name, { wall, cpu, peak }] of Object.entries(medians)) {
  const ratio = (value, peer) => (value / peer).toFixed(2);
  const { "ccusage, cold": ccusage, "tokscale, warm": tokscale } = medians;
  console.log(
    `| ${name} | ${wall.toFixed(2)} s | ${cpu.toFixed(2)} s | ${peak.toFixed(0)} MB | ${ratio(wall, ccusage.wall)} | ${ratio(cpu, ccusage.cpu)} | ${ratio(wall, tokscale.wall)} |`,
  );
}
