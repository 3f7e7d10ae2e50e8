/** Books that are drawn by seed: what companies' books have in them, in any mixture. */
import type { UsageRecord } from "../../../src/usage/index.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
export const FIRST_DAY_MS = Date.UTC(2026, 3, 1);

export interface DrawnBook {
  seed: number;
  days: number;
  /** Kinds of work: each is of one team, project and model. */
  works: number;
  callsOfWork: number;
  /** What was paid of the list price, in percent, where a source reported it; 100: nobody reports anything. */
  paidPercent: number;
}

const MODELS = [
  ["anthropic", "claude-opus-4-5"],
  ["anthropic", "claude-3-opus-20240229"],
  ["anthropic", "claude-sonnet-4-5-20250929"],
  ["anthropic", "claude-sonnet-4-5"],
  ["bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"],
  ["anthropic", "claude-haiku-4-5"],
  ["openai", "gpt-4o"],
  ["openai", "gpt-5"],
  ["openai", "o3"],
  ["gemini", "gemini-2.5-pro"],
  ["deepseek", "deepseek-chat"],
  ["openrouter", "deepseek/deepseek-chat"],
  ["openai", "no-such-model"],
] as const;
const NAMES = [undefined, "a", "b", "c"] as const;

const HABITS = ["chat", "agent", "job", "thought", "cliff", "long", "burst"] as const;

/** Park and Miller's numbers in [0, 1): the same on every machine. */
export function randomNumbers(seed: number): () => number {
  let state = (Math.abs(Math.trunc(seed)) % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

export function drawnRecords({ seed, days, works, callsOfWork }: DrawnBook): UsageRecord[] {
  const random = randomNumbers(seed);
  const below = (most: number): number => Math.floor(random() * most);
  const one = <T>(of: readonly T[]): T => of[below(of.length)] as T;
  const records: UsageRecord[] = [];
  for (let work = 0; work < works; work++) {
    const habit = HABITS[(seed + work) % HABITS.length] as (typeof HABITS)[number];
    const [provider, model] = habit === "cliff" ? (["gemini", "gemini-2.5-pro"] as const) : one(MODELS);
    const names = { team: one(NAMES), project: one(NAMES), key: one(NAMES), user: one(NAMES) };
    const prompt = habit === "long" ? 30_000 + below(150_000) : 50 + below(6000);
    const answer = habit === "long" ? 500 + below(3000) : 10 + below(900);
    const startMinute = below(1440);
    const terms = {
      ...(habit === "chat" && random() < 0.2 && { serviceTier: "batch" }),
      ...(random() < 0.05 && { speed: "fast" }),
      ...(random() < 0.05 && { inferenceGeo: "us" }),
      // A record that sums many requests: each of them was short.
      ...(habit === "chat" && random() < 0.1 && { requestInputTokens: 500 }),
    };
    const speaks = random() < 0.05;
    for (let call = 0; call < callsOfWork; call++) {
      const day = habit === "burst" ? below(Math.min(days, 2)) : call % days;
      const minute = habit === "job" ? startMinute : 8 * 60 + below(600);
      const input = habit === "cliff" ? 195_000 + below(40_000) : Math.max(1, Math.round(prompt * (0.5 + random())));
      const output = Math.round(answer * (0.3 + 1.4 * random()));
      const cacheRead = random() < 0.3 ? below(input + 1) : 0;
      const cacheWrite5m = random() < 0.15 ? below(input - cacheRead + 1) : 0;
      const cacheWrite1h = random() < 0.05 ? below(input - cacheRead - cacheWrite5m + 1) : 0;
      const record: UsageRecord = {
        id: `${work}-${call}`,
        timestampMs: FIRST_DAY_MS + day * DAY_MS + minute * MINUTE_MS + below(MINUTE_MS),
        provider,
        model,
        source: "library",
        tokens: {
          input,
          output,
          ...(cacheRead > 0 && { cacheRead }),
          ...(cacheWrite5m > 0 && { cacheWrite5m }),
          ...(cacheWrite1h > 0 && { cacheWrite1h }),
          ...(habit === "thought" && { reasoning: Math.round(output * (0.6 + 0.4 * random())) }),
          ...(speaks && { audioInput: below(input - cacheRead - cacheWrite5m - cacheWrite1h + 1), audioOutput: below(output / 3) }),
          ...(random() < 0.02 && { webSearches: 1 + below(3) }),
        },
        ...definedOf(names),
        ...terms,
        ...(habit === "agent" && { sessionId: `session-${work}-${day}-${below(4)}` }),
        ...(random() < 0.5 && { latencyMs: 100 + below(20_000) }),
        ...(random() < 0.03 && { status: one(["error", "aborted", "failed_billed"]) }),
        ...(habit === "agent" && { metadata: factsOf(work, below(30), input, random) }),
      };
      records.push(record);
      if (habit !== "agent" || random() > 0.2) continue;
      // The same prompt again, and an answer as long.
      records.push({ ...record, id: `${record.id}-again`, timestampMs: record.timestampMs + 1000 + below(20 * MINUTE_MS) });
    }
  }
  return records.sort((a, b) => a.timestampMs - b.timestampMs);
}

function definedOf(names: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(names).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Blocks that begin alike: tools and system of the work, then the conversation. */
function factsOf(work: number, conversation: number, input: number, random: () => number): Record<string, string> {
  const names = ["tools", "system", `talk-${conversation}`, `turn-${Math.floor(random() * 3)}`, `end-${Math.floor(random() * 1000)}`];
  const blocks = names.map((name, index) => `${hashOf(`${work} ${names.slice(0, index + 1).join(" ")} ${name}`)}:${Math.floor(input / 5)}`);
  return {
    prompt_blocks: blocks.join(" "),
    temperature: "0",
    stream: String(random() < 0.5),
    tools: String(Math.floor(random() * 5)),
    turns: "2",
  };
}

/** Eight characters that tell one text from another, as the book's keyed hashes do. */
function hashOf(text: string): string {
  let high = 5381;
  let low = 52_711;
  for (const character of text) {
    const code = character.charCodeAt(0);
    high = ((high * 33) ^ code) >>> 0;
    low = ((low * 31) ^ code) >>> 0;
  }
  return (high.toString(36).padStart(7, "0") + low.toString(36).padStart(7, "0")).slice(-12, -4);
}
