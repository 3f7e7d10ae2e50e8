/**
 * The limits that live in a program: pools, reservations, windows and the rate limiter, one call each, in nanoseconds.
 *
 *     node benchmarks/budget/in-process.mjs [--rounds 15]     (after npm run build; the network once, for the peer)
 *
 * Median and least of the rounds; a round is a loop of many calls. The peer, rate-limiter-flexible's memory limiter, takes turns
 * with ours. The references in Rust are the founding crates', measured elsewhere: they are quoted, not run.
 * Traps: a loop whose results are not looked at may be compiled away, and a first round compiles: results are added up, and a
 * round before the first is not counted. Ids are made before the clock starts. A `process.memoryUsage` counts what others made.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BudgetPool, BudgetWindows, RateLimiter, reserveAll } from "../../dist/index.js";
import { machine, median } from "../ledger/records.mjs";

const PEER = "rate-limiter-flexible@11.4.0";
const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" } } });
const rounds = Number(values.rounds);
const call = { inputTokens: 1000, outputTokens: 500, costUsd: 0.000001 };
const actual = { inputTokens: 900, outputTokens: 400, costUsd: 0.0000005 };
const open = { maxInputTokens: 1e15, maxOutputTokens: 1e15, maxTotalTokens: 1e15, maxCostUsd: 9_000_000 };
let seen = 0;
let loops = 0;

console.log(`${machine}, medians of ${rounds} rounds\n`);
console.log("| work | median | least | reference | ours at most |");
console.log("|---|---|---|---|---|");
pools();
reservations();
windows();
await limiters();
if (seen === 0) throw new Error("Nothing was done.");

function pools() {
  const pool = new BudgetPool(open);
  row(
    "pool: record",
    "Rust with its mutex 18 to 20 ns",
    "20 ns",
    loop(2_000_000, () => pool.record(call).calls),
  );
  const full = new BudgetPool({ maxInputTokens: 1 });
  row(
    "pool: refusal by value, tokens",
    "Rust 14 ns",
    "15 ns",
    loop(2_000_000, () => (full.tryRecord(call).ok ? 0 : 1)),
  );
  const spent = new BudgetPool({ maxCostUsd: 0 });
  row(
    "pool: refusal by value, money",
    "Rust 14 ns",
    "15 ns",
    loop(2_000_000, () => (spent.tryRecord(call).ok ? 0 : 1)),
  );
}

function reservations() {
  const pool = new BudgetPool(open);
  row(
    "pool: reserve and settle",
    "",
    "60 ns",
    loop(1_000_000, () => settled(pool.reserve(call))),
  );
  row(
    "the same with a time limit",
    "",
    "",
    loop(500_000, () => settled(pool.reserve(call, { ttlMs: 60_000 }))),
  );
  const fresh = ids();
  row("the same with a time limit and an id", "", "250 ns", {
    count: 100_000,
    prepare: () => Array.from({ length: 100_000 }, () => fresh()),
    work: (made) => {
      for (const requestId of made) seen += settled(pool.reserve(call, { ttlMs: 60_000, requestId }));
    },
  });
  const five = Array.from({ length: 5 }, () => new BudgetPool(open));
  row(
    "five pools at once: reserve and settle",
    "",
    "400 ns",
    loop(500_000, () => settled(reserveAll(five, call))),
  );
}

function windows() {
  const minuteHourDay = [60_000, 3_600_000, 86_400_000].map((durationMs) => ({
    name: `${durationMs}`,
    durationMs,
    maxTokens: 1e12,
    maxCostUsd: 1e6,
  }));
  for (const mode of ["bucketed", "exact"]) {
    let nowMs = 0;
    const clock = { now: () => nowMs, monotonic: () => nowMs };
    const filled = new BudgetWindows(minuteHourDay, { mode, clock });
    const record = () => {
      nowMs += 100;
      filled.record(call100);
      return 1;
    };
    const call100 = { tokens: 100, costUsd: 0.001 };
    for (let i = 0; i < 900_000; i++) record();
    const reference = mode === "exact" ? "Rust re-summing 1.8 ms, running totals 63 ns" : "";
    row(`three windows, 864,000 live calls, ${mode}: record`, reference, "120 ns", loop(100_000, record));
    row(`the same: memory of its lists`, "", mode === "exact" ? "30 MB" : "40 KB", undefined, bufferBytes(filled));
    const idle = [];
    for (let round = 0; round < 5; round++) {
      nowMs += 86_400_000;
      const start = performance.now();
      record();
      idle.push((performance.now() - start) * 1e6);
      for (let i = 0; i < 50_000; i++) record();
    }
    row(`the same: first record after an idle day`, "", "5 ms", undefined, undefined, idle);
  }
  const live = new BudgetWindows(minuteHourDay);
  const small = { tokens: 1, costUsd: 0.000001 };
  row(
    "three windows, bucketed, by the machine's clock: record",
    "",
    "120 ns",
    loop(1_000_000, () => recorded(live, small)),
  );
}

async function limiters() {
  const { RateLimiterMemory } = createRequire(join(installedPeer(), "package.json"))("rate-limiter-flexible");
  const keys = Array.from({ length: 1000 }, (_, index) => `key ${index}`);
  const limiter = new RateLimiter({ requestsPerMinute: 1e10 });
  const peer = new RateLimiterMemory({ points: 1e10, duration: 60 });
  const turns = { ours: [], peers: [] };
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now();
    for (let i = 0; i < 200_000; i++) seen += limiter.tryCheck(keys[i % 1000]).ok ? 1 : 0;
    const between = performance.now();
    for (let i = 0; i < 200_000; i++) seen += (await peer.consume(keys[i % 1000])).consumedPoints > 0 ? 1 : 0;
    if (round === 0) continue;
    turns.ours.push(((between - start) / 200_000) * 1e6);
    turns.peers.push(((performance.now() - between) / 200_000) * 1e6);
  }
  row("rate limiter: check", `rate-limiter-flexible ${ns(median(turns.peers))}`, "0.5 × its time", undefined, undefined, turns.ours);
}

function recorded(windows, usage) {
  windows.record(usage);
  return 1;
}

function settled(reservation) {
  reservation.settle(actual);
  return 1;
}

function ids() {
  let next = 0;
  // Flat, as they come from outside: text put together here would be made whole while it is looked up.
  return () => Buffer.from(`request-${(next++).toString(36).padStart(12, "0")}`).toString("latin1");
}

/** A loop of its own for each row: one that all share is compiled for none of them. */
function loop(count, once) {
  const source = `let sum = 0; for (let i = 0; i < ${count}; i++) sum += once(); return sum; // ${loops++}`;
  const run = new Function("once", source);
  return {
    count,
    prepare: () => undefined,
    work: () => {
      seen += run(once);
    },
  };
}

function row(what, reference, target, run, bytes, given) {
  const times = given ?? [];
  for (let round = 0; run !== undefined && round <= rounds; round++) {
    const prepared = run.prepare();
    const start = performance.now();
    run.work(prepared);
    if (round > 0) times.push(((performance.now() - start) / run.count) * 1e6);
  }
  const figures = bytes === undefined ? [ns(median(times)), ns(Math.min(...times))] : [`${(bytes / 1000).toFixed(1)} KB`, ""];
  console.log(`| ${what} | ${figures.join(" | ")} | ${reference} | ${target} |`);
}

function ns(nanoseconds) {
  return nanoseconds < 10_000 ? `${nanoseconds.toFixed(1)} ns` : `${(nanoseconds / 1000).toFixed(1)} µs`;
}

/** Of all typed arrays within, however deep. */
function bufferBytes(value, known = new Set()) {
  if (typeof value !== "object" || value === null || known.has(value)) return 0;
  known.add(value);
  if (ArrayBuffer.isView(value)) return value.buffer.byteLength;
  return Object.values(value).reduce((sum, inner) => sum + bufferBytes(inner, known), 0);
}

function installedPeer() {
  const folder = join(fileURLToPath(new URL("../..", import.meta.url)), ".cache", "benchmark-limiter");
  if (existsSync(join(folder, "node_modules"))) return folder;
  mkdirSync(folder, { recursive: true });
  const install = ["install", "--prefix", folder, "--no-save", "--no-package-lock", "--no-audit", "--no-fund", PEER];
  const { status, stderr } = spawnSync("npm", install, { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
  if (status !== 0) throw new Error(`npm ${install.join(" ")} ended with ${status}: ${stderr}`);
  return folder;
}
