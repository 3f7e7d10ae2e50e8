/**
 * `npm test`: every check of the project, its set-up included. A failing check does not stop the others; the last
 * line of the output counts tests and checks together.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";

/** The store picks its driver by what Node offers, and other people's clients run on it: their tests run on a Node of each kind. */
const NEWER_NODE = "24.21.0";
const NEWER_NODE_TESTS = ["test/ledger", "test/clients", "test/integrations"];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, ".cache");
const windows = process.platform === "win32";
const npm = windows ? "npm.cmd" : "npm";
const outcomes = [];

function run(command, args, environment = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...environment },
    shell: windows,
  });
  if (error) console.error(String(error));
  return status === 0;
}

function step(name, work) {
  console.log(`\n=== ${name}`);
  const start = performance.now();
  const { passed, failed, skipped = 0 } = work();
  outcomes.push({ name, passed, failed, skipped, seconds: (performance.now() - start) / 1000 });
}

/** A check is a script of package.json, so that it can be run alone by the same name. */
function check(script) {
  step(`npm run ${script}`, () => (run(npm, ["run", "--silent", script]) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }));
}

/** Installed beside the project, not in it: a `node` in node_modules/.bin would take the place of the one under test. */
function newerNode() {
  const folder = join(cache, `node-${NEWER_NODE}`);
  const name = `node-${windows ? "win" : process.platform}-${process.arch}`;
  const node = join(folder, "node_modules", name, "bin", windows ? "node.exe" : "node");
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    const options = ["--prefix", folder, "--ignore-scripts", "--no-save", "--no-audit", "--no-fund"];
    run(npm, ["install", ...options, `${name}@${NEWER_NODE}`]);
  }
  return node;
}

/** Runs vitest under `node` and counts from its own report; a run without a report, or with errors outside tests, fails. */
function tests(node, paths, environment = {}) {
  const report = join(cache, "tests.json");
  rmSync(report, { force: true });
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const succeeded = run(node, [vitest, "run", ...reporters, ...paths], environment);
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const counted = JSON.parse(readFileSync(report, "utf8"));
  const unloadable = counted.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
  );
  const failed = counted.numFailedTests + unloadable.length;
  return {
    passed: counted.numPassedTests,
    failed: failed === 0 && (!succeeded || counted.numPassedTests === 0) ? 1 : failed,
    skipped: counted.numPendingTests + counted.numTodoTests,
  };
}

mkdirSync(cache, { recursive: true });
for (const script of ["build", "types", "lint", "rooms", "dead-code", "package"]) check(script);
const node24 = newerNode();
step(`tests on Node ${process.versions.node}`, () => tests(process.execPath, [], { TOKENLEDGER_NODE24: node24 }));
step(`tests on Node ${NEWER_NODE}`, () => tests(node24, NEWER_NODE_TESTS, { TOKENLEDGER_NODE24: node24 }));

console.log("\n=== summary");
for (const { name, passed, failed, skipped, seconds } of outcomes) {
  const counts = `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`;
  console.log(`${failed ? "✗" : "✓"} ${name}: ${counts} (${seconds.toFixed(1)} s)`);
}
const sum = (field) => outcomes.reduce((total, outcome) => total + outcome[field], 0);
console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
process.exitCode = sum("failed") === 0 ? 0 : 1;
