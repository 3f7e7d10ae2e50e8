/** Invented records of a busy company: seeded, so that every run measures the same book. */

import { cpus } from "node:os";
import { parseArgs } from "node:util";

const MODELS = [
  ["anthropic", "claude-sonnet-4-5-20250929"],
  ["anthropic", "claude-opus-4-1-20250805"],
  ["anthropic", "claude-haiku-4-5-20251001"],
  ["openai", "gpt-5-2025-08-07"],
  ["openai", "gpt-5-mini"],
  ["openai", "gpt-4o"],
  ["google", "gemini-2.5-pro"],
  ["google", "gemini-2.5-flash"],
];
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** A small fast generator (mulberry32): numbers in [0, 1). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A company that makes a million calls in a year. */
const CALLS_PER_DAY = 2740;

/**
 * `count` records from `firstIndex` on, in order of time, evenly over day and night (a real book's working hours would make fewer
 * rollup rows), as a parser makes them: with flat strings.
 *
 * @param spanDays over how many days `total` records go
 * @param kind "agent": an agent's log, with msg_… and req_… ids; "gateway": calls with UUIDs, a user, a team and a latency
 */
export function inventRecords({
  kind,
  count,
  firstIndex = 0,
  total = count,
  spanDays = total / CALLS_PER_DAY,
  seed = 1,
  startMs = Date.UTC(2025, 6, 1),
}) {
  const random = randomFrom(seed + firstIndex);
  const pick = (length) => Math.floor(random() * length);
  const text = (prefix) => prefix + Array.from({ length: 22 }, () => ALPHABET[pick(62)]).join("");
  const hex = (digits) => Array.from({ length: digits }, () => pick(16).toString(16)).join("");
  const uuid = (end = hex(12)) => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${end}`;
  // The generator's numbers come again after 2^32 of them, which ten million records use up in part: an index never does.
  const numbered = (index) => uuid(index.toString(16).padStart(12, "0"));
  const stepMs = (spanDays * 86_400_000) / total;
  let session = uuid();
  const records = Array.from({ length: count }, (_, i) => {
    const [provider, model] = MODELS[pick(kind === "agent" ? 3 : MODELS.length)];
    if (random() < 0.02) session = uuid();
    const cacheRead = pick(90_000);
    const cacheWrite = pick(4_000);
    const output = 1 + pick(1_500);
    const timestampMs = Math.floor(startMs + (firstIndex + i) * stepMs);
    const tokens = { input: cacheRead + cacheWrite + 1 + pick(2_000), output, cacheRead, cacheWrite5m: cacheWrite };
    const project = `project-${pick(20)}`;
    return kind === "agent"
      ? {
          id: text("msg_01").slice(0, -8) + (firstIndex + i).toString(36).padStart(8, "0"),
          timestampMs,
          provider,
          model,
          tokens,
          project,
          requestId: text("req_011"),
          sessionId: session,
          source: "claude-code",
          usageSource: "imported",
          replay: { rank: 0 },
        }
      : {
          id: numbered(firstIndex + i),
          timestampMs,
          provider,
          model,
          tokens,
          latencyMs: 200 + pick(9_000),
          team: `team-${pick(12)}`,
          user: `user-${pick(200)}`,
          project,
          requestId: numbered(firstIndex + i),
          sessionId: session,
          source: "gateway",
          usageSource: "reported",
        };
  });
  return JSON.parse(JSON.stringify(records));
}

/** `--records N`, and what else a benchmark takes. */
export function benchmarkOptions(records, options = {}) {
  const { values } = parseArgs({ options: { records: { type: "string", default: String(records) }, ...options } });
  return { ...values, records: Number(values.records) };
}

export const machine = `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0].model}`;

export function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}
