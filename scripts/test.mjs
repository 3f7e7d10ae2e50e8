/**
 * `npm test`: every check of the project, its set-up included. A failing check does not stop the others; the last
 * line of the output counts tests and checks together.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";

/** The store picks its driver by what Node offers, and other people's clients run on it: their tests run on a Node of each kind. */
const NEWER_NODE = "24.21.0";
const NEWER_NODE_TESTS = ["test/ledger", "test/clients", "test/integrations"];

/** Characters of a failure that the summary repeats: the whole of it stands where the test ran. */
const LONGEST_MESSAGE = 1_500;

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
  const { passed, failed, skipped = 0, failures = [] } = work();
  outcomes.push({ name, passed, failed, skipped, failures, seconds: (performance.now() - start) / 1000 });
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
  const failures = counted.testResults.filter((file) => file.status === "failed").flatMap(failuresOf);
  if (failures.length === 0 && (!succeeded || counted.numPassedTests === 0)) {
    failures.push({ title: "the run itself", message: "No test failed, but the run did: an error outside of tests, told above." });
  }
  return {
    passed: counted.numPassedTests,
    failed: failures.length,
    skipped: counted.numPendingTests + counted.numTodoTests,
    failures,
  };
}

/** What failed in a file, told apart from everything else: its tests, or else the file itself, which could not be loaded. */
function failuresOf({ name, message, assertionResults }) {
  const path = relative(root, name);
  const failed = assertionResults.filter((test) => test.status === "failed");
  if (failed.length === 0) return [{ title: path, message }];
  return failed.map((test) => ({ title: `${path} > ${test.fullName}`, message: test.failureMessages.join("\n") }));
}

mkdirSync(cache, { recursive: true });
for (const script of ["build", "types", "lint", "rooms", "dead-code", "package"]) check(script);
const node24 = newerNode();
step(`tests on Node ${process.versions.node}`, () => tests(process.execPath, [], { TOKENLEDGER_NODE24: node24 }));
step(`tests on Node ${NEWER_NODE}`, () => tests(node24, NEWER_NODE_TESTS, { TOKENLEDGER_NODE24: node24 }));

console.log("\n=== summary");
for (const { name, passed, failed, skipped, failures, seconds } of outcomes) {
  const counts = `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`;
  console.log(`${failed ? "✗" : "✓"} ${name}: ${counts} (${seconds.toFixed(1)} s)`);
  // Whoever sees only the end of a long output learns what failed, and why.
  for (const { title, message } of failures) console.log(`\n  ✗ ${title}\n${message.slice(0, LONGEST_MESSAGE).replace(/^/gm, "    ")}`);
}
const sum = (field) => outcomes.reduce((total, outcome) => total + outcome[field], 0);
console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
process.exitCode = sum("failed") === 0 ? 0 : 1;
