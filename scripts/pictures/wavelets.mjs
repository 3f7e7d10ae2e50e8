/** The pictures of docs/analysis/wavelets.md. */
import { causalMra, mra } from "../../dist/analysis/index.js";
import { seededRandom } from "../../dist/analysis/statistics/random.js";
import { drawMap, drawPanels } from "./drawing.mjs";

const HOURS = 672;
const WEEKS = [0, 168, 336, 504].map((at, week) => [at + 84, `week ${week + 1}`]);

/** Four weeks of made-up spending by the hour: it grows, works from Monday to Friday and by day, varies, and once runs away. */
function spending() {
  const random = seededRandom(4);
  return Float64Array.from({ length: HOURS }, (_, t) => {
    const hour = t % 24;
    const atWork = t % 168 < 120 && hour >= 8 && hour < 18 ? 1 : 0;
    const chance = random() - 0.5;
    return 6 + t / 120 + 9 * atWork * (1 + 0.4 * chance) + 2 * chance + (t === 370 ? 30 : 0);
  });
}

function sumOf(bands) {
  return Float64Array.from(bands[0], (_, t) => bands.reduce((total, band) => total + band[t], 0));
}

function bands() {
  const x = spending();
  const { details, smooth } = mra(x, "db2", 7);
  return drawPanels({
    title: "Four weeks of spending by the hour, and the bands that add up to it",
    ticks: WEEKS,
    panels: [
      { label: "spending", curves: [{ values: x, tone: "quiet" }], height: 80 },
      { label: "slow: over 256 h\nand more", curves: [{ values: smooth }] },
      { label: "weekly: 128–256 h", curves: [{ values: details[6], tone: "second" }], zero: true },
      { label: "days: 16–128 h", curves: [{ values: sumOf(details.slice(3, 6)), tone: "second" }], zero: true, height: 70 },
      { label: "hours: 2–16 h", curves: [{ values: sumOf(details.slice(0, 3)), tone: "third" }], zero: true, height: 70 },
    ],
  });
}

function levels() {
  const { details } = mra(spending(), "db2", 7);
  const rows = details.map((detail, index) => ({
    label: `${2 ** (index + 1)}–${2 ** (index + 2)} h`,
    values: Array.from({ length: HOURS / 12 }, (_, cell) => Math.hypot(...detail.subarray(12 * cell, 12 * cell + 12))),
  }));
  return drawMap({
    title: "How much changes over which periods, in steps of twelve hours",
    rows,
    ticks: WEEKS.map(([at, label]) => [at / 12, label]),
  });
}

function boundary() {
  const random = seededRandom(7);
  const x = Float64Array.from({ length: 60 }, (_, t) => 20 + t + 9 * (random() - 0.5));
  const periodic = mra(x, "db2", 4, { boundary: "periodic" }).smooth;
  const reflection = mra(x, "db2", 4, { boundary: "reflection" }).smooth;
  return drawPanels({
    title: "The smooth of a growing series, with either way to go on beyond its ends",
    panels: [
      {
        label: "60 days",
        height: 150,
        curves: [
          { values: x, tone: "quiet", label: "spending" },
          { values: periodic, tone: "second", label: "periodic" },
          { values: reflection, tone: "first", label: "reflection" },
        ],
      },
    ],
    ticks: [
      [0, "day 1"],
      [59, "60"],
    ],
  });
}

function causal() {
  const x = Float64Array.from({ length: 48 }, (_, t) => (t < 24 ? 10 : 30) + (t === 12 ? 12 : 0));
  const ours = causalMra(x, 3);
  return drawPanels({
    title: "A step and a spike: the bands of the past alone lag behind, those of the whole series know what comes",
    panels: [
      { label: "spending", curves: [{ values: x, tone: "quiet", bars: true }], zero: true },
      {
        label: "smooth",
        height: 80,
        zero: true,
        curves: [
          { values: ours.smooth, tone: "second", label: "of the past" },
          { values: mra(x, "haar", 3).smooth, tone: "first", label: "of all" },
        ],
      },
      { label: "causal details\nof 3 levels", curves: [{ values: sumOf(ours.details), tone: "third", bars: true }], zero: true },
    ],
    ticks: [
      [0, "0 h"],
      [12, "12"],
      [24, "24"],
      [36, "36"],
    ],
  });
}

/** File name → what draws it. */
export const waveletPictures = {
  "wavelet-bands": bands,
  "wavelet-levels": levels,
  "wavelet-boundary": boundary,
  "wavelet-causal": causal,
};
