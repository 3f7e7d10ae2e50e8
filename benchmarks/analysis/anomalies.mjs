/**
 * How many expensive hours and changes of level are found in invented spending, and how many are claimed that are none: the
 * numbers of docs/analysis/anomalies.md.
 *
 *     node benchmarks/analysis/anomalies.mjs [--series 200]     (after npm run build)
 *
 * Hours: usual ones are learned from four weeks, and two are judged, in which six hours cost four times the mean around them. Days:
 * a change counts as found within a week of it.
 * Traps: the series that a method was made with flatter it, so these have other seeds and other kinds of chance than the tests'.
 */
import { parseArgs } from "node:util";
import { changePoints, detectAnomalies } from "../../dist/analysis/index.js";
import { machine, randomFrom } from "../ledger/records.mjs";
import { normal, poisson } from "./spending-series.mjs";

const { values } = parseArgs({ options: { series: { type: "string", default: "200" } } });
const count = Number(values.series);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK = [1.2, 1.25, 1.2, 1.15, 1, 0.5, 0.4];
const LEARNED = 672;
const JUDGED = 336;
const SPIKES = [28, 73, 129, 186, 258, 329].map((hour) => LEARNED + hour);
const PRICES = { "of one price": () => 10, "of prices that vary wildly": (random) => 10 * Math.exp(normal(random)) };

console.log(`${machine}, ${count} series a line\n`);
console.log("| expensive hours, calls that come by chance | found | days between false alarms |\n|---|---|---|");
for (const atNight of [10, 2])
  for (const [kind, price] of Object.entries(PRICES)) {
    const name = `${atNight} calls an hour at night, ${6 * atNight} at noon, ${kind}`;
    hours(name, atNight, price, (series) => detectAnomalies(series, { bucketMs: HOUR_MS, trainUntil: LEARNED }).map(({ index }) => index));
    hours(`${name}; by the rule "mean + 2.5 standard deviations"`, atNight, price, aboveTheMean);
  }
console.log("\n| changes of level | said to have one, or found |\n|---|---|");
for (const days of [180, 60])
  row(`none in ${days} days, swings of ±50 %, correlation 0.5`, (random) => changesOf(days, 0.5, 0.5, days, random).length > 0);
for (const swing of [0.5, 0.7])
  row(`2.5 times as much, swings of ±${100 * swing} %, correlation 0.3`, (random, run) => {
    const at = 60 + (run % 60);
    return changesOf(180, swing, 0.3, at, random).some((change) => Math.abs(change - at) <= 7);
  });

function hours(name, atNight, price, find) {
  const random = randomFrom(7);
  let [found, others] = [0, 0];
  for (let run = 0; run < count; run++) {
    const series = Array.from({ length: LEARNED + JUDGED }, (_, hour) => {
      const isWeekend = Math.floor(hour / 24) % 7 >= 5;
      let sum = 0;
      for (let calls = poisson((isWeekend ? 0.4 : 1) * atNight * (1 + 5 * daylight(hour)), random); calls > 0; calls--)
        sum += price(random);
      return sum;
    });
    for (const at of SPIKES) series[at] += (3 * series.slice(at - 12, at + 13).reduce((total, value) => total + value, 0)) / 25;
    for (const index of find(series)) SPIKES.includes(index) ? found++ : others++;
  }
  const between = others === 0 ? "none" : ((count * JUDGED) / 24 / others).toFixed(1);
  console.log(`| ${name} | ${((100 * found) / (count * SPIKES.length)).toFixed(0)} % | ${between} |`);
}

function daylight(hour) {
  return Math.max(0, Math.sin((2 * Math.PI * ((hour % 24) - 6)) / 24));
}

function aboveTheMean(series) {
  const learned = series.slice(0, LEARNED);
  const mean = learned.reduce((total, value) => total + value, 0) / LEARNED;
  const deviation = Math.sqrt(learned.reduce((total, value) => total + (value - mean) ** 2, 0) / LEARNED);
  return series.flatMap((value, hour) => (hour >= LEARNED && value > mean + 2.5 * deviation ? [hour] : []));
}

function changesOf(days, swing, correlation, at, random) {
  let state = normal(random);
  const series = Array.from({ length: days }, (_, day) => {
    state = correlation * state + Math.sqrt(1 - correlation ** 2) * normal(random);
    return 100 * Math.exp(swing * state) * WEEK[day % 7] * (day < at ? 1 : 2.5);
  });
  return changePoints(series, { bucketMs: DAY_MS }).changepoints;
}

function row(name, happens) {
  const random = randomFrom(11);
  let hits = 0;
  for (let run = 0; run < count; run++) if (happens(random, run)) hits++;
  console.log(`| ${name} | ${((100 * hits) / count).toFixed(1)} % |`);
}
