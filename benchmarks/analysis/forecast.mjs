/**
 * How good are the chances that are given for limits? Past moments of real and invented series are forecast from what was known
 * then, and what came is compared: Brier score beside the run rate's, how much of what came the 80 % intervals held, and how often
 * what was given some chance came true.
 *
 *     node benchmarks/analysis/forecast.mjs [--seeds 5]     (after npm run build; real series from TOKENLEDGER_DATA or ../shared/data)
 *
 * Traps: limits are multiples of what was usual before the period, never of what came, else chances of 0 and 1 are given away.
 * Series that were looked at while a method was made flatter it: the invented ones of other seeds are the judges. Moments of one
 * series overlap, so that the number of decisions is larger than what they can tell.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { backtestForecast } from "../../dist/analysis/index.js";
import { inventSeries } from "./spending-series.mjs";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const root = fileURLToPath(new URL("../..", import.meta.url));
const data = process.env.TOKENLEDGER_DATA ?? join(root, "../shared/data");
const { values } = parseArgs({ options: { seeds: { type: "string", default: "5" } } });

const real = realSeries();
if (real.length === 0) console.log("No real series: set TOKENLEDGER_DATA.\n");
const judged = [...real, ...inventSeries(1)];
table("Real series, and three invented ones", judged);
for (let seed = 2; seed <= Number(values.seeds); seed++) judged.push(...inventSeries(seed));
const others = judged.slice(real.length + 3);
if (others.length > 0) table("Invented series of other seeds", others);

function realSeries() {
  const at = (...parts) => join(data, ...parts);
  if (!existsSync(at("vectors/real/burstgpt.json"))) return [];
  const burst = JSON.parse(readFileSync(at("vectors/real/burstgpt.json"), "utf8"));
  const series = [
    { name: "BurstGPT, tokens a day", values: burst.daily, bucketMs: DAY, periods: [7, 28] },
    { name: "BurstGPT, requests a day", values: burst.dailyRequests, bucketMs: DAY, periods: [7, 28] },
    { name: "BurstGPT, tokens an hour", values: burst.week1Hourly, bucketMs: HOUR, periods: [24, 72] },
  ];
  for (const model of ["m-large", "m-mid", "m-small"]) {
    const [, ...rows] = gunzipSync(readFileSync(at(`traces/servegen_${model}_rates.csv.gz`)))
      .toString()
      .trim()
      .split("\n");
    const hours = new Array(168).fill(0);
    for (const row of rows) {
      const [startSeconds, , perSecond] = row.split(",").map(Number);
      const hour = Math.floor(startSeconds / 3600);
      if (hour < hours.length) hours[hour] += perSecond * 600;
    }
    series.push({ name: `ServeGen ${model}, requests an hour`, values: hours, bucketMs: HOUR, periods: [24, 72] });
  }
  for (const kind of ["conv", "code"]) {
    const { perMinute } = JSON.parse(readFileSync(at(`vectors/real/azure_${kind}_minutely.json`), "utf8"));
    const tokens = perMinute.map(([, context, generated]) => context + generated);
    series.push({ name: `Azure ${kind}, tokens a minute`, values: tokens, bucketMs: MINUTE, periods: [15] });
  }
  return series;
}

function table(title, series) {
  console.log(`${title}\n\n| series | decisions | Brier | run rate's | 80 % intervals held |\n|---|---|---|---|---|`);
  const all = pooled();
  for (const { name, values: amounts, bucketMs, periods } of series) {
    const own = pooled();
    for (const periodBuckets of periods) {
      const score = backtestForecast(amounts, { bucketMs, periodBuckets });
      add(own, score);
      add(all, score);
    }
    row(name, own);
  }
  row("all", all);
  console.log(
    `\nOf the run rate's Brier score: ${(all.squares / all.runRateSquares).toFixed(3)} (at most 0.60 wanted; Brier at most 0.125,`,
  );
  console.log("held 0.72 to 0.88, chance and frequency at most 0.10 apart where there are 100 decisions)\n");
  console.log("| chance given | decisions | mean chance | came true |\n|---|---|---|---|");
  for (const { from, to, n, predicted, happened } of all.bins)
    console.log(`| ${from.toFixed(1)} to ${to.toFixed(1)} | ${n} | ${(predicted / n).toFixed(3)} | ${(happened / n).toFixed(3)} |`);
  console.log();
}

function row(name, { decisions, squares, runRateSquares, intervals, held }) {
  const [brier, runRate, share] = [squares / decisions, runRateSquares / decisions, held / intervals].map((part) => part.toFixed(3));
  console.log(`| ${name} | ${decisions} | ${brier} | ${runRate} | ${share} |`);
}

function pooled() {
  const bins = Array.from({ length: 5 }, (_, i) => ({ from: i / 5, to: (i + 1) / 5, n: 0, predicted: 0, happened: 0 }));
  return { decisions: 0, squares: 0, runRateSquares: 0, intervals: 0, held: 0, bins };
}

function add(pool, { decisions, brier = 0, runRateBrier = 0, intervals, coverage80 = 0, reliability }) {
  pool.decisions += decisions;
  pool.squares += decisions * brier;
  pool.runRateSquares += decisions * runRateBrier;
  pool.intervals += intervals;
  pool.held += intervals * coverage80;
  reliability.forEach(({ n, predicted = 0, happened = 0 }, i) => {
    pool.bins[i].n += n;
    pool.bins[i].predicted += n * predicted;
    pool.bins[i].happened += n * happened;
  });
}
