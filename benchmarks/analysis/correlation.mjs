/**
 * Correlations of many series, with and without the test for links, in milliseconds.
 *
 *     node benchmarks/analysis/correlation.mjs [--rounds 9]     (after npm run build; a Python with numpy for the peer)
 *
 * Medians of the rounds. numpy's plain correlations run before ours, in a library that uses the processor's vectors and, where it
 * has them, several cores. The Python is TOKENLEDGER_PYTHON, or the first python3 that has numpy.
 * Traps: a first round compiles, so one before the first is not counted. Series that were used in the same buckets need no lining
 * up: those with gaps are measured apart.
 */
import { parseArgs } from "node:util";
import { correlate, correlateSeries, correlationMatrix, testEdges } from "../../dist/analysis/index.js";
import { machine, median, randomFrom } from "../ledger/records.mjs";
import { findPeer } from "./python-peer.mjs";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "9" } } });
const rounds = Number(values.rounds);
const HOUR_MS = 3_600_000;
const hourly = { bucketMs: HOUR_MS };
const random = randomFrom(1);
const peer = findPeer("correlation-peer.py", ["numpy"]);

console.log(`${machine}${peer ? `; ${peer([])}` : "; no Python with numpy here"}; medians of ${rounds} rounds\n`);
console.log("| work | median | least | target | |");
console.log("|---|---|---|---|---|");
const fifty = invent(50, 10_000, 0);
if (peer)
  print(
    "numpy.corrcoef, 50 series of 10,000",
    undefined,
    peer(["50", "10000", `${rounds}`])
      .split("\n")
      .map(Number),
  );
row("plain correlations, 50 series of 10,000", 25, () => correlationMatrix(fifty));
const pairs = fifty.flatMap((x, i) => fifty.slice(i + 1).map((y) => ({ x, y })));
row("links between them, tested", undefined, () => testEdges(pairs, hourly));
row("50 models, 10,000 hours, everything", 250, () => correlateSeries(named(fifty), hourly));
row(
  "50 models, 10,000 hours with gaps, everything",
  500,
  (
    (gappy) => () =>
      correlateSeries(gappy, hourly)
  )(named(invent(50, 10_000, 0.3))),
);
row(
  "200 models, 1000 hours with gaps, everything",
  1000,
  (
    (many) => () =>
      correlateSeries(many, hourly)
  )(named(invent(200, 1000, 0.3))),
);
row(
  "half a million calls, everything",
  500,
  (
    (calls) => () =>
      correlate(calls, hourly)
  )(callsOf(fifty)),
);
const second = Array.from({ length: 8000 }, (_, i) => ({ model: `m${i % 10}`, timestamp: i / 8, inputTokens: 500, outputTokens: i }));
row("8000 calls in one second", 50, () => correlate(second, { bucketMs: 1000 }));
row("8000 calls in one second, by the millisecond", 50, () => correlate(second, { bucketMs: 1 }));

function row(name, mostMs, work) {
  const times = [];
  for (let round = -1; round < rounds; round++) {
    const start = performance.now();
    const found = work();
    if (round >= 0) times.push(performance.now() - start);
    if (found === undefined) throw new Error(`${name}: nothing was found.`);
  }
  print(name, mostMs, times);
}

function print(name, mostMs, times) {
  const met = mostMs === undefined ? "" : median(times) <= mostMs ? "met" : "not met";
  const columns = [median(times), Math.min(...times)].map((time) => `${time.toPrecision(3)} ms`).join(" | ");
  console.log(`| ${name} | ${columns} | ${mostMs === undefined ? "" : `${mostMs} ms`} | ${met} |`);
}

function invent(count, length, idle) {
  return Array.from({ length: count }, () => Float64Array.from({ length }, () => (random() < idle ? 0 : Math.floor(1 + random() * 1e5))));
}

function named(series) {
  return series.map((one, i) => ({ name: `model-${i}`, values: one }));
}

function callsOf(series) {
  const calls = [];
  for (let hour = 0; hour < series[0].length; hour++)
    series.forEach((one, i) => {
      calls.push({ model: `model-${i}`, timestamp: hour * HOUR_MS, inputTokens: one[hour], outputTokens: 7 });
    });
  return calls;
}
