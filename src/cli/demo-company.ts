/**
 * Three months of a small company that does not exist, for looking around: nothing here was measured.
 * Drawn from a seed, each call by its own place in it, so the same day is the same calls whenever it is drawn.
 */
import type { BudgetDefinition } from "../budget/index.ts";
import { parseUsd } from "../money.ts";
import type { TokenCounts, UsageRecord } from "../usage/index.ts";

/** The name under which the sample's records stand. */
export const DEMO_COMPANY = "Paper Lantern (made up)";
export const DEMO_DAYS = 91;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** What the company means to spend: a team's month, and a week of the whole company. */
export const DEMO_BUDGETS: readonly BudgetDefinition[] = [
  {
    name: "engineering",
    scope: { team: "engineering" },
    amountNanoUsd: parseUsd(130),
    period: "monthly",
    alerts: [50, 75, 90],
    enforcement: "rate_limit",
    hard: false,
  },
  {
    name: "everything",
    scope: {},
    amountNanoUsd: parseUsd(80),
    windowMs: 7 * DAY_MS,
    alerts: [90],
    enforcement: "notify_only",
    hard: false,
  },
];

/** Days before the end on which a loop without a limit ran: something for a report to find. */
const RUNAWAY_DAYS_AGO = 24;
const RUNAWAY_CALLS = 420;

interface ModelUse {
  provider: string;
  model: string;
  /** Relative to the other models of the same work. */
  weight: number;
}

/** One kind of work: who does it, how often, when, with which models and how large its calls are. */
interface Work {
  team: string;
  project: string;
  users: readonly string[];
  callsPerUserAndDay: number;
  /** Share of a working day's calls that is left on a weekend. */
  weekend: number;
  /** Hours of the day (UTC), from and before. */
  hours: readonly [number, number];
  models: readonly ModelUse[];
  /** Medians; single calls spread widely around them. */
  inputTokens: number;
  outputTokens: number;
  /** Share of the input that is read from the provider's cache. */
  cached: number;
  /** Share of the output that is reasoning. */
  reasoning: number;
  tags?: readonly string[];
  sessions?: boolean;
  /** Only on this day of the week (0 is Sunday), as a batch. */
  batchOn?: number;
}

const WORK: readonly Work[] = [
  {
    team: "engineering",
    project: "storefront",
    users: ["ada", "bruno", "chiara", "dev"],
    callsPerUserAndDay: 24,
    weekend: 0.08,
    hours: [8, 18],
    models: [
      { provider: "anthropic", model: "claude-sonnet-4-5", weight: 8 },
      { provider: "anthropic", model: "claude-opus-4-5", weight: 1 },
      { provider: "openai", model: "gpt-5", weight: 2 },
    ],
    inputTokens: 32_000,
    outputTokens: 700,
    cached: 0.86,
    reasoning: 0.2,
    tags: ["coding"],
    sessions: true,
  },
  {
    team: "engineering",
    project: "warehouse-app",
    users: ["emeka", "freya", "goran"],
    callsPerUserAndDay: 20,
    weekend: 0.05,
    hours: [9, 19],
    models: [
      { provider: "openai", model: "gpt-5-codex", weight: 6 },
      { provider: "anthropic", model: "claude-sonnet-4-5", weight: 3 },
    ],
    inputTokens: 26_000,
    outputTokens: 900,
    cached: 0.8,
    reasoning: 0.45,
    tags: ["coding"],
    sessions: true,
  },
  {
    team: "support",
    project: "helpdesk",
    users: ["support-assistant"],
    callsPerUserAndDay: 100,
    weekend: 0.55,
    hours: [6, 22],
    models: [
      { provider: "openai", model: "gpt-4o-mini", weight: 7 },
      { provider: "anthropic", model: "claude-haiku-4-5", weight: 3 },
    ],
    inputTokens: 2400,
    outputTokens: 260,
    cached: 0.45,
    reasoning: 0,
    tags: ["customer-facing"],
  },
  {
    team: "research",
    project: "evaluation",
    users: ["hana", "ines"],
    callsPerUserAndDay: 14,
    weekend: 0.1,
    hours: [9, 20],
    models: [
      { provider: "google", model: "gemini-2.5-pro", weight: 4 },
      { provider: "anthropic", model: "claude-opus-4-5", weight: 2 },
      { provider: "openai", model: "gpt-5", weight: 2 },
    ],
    inputTokens: 9000,
    outputTokens: 1800,
    cached: 0.1,
    reasoning: 0.6,
  },
  {
    team: "marketing",
    project: "newsletter",
    users: ["jonas", "kala"],
    callsPerUserAndDay: 6,
    weekend: 0,
    hours: [9, 17],
    models: [{ provider: "google", model: "gemini-2.5-flash", weight: 1 }],
    inputTokens: 1500,
    outputTokens: 900,
    cached: 0,
    reasoning: 0.1,
  },
  {
    team: "data",
    project: "weekly-digest",
    users: ["batch-job"],
    callsPerUserAndDay: 160,
    weekend: 0,
    hours: [3, 4],
    models: [{ provider: "openai", model: "gpt-4o", weight: 1 }],
    inputTokens: 14_000,
    outputTokens: 500,
    cached: 0,
    reasoning: 0,
    tags: ["batch"],
    batchOn: 1,
  },
];

/**
 * The sample's records in time order, of the three months that end at `endMs`.
 *
 * @param seed another number is another company of the same kind
 */
export function* demoCompany(endMs: number, seed = 1): Generator<UsageRecord> {
  const today = Math.floor(endMs / DAY_MS);
  for (let day = today - DEMO_DAYS + 1; day <= today; day++) {
    const records = WORK.flatMap((work) => callsOf(work, day, today, seed));
    if (day === today - RUNAWAY_DAYS_AGO) records.push(...runawayLoop(day, seed));
    records.sort((a, b) => a.timestampMs - b.timestampMs);
    for (const record of records) if (record.timestampMs <= endMs) yield record;
  }
}

function callsOf(work: Work, day: number, today: number, seed: number): UsageRecord[] {
  // 1970 began on a Thursday.
  const weekday = (day + 4) % 7;
  if (work.batchOn !== undefined && weekday !== work.batchOn) return [];
  const share = weekday === 0 || weekday === 6 ? work.weekend : 1;
  // Use has grown by a third since the sample began.
  const growth = 1 - (0.25 * (today - day)) / DEMO_DAYS;
  return work.users.flatMap((user) => {
    const random = randomNumbers(`${seed}/${day}/${user}`);
    const calls = Math.round(work.callsPerUserAndDay * share * growth * (0.7 + 0.6 * random()));
    return Array.from({ length: calls }, (_, index) => oneCall(work, user, day, index, seed));
  });
}

function oneCall(work: Work, user: string, day: number, index: number, seed: number): UsageRecord {
  const id = `demo-${seed}-${day}-${user}-${index}`;
  const random = randomNumbers(id);
  const { provider, model } = weighted(work.models, random());
  const [from, before] = work.hours;
  // Two draws averaged: more at noon than at the edges of the day.
  const hour = from + ((random() + random()) / 2) * (before - from);
  const timestampMs = Math.round(day * DAY_MS + hour * 60 * MINUTE_MS);
  const input = spread(work.inputTokens, random);
  const output = spread(work.outputTokens, random);
  const record: UsageRecord = {
    id,
    timestampMs,
    provider,
    model,
    tokens: countTokens(provider, input, output, work, random),
    latencyMs: Math.round(400 + output * (9 + 6 * random())),
    org: DEMO_COMPANY,
    team: work.team,
    user,
    project: work.project,
    source: "demo",
    status: random() < 0.01 ? "error" : "ok",
  };
  if (work.tags) record.tags = work.tags;
  if (work.sessions)
    record.sessionId = `${user}-${new Date(timestampMs).toISOString().slice(0, 10)}-${hour < 13 ? "morning" : "afternoon"}`;
  if (work.batchOn !== undefined) record.serviceTier = "batch";
  return record;
}

function countTokens(provider: string, input: number, output: number, work: Work, random: () => number): TokenCounts {
  const tokens: TokenCounts = { input, output };
  // Providers cache whole blocks of a prompt, and only where its beginning has been sent before.
  const cacheRead = random() < 0.85 ? Math.floor((input * work.cached) / 128) * 128 : 0;
  if (cacheRead > 0) tokens.cacheRead = cacheRead;
  const cacheWrite = provider === "anthropic" && work.cached > 0 ? Math.floor((input - cacheRead) * 0.7) : 0;
  if (cacheWrite > 0) tokens.cacheWrite5m = cacheWrite;
  const reasoning = provider === "anthropic" ? 0 : Math.floor(output * work.reasoning * random());
  if (reasoning > 0) tokens.reasoning = reasoning;
  return tokens;
}

/** An evening on which a retry without a limit sent one long prompt over and over. */
function runawayLoop(day: number, seed: number): UsageRecord[] {
  return Array.from({ length: RUNAWAY_CALLS }, (_, index) => {
    const id = `demo-${seed}-${day}-retry-${index}`;
    const random = randomNumbers(id);
    return {
      id,
      timestampMs: day * DAY_MS + 20 * 60 * MINUTE_MS + index * 18_000,
      provider: "anthropic",
      model: "claude-opus-4-5",
      tokens: { input: 41_000 + Math.floor(random() * 50), output: 30 + Math.floor(random() * 40) },
      latencyMs: 2000 + Math.floor(random() * 900),
      org: DEMO_COMPANY,
      team: "engineering",
      user: "emeka",
      project: "warehouse-app",
      tags: ["retry-loop"],
      source: "demo",
      status: "ok",
    };
  });
}

function weighted(models: readonly ModelUse[], at: number): ModelUse {
  let left = at * models.reduce((sum, { weight }) => sum + weight, 0);
  for (const model of models) {
    left -= model.weight;
    if (left < 0) return model;
  }
  return models[0] as ModelUse;
}

/** A log-normal draw around the median: most calls are like others, a few are ten times as large. */
function spread(median: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.max(1, Math.round(median * Math.exp(0.6 * normal)));
}

/** Numbers in [0, 1) that follow from `name`: FNV-1a for the start, then mulberry32. */
function randomNumbers(name: string): () => number {
  let state = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) state = Math.imul(state ^ name.charCodeAt(i), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
