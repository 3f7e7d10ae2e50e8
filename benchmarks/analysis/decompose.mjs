/**
 * Taking a series apart: how long decompose needs, the tests of rhythms included, and what a live bucket costs.
 *
 *     node benchmarks/analysis/decompose.mjs [--rounds 9]     (after npm run build)
 *
 * Medians of the rounds. The series grows and has a day's and a week's rhythm, so that nothing is skipped.
 * Traps: first rounds compile, so twenty before the first (one of the long ones) are not counted. In a zone with summer time the calendar is looked up.
 */
import { parseArgs } from "node:util";
import { decompose, LiveDecomposition } from "../../dist/analysis/index.js";
import { machine, median, randomFrom } from "../ledger/records.mjs";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "9" } } });
const rounds = Number(values.rounds);
const HOUR_MS = 3_600_000;
const berlin = { start: Date.UTC(2025, 0, 1), timeZone: "Europe/Berlin" };

console.log(`${machine}, medians of ${rounds} rounds\n`);
console.log("| work | median | least | target | |");
console.log("|---|---|---|---|---|");
row("28 days by the hour", undefined, series(672), {});
row("a year by the hour", 30, series(8760), {});
row("a year by the hour, in Berlin", undefined, series(8760), berlin);
row("2^17 hours", undefined, series(2 ** 17), {});
row("2^20 hours", 2000, series(2 ** 20), {});
live();

function row(name, mostMs, buckets, options) {
  const times = [];
  const isLong = buckets.length > 1e5;
  for (let round = isLong ? -1 : -20; round < (isLong ? Math.min(3, rounds) : rounds); round++) {
    const start = performance.now();
    const { rhythms } = decompose(buckets, { bucketMs: HOUR_MS, ...options });
    if (round >= 0) times.push(performance.now() - start);
    if (rhythms.length !== 2) throw new Error(`${name}: ${rhythms.length} rhythms`);
  }
  const met = mostMs === undefined ? "" : median(times) <= mostMs ? "met" : "not met";
  const columns = [median(times), Math.min(...times)].map((time) => `${time.toPrecision(3)} ms`).join(" | ");
  console.log(`| ${name} | ${columns} | ${mostMs === undefined ? "" : `${mostMs} ms`} | ${met} |`);
}

function live() {
  const buckets = series(100_000);
  const { rhythms } = decompose(buckets.subarray(0, 1344), { bucketMs: HOUR_MS });
  for (const [name, known] of [
    ["live, a bucket", []],
    ["live with rhythms, a bucket", rhythms],
  ]) {
    const times = [];
    for (let round = -1; round < rounds; round++) {
      const guard = new LiveDecomposition({ bucketMs: HOUR_MS, rhythms: known });
      const start = performance.now();
      for (const value of buckets) guard.push(value);
      if (round >= 0) times.push((1e6 * (performance.now() - start)) / buckets.length);
    }
    console.log(`| ${name} | ${median(times).toPrecision(3)} ns | ${Math.min(...times).toPrecision(3)} ns | | |`);
  }
}

function series(n) {
  const random = randomFrom(n);
  return Float64Array.from({ length: n }, (_, t) => {
    const rhythm = 300 * Math.sin((2 * Math.PI * t) / 24) + 200 * Math.sin((2 * Math.PI * t) / 168);
    return 1000 + (500 * t) / n + rhythm + 300 * (random() + random() - 1);
  });
}
