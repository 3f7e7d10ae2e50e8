/**
 * How often a rhythm is claimed where there is none, and found where there is one: what the tests in test/analysis/rhythms.test.ts
 * check on few series, on many.
 *
 *     node benchmarks/analysis/rhythms.mjs [--series 1000]     (after npm run build)
 *
 * Claims count any rhythm of a series, all periods with and without names together. Memory φ is that of an AR(1) process of
 * variance 1; waves have half its deviation.
 */
import { parseArgs } from "node:util";
import { decompose } from "../../dist/analysis/index.js";
import { machine, randomFrom } from "../ledger/records.mjs";
import { normal } from "./spending-series.mjs";

const { values } = parseArgs({ options: { series: { type: "string", default: "1000" } } });
const count = Number(values.series);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

console.log(`${machine}, ${count} series a line\n`);
console.log("| series | memory φ | claimed or found | target | |");
console.log("|---|---|---|---|---|");
for (const [
  name,
  n,
  bucketMs,
] of [["one week by the hour", 168, HOUR_MS], ["two weeks by the hour", 336, HOUR_MS], ["six weeks by the hour", 1008, HOUR_MS], ["eight weeks by the day", 56, DAY_MS], ["a year by the day", 365, DAY_MS], ["ten hours by the minute", 600, 60_000]]) // biome-ignore format: a list
  for (const phi of [0, 0.5, 0.8, 0.9])
    row(`no rhythm: ${name}`, phi, 0.04, (random) => decompose(noise(n, phi, random, 0), { bucketMs }).rhythms.length > 0);
for (const [name, n, period] of [
  ["a day's wave in two weeks by the hour", 336, 24],
  ["a week's wave in four weeks by the hour", 672, 168],
])
  for (const phi of [0, 0.5, 0.9])
    row(name, phi, phi === 0 ? -0.9 : undefined, (random) =>
      decompose(noise(n, phi, random, period), { bucketMs: HOUR_MS }).rhythms.some(({ periodMs }) => periodMs === period * HOUR_MS),
    );

/** A target below 0 is one to reach, above 0 one not to pass. */
function row(name, phi, target, happens) {
  const random = randomFrom(Math.round(1000 * phi) + name.length);
  let hits = 0;
  for (let run = 0; run < count; run++) if (happens(random)) hits++;
  const share = hits / count;
  const met = target === undefined ? "" : (target > 0 ? share <= target : share >= -target) ? "met" : "not met";
  const said = target === undefined ? "" : `${target > 0 ? "at most" : "at least"} ${100 * Math.abs(target)} %`;
  console.log(`| ${name} | ${phi} | ${(100 * share).toFixed(1)} % | ${said} | ${met} |`);
}

function noise(n, phi, random, period) {
  const shift = 2 * Math.PI * random();
  let at = normal(random);
  return Float64Array.from({ length: n }, (_, t) => {
    const now = at;
    at = phi * at + Math.sqrt(1 - phi * phi) * normal(random);
    return 1000 + 100 * (now + (period > 0 ? 0.5 * Math.sin((2 * Math.PI * t) / period + shift) : 0));
  });
}
