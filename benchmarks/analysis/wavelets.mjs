/**
 * Wavelets: the discrete transform and back beside PyWavelets, the multiresolution analysis and the causal bands, in milliseconds.
 *
 *     node benchmarks/analysis/wavelets.mjs [--rounds 15]     (after npm run build; a Python with PyWavelets for the peer)
 *
 * Medians of the rounds; in each round both take their turn, and the ratio is the median of the rounds' ratios, which travels
 * better than times. The Python is TOKENLEDGER_PYTHON, or the first python3 that has PyWavelets; without one, our own times are
 * measured alone.
 * Traps: a first round compiles, so one before the first is not counted. Results must be looked at, or a loop may be compiled away.
 * Above 2^10 points, where memory comes from decides more than arithmetic does: the C library gives what was freed back to the
 * system and gets new pages for it, or it does not, by its thresholds and by what else lies on the heap, and PyWavelets is three
 * times as fast when it does not. So it is measured twice: as a process of its own comes, and with its memory kept.
 */
import { parseArgs } from "node:util";
import { CausalMra, mra, wavedec, waverec } from "../../dist/analysis/index.js";
import { machine, median } from "../ledger/records.mjs";
import { findPeer } from "./python-peer.mjs";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" } } });
const rounds = Number(values.rounds);
const peer = findPeer("wavelets-peer.py", ["pywt", "numpy"]);
let seen = 0;

console.log(`${machine}${peer ? `; ${peer([])}` : "; no Python with PyWavelets here"}; medians of ${rounds} rounds\n`);
console.log("| work | median | least | PyWavelets in the same turns | the same, its memory kept | target | |");
console.log("|---|---|---|---|---|---|---|");
for (const [exponent, most] of [
  [10, 0.5],
  [16, 0.5],
  [20, 0.8],
])
  for (const wavelet of ["haar", "db2"]) transforms(wavelet, 2 ** exponent, most, `2^${exponent}`);
for (const wavelet of ["haar", "db2"]) {
  own(`mra, ${wavelet}, 8 levels of 8760 points`, 30, series(8760), (x) => sample(mra(x, wavelet, 8).smooth));
  own(`three bands of 6 levels, ${wavelet}, 2^14 points`, 1, series(2 ** 14), (x) => threeBands(x, wavelet));
  own(`three bands of 6 levels, ${wavelet}, 2^20 points`, 150, series(2 ** 20), (x) => threeBands(x, wavelet));
}
own("causal bands, 8 levels, a million buckets one by one", undefined, series(1_000_000), (x) => {
  const stream = new CausalMra(8);
  let last = 0;
  for (const value of x) last = stream.push(value).smooth;
  return last;
});
if (!Number.isFinite(seen) || seen === 0) throw new Error("Nothing was done.");

function transforms(wavelet, n, most, name) {
  const x = series(n);
  const repeats = Math.max(3, Math.round(2 ** 20 / n));
  const theirTime = (memory) => (peer ? Number(peer([wavelet, n, repeats, memory].map(String))) : Number.NaN);
  const turns = { ours: [], asItComes: [], kept: [] };
  for (let round = 0; round <= rounds; round++) {
    // As the peer does: once before it counts, because what ran in between has taken the caches.
    seen += sample(waverec(wavedec(x, wavelet, { mode: "periodization" }), wavelet, "periodization"));
    const start = performance.now();
    for (let i = 0; i < repeats; i++) seen += sample(waverec(wavedec(x, wavelet, { mode: "periodization" }), wavelet, "periodization"));
    const took = (performance.now() - start) / repeats;
    if (round === 0) continue;
    turns.ours.push(took);
    turns.asItComes.push(theirTime("new"));
    turns.kept.push(theirTime("kept"));
  }
  const ratio = peer && ratioOf(turns.ours, turns.asItComes);
  const met = ratio === undefined ? "" : ratio <= most ? "met" : "not met";
  const columns = [beside(turns.ours, turns.asItComes), beside(turns.ours, turns.kept), `${most} ×`, met].join(" | ");
  console.log(`| wavedec + waverec, ${wavelet}, ${name} | ${ms(median(turns.ours))} | ${ms(Math.min(...turns.ours))} | ${columns} |`);
}

function beside(ours, theirs) {
  return peer ? `${ms(median(theirs))}, least ${ms(Math.min(...theirs))}: ${ratioOf(ours, theirs).toFixed(2)} ×` : "–";
}

function ratioOf(ours, theirs) {
  return median(ours.map((took, round) => took / theirs[round]));
}

function own(name, mostMs, x, work) {
  const times = [];
  for (let round = -3; round < rounds; round++) {
    const start = performance.now();
    seen += work(x);
    if (round >= 0) times.push(performance.now() - start);
  }
  const met = mostMs === undefined ? "" : median(times) <= mostMs ? "met" : "not met";
  const target = mostMs === undefined ? "" : `${mostMs} ms`;
  console.log(`| ${name} | ${ms(median(times))} | ${ms(Math.min(...times))} | – | – | ${target} | ${met} |`);
}

/** What is fast, what is in between, what is slow. */
function threeBands(x, wavelet) {
  const { details, smooth } = mra(x, wavelet, 6);
  const [fast, next, ...slower] = details;
  for (let t = 0; t < fast.length; t++) fast[t] += next[t];
  const [between, ...others] = slower;
  for (const other of others) for (let t = 0; t < between.length; t++) between[t] += other[t];
  return sample(fast) + sample(between) + sample(smooth);
}

function sample(values) {
  return values[values.length >> 1];
}

function series(n) {
  return Float64Array.from({ length: n }, (_, t) => 100 + 50 * Math.sin(t / 24) + ((t * 7919) % 1009) / 10);
}

function ms(time) {
  return `${time < 1 ? time.toPrecision(2) : time.toPrecision(3)} ms`;
}
