/**
 * Why a bill changed: a million records of two periods grouped by model and taken apart, in milliseconds.
 *
 *     node benchmarks/analysis/bill.mjs [--rounds 9]     (after npm run build)
 *
 * Medians of the rounds. Grouping is the plain loop that a program with records in memory would write; a book groups by its
 * rollups. A rest of 0 says that the rounded effects add up to the change, to the nano-dollar.
 * Traps: a first round compiles, so one before the first is not counted.
 */
import { parseArgs } from "node:util";
import { explainChange, logMeanDivisia, roundToTotal } from "../../dist/analysis/index.js";
import { machine, median, randomFrom } from "../ledger/records.mjs";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "9" } } });
const rounds = Number(values.rounds);
const KINDS = ["input", "cache_read", "cache_write_5m", "output", "reasoning"];

console.log(`${machine}, medians of ${rounds} rounds\n`);
console.log("| work | models | median | least | rest, nano-USD | target | |");
console.log("|---|---|---|---|---|---|---|");
for (const models of [8, 100, 10_000]) {
  const periods = [recordsOf(500_000, models, 1), recordsOf(500_000, models, 2)];
  const grouped = periods.map(groupedByModel);
  row("a million records grouped and explained", models, 1000, () => explainChange(...periods.map(groupedByModel)));
  row("their groups explained", models, undefined, () => explainChange(...grouped));
  row("the same by logarithmic means", models, undefined, () => ({ effects: logMeanDivisia(...grouped) }));
}

function row(name, models, mostMs, work) {
  const times = [];
  let found;
  for (let round = -1; round < rounds; round++) {
    const start = performance.now();
    found = work();
    if (round >= 0) times.push(performance.now() - start);
  }
  const amounts = Object.values(found.effects).map((usd) => usd * 1e9);
  const change = BigInt(Math.round(amounts.reduce((sum, amount) => sum + amount, 0)));
  const rest = change - roundToTotal(amounts, change).reduce((sum, amount) => sum + amount, 0n);
  const met = mostMs === undefined ? "" : median(times) <= mostMs ? "met" : "not met";
  const target = mostMs === undefined ? "" : `${mostMs} ms`;
  const columns = [median(times), Math.min(...times)].map((time) => `${time.toPrecision(3)} ms`).join(" | ");
  console.log(`| ${name} | ${models} | ${columns} | ${rest} | ${target} | ${met} |`);
}

function recordsOf(count, models, seed) {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => {
    const model = Math.floor(models * random() ** 2);
    const input = Math.floor(random() * 4000);
    return { model: `model-${model}`, tokens: [input, seed === 1 ? 3 * input : input, input >> 3, Math.floor(random() * 900 * seed), 100] };
  });
}

function groupedByModel(records) {
  const groups = {};
  for (const { model, tokens } of records) {
    groups[model] ??= { requests: 0, tokens: Object.fromEntries(KINDS.map((kind) => [kind, 0])), pricePerMillion: prices(model) };
    const group = groups[model];
    group.requests++;
    for (let kind = 0; kind < KINDS.length; kind++) group.tokens[KINDS[kind]] += tokens[kind];
  }
  return groups;
}

function prices(model) {
  const input = 0.25 * (1 + (Number(model.slice(6)) % 60));
  return { input, cache_read: input / 10, cache_write_5m: input * 1.25, output: input * 5, reasoning: input * 5 };
}
