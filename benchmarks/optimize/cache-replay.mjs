/**
 * What a cache would have saved, under six policies at once: how long the replay of prompts' blocks takes, alone and with everything
 * around it, and how long the looks at sessions take where no block is known. With TOKENLEDGER_DATA, or ../shared/data, also what
 * Mooncake's conversations would have saved: see docs/concepts/savings.md.
 *
 *     node benchmarks/optimize/cache-replay.mjs [--runs 5]     (after npm run build)
 *
 * No other tool replays a ledger's calls against caches, so there is none to compare with; the limit is one look-up of each block.
 * Traps: prompts that share nothing make every look-up a miss and the memory large, so the invented ones share beginnings as
 * conversations do: two in five go on with an earlier prompt.
 */
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { CACHE_POLICIES } from "../../dist/insights/optimize/caching/cache-policies.js";
import { watchCaching } from "../../dist/insights/optimize/caching/find-caching.js";
import { PrefixReplay } from "../../dist/insights/optimize/caching/prefix-replay.js";
import { replayCalls } from "../../dist/insights/optimize/replay/replay-calls.js";
import { openLedger } from "../../dist/ledger/index.js";
import { priceBook } from "../../dist/pricing/index.js";
import { factsAsMetadata } from "../../dist/usage/index.js";
import { machine, median, randomFrom } from "../ledger/records.mjs";

const { values } = parseArgs({ options: { runs: { type: "string", default: "5" } } });
const runs = Number(values.runs);
const START_MS = Date.UTC(2026, 3, 6);
const MODEL = { provider: "anthropic", model: "claude-sonnet-4-5", source: "benchmark" };
const PROMPTS = 12_031;
const BLOCKS = 24;
const SESSION_CALLS = 200_000;

console.log(`${machine}, medians of ${runs} runs\n`);
const prompts = inventedPrompts();
const terms = { hasBreakpoints: true, minimumTokens: 1024, policies: CACHE_POLICIES };
row(`${PROMPTS} prompts of ${BLOCKS} blocks, one look-up of each block`, () => {
  const seen = new Map();
  for (const { blocks, timestampMs } of prompts) for (const { hash } of blocks) seen.set(hash, (seen.get(hash) ?? 0) + timestampMs);
});
row(`${PROMPTS} prompts of ${BLOCKS} blocks, six policies`, () => {
  const replay = new PrefixReplay(terms);
  for (const { blocks, inputTokens, timestampMs } of prompts) replay.take(blocks, inputTokens, 0, timestampMs);
});
await watchedRow("the same out of a book, its metadata read and each policy priced", prompts.map(hashedCall));
await watchedRow(`${SESSION_CALLS} calls of conversations without hashes`, sessionCalls({}));
await watchedRow(`${SESSION_CALLS} calls of conversations that use a cache`, sessionCalls({ isCached: true }));
mooncake();

function row(name, work) {
  work();
  const times = Array.from({ length: runs }, () => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  });
  console.log(`${name}: ${median(times).toFixed(0)} ms`);
}

/** The replay with the looks for caches, and what of it would be there without. */
async function watchedRow(name, records) {
  const ledger = await openLedger("sqlite::memory:");
  for (let from = 0; from < records.length; from += 5000) await ledger.record(records.slice(from, from + 5000));
  const prices = priceBook();
  const times = { without: [], with: [] };
  for (let run = 0; run <= runs; run++)
    for (const [kind, watches] of [
      ["without", []],
      ["with", watchCaching(prices)],
    ]) {
      const startMs = performance.now();
      const digest = await replayCalls(ledger, {
        startMs: 0,
        endMs: START_MS + 1e10,
        prices,
        flaggers: watches.flatMap(({ flagger }) => flagger ?? []),
        observers: watches.flatMap(({ observer }) => observer ?? []),
      });
      for (const { find } of watches) find?.(digest);
      if (run > 0) times[kind].push(performance.now() - startMs);
    }
  await ledger.close();
  const [bare, all] = [median(times.without), median(times.with)];
  console.log(
    `${name}: ${(all - bare).toFixed(0)} ms, ${((1000 * (all - bare)) / records.length).toFixed(2)} µs a call, beside ${bare.toFixed(0)} ms of replay`,
  );
}

function inventedPrompts() {
  const random = randomFrom(3);
  const all = [];
  for (let each = 0; each < PROMPTS; each++) {
    const earlier = random() < 0.4 && each > 0 ? all[Math.max(0, each - 1 - Math.floor(random() * 500))] : undefined;
    const kept = earlier === undefined ? 0 : Math.floor(random() * BLOCKS);
    const blocks = Array.from({ length: BLOCKS }, (_, place) =>
      place < kept ? earlier.blocks[place] : { hash: (each * BLOCKS + place).toString(36).padStart(8, "0"), tokens: 512 },
    );
    all.push({ blocks, inputTokens: BLOCKS * 512, timestampMs: START_MS + each * 300 });
  }
  return all;
}

function hashedCall({ blocks, inputTokens, timestampMs }, each) {
  const metadata = factsAsMetadata({ promptBlocks: blocks });
  return { id: `hashed-${each}`, timestampMs, ...MODEL, tokens: { input: inputTokens, output: 300 }, metadata };
}

/** A thousand sessions side by side, each of them a call every minute. */
function sessionCalls({ isCached = false }) {
  return Array.from({ length: SESSION_CALLS }, (_, each) => {
    const [session, turn] = [each % 1000, Math.floor(each / 1000)];
    const input = 5000 + 500 * turn;
    const cache = isCached ? { cacheRead: input - 500, cacheWrite1h: 490 } : {};
    const tokens = { input, output: 400, ...cache };
    return { id: `session-${each}`, timestampMs: START_MS + each * 60, ...MODEL, sessionId: `s-${session}`, tokens };
  });
}

function mooncake() {
  const folder = process.env.TOKENLEDGER_DATA ?? new URL("../../../shared/data", import.meta.url).pathname;
  const path = `${folder}/traces/mooncake_conversation.jsonl.gz`;
  if (!existsSync(path)) return;
  const calls = gunzipSync(readFileSync(path))
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  console.log(
    `\n| of what the input of Mooncake's ${calls.length} conversations costs | found at every block | found at marked places |\n|---|---|---|`,
  );
  const saved = [false, true].map((hasBreakpoints) => {
    const replay = new PrefixReplay({ hasBreakpoints, minimumTokens: 0, policies: CACHE_POLICIES });
    const sums = CACHE_POLICIES.map(() => 0);
    let input = 0;
    for (const { timestamp, input_length, hash_ids } of calls) {
      const blocks = hash_ids.map((id, place) => ({ hash: String(id), tokens: Math.min(512, input_length - 512 * place) }));
      replay.take(blocks, input_length, 0, timestamp);
      input += input_length;
      CACHE_POLICIES.forEach(({ lifetimeMs }, index) => {
        sums[index] += 0.9 * replay.read[index] - (lifetimeMs > 300_000 ? 1 : 0.25) * replay.written[index];
      });
    }
    return sums.map((sum) => `${((100 * sum) / input).toFixed(1)} %`);
  });
  for (const [index, { name }] of CACHE_POLICIES.entries()) console.log(`| ${name} | ${saved[0][index]} | ${saved[1][index]} |`);
}
