/** From what the lines say to usage records. */
import type { TokenCounts, UsageRecord } from "../../../usage/index.ts";
import type { LoggedCall, LoggedUsage } from "./logged-call.ts";

/** What the file's place says of all its calls. */
export interface LogPlace {
  source: string;
  sessionId: string;
  projectOf(cwd: string): string | undefined;
}

/** The call, and those to advising models inside it. */
export function emitRecords(call: LoggedCall, place: LogPlace, emit: (record: UsageRecord) => void): void {
  emit(recordOf(call, call.id, call.model, call.usage, place));
  call.usage.advisors.forEach((advisor, index) => {
    emit(recordOf({ ...call, costNanoUsd: undefined }, `${call.id}:advisor:${index}`, advisor.model, advisor.usage, place));
  });
}

function recordOf(call: LoggedCall, id: string, model: string, usage: LoggedUsage, place: LogPlace): UsageRecord {
  const record: UsageRecord = {
    id,
    timestampMs: call.timestampMs,
    provider: "anthropic",
    model,
    tokens: tokensOf(usage),
    sessionId: call.sessionId ?? place.sessionId,
    source: place.source,
    usageSource: "imported",
    replay: RANKS[call.rank] ?? { rank: call.rank },
  };
  const project = call.cwd === undefined ? undefined : place.projectOf(call.cwd);
  if (project !== undefined) record.project = project;
  if (call.costNanoUsd !== undefined) record.reportedCostNanoUsd = call.costNanoUsd;
  if (usage.serviceTier !== undefined && usage.serviceTier !== "standard") record.serviceTier = usage.serviceTier;
  if (usage.speed !== undefined && usage.speed !== "standard") record.speed = usage.speed;
  if (usage.inferenceGeo !== undefined && usage.inferenceGeo !== "not_available") record.inferenceGeo = usage.inferenceGeo;
  return record;
}

const RANKS = [{ rank: 0 }, { rank: 1 }, { rank: 2 }] as const;

/** Where the flat count and its two parts differ, the flat one is right; what the one-hour part leaves of it was kept for five minutes. */
function tokensOf(usage: LoggedUsage): TokenCounts {
  const written = usage.cacheWrite ?? usage.cacheWrite5m + usage.cacheWrite1h;
  const cacheWrite1h = Math.min(usage.cacheWrite1h, written);
  const tokens: TokenCounts = { input: usage.input + usage.cacheRead + written, output: usage.output };
  if (usage.cacheRead > 0) tokens.cacheRead = usage.cacheRead;
  if (written > cacheWrite1h) tokens.cacheWrite5m = written - cacheWrite1h;
  if (cacheWrite1h > 0) tokens.cacheWrite1h = cacheWrite1h;
  if (usage.webSearches > 0) tokens.webSearches = usage.webSearches;
  return tokens;
}
