/** Usage records of coding agents, from the shapes in which their logs count tokens. */
import { quoteValue } from "../../errors.ts";
import { instantOf, isObject, type TokenCounts, type UsageRecord, type UsageSource } from "../../usage/index.ts";
import type { ImportSink } from "../importer.ts";
import { countOf } from "../reading/fields.ts";

/** What an agent's log tells of one request. */
export interface AgentCall {
  source: string;
  id?: string | undefined;
  /** What the log has for times, best first. */
  times: readonly unknown[];
  provider: string;
  /** undefined where the log names none. */
  model: string | undefined;
  requestedModel?: string | undefined;
  tokens: TokenCounts;
  costNanoUsd?: number | undefined;
  latencyMs?: number | undefined;
  sessionId?: string | undefined;
  /** The folder that the agent worked in, or a name; the project is the last part of it. */
  folder?: string | undefined;
  status?: string | undefined;
  usageSource?: UsageSource;
  metadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * Hands the call over as a record; one without any tokens is none. Agents write the same request again while it grows and
 * copy it into resumed sessions: the largest wins.
 *
 * @throws TypeError where no time is told.
 */
export function emitCall(sink: ImportSink, call: AgentCall, line = 0): void {
  if (isEmptyUsage(call.tokens)) {
    sink.skip();
    return;
  }
  if (!Number.isSafeInteger((call.tokens.input ?? 0) + (call.tokens.output ?? 0)))
    throw new TypeError("the counts add up to no number of tokens");
  if (call.model === undefined) sink.warning(line, "a request whose model is not named stays without a price");
  const record: UsageRecord = {
    timestampMs: firstInstant(call.times),
    provider: call.provider,
    model: call.model ?? "unknown",
    tokens: call.tokens,
    source: call.source,
    usageSource: call.usageSource ?? "imported",
    replay: { rank: 0 },
  };
  if (call.id !== undefined) record.id = call.id;
  if (call.requestedModel !== undefined && call.requestedModel !== record.model) record.requestedModel = call.requestedModel;
  if (call.costNanoUsd !== undefined) record.reportedCostNanoUsd = call.costNanoUsd;
  if (call.latencyMs !== undefined) record.latencyMs = call.latencyMs;
  if (call.sessionId !== undefined) record.sessionId = call.sessionId;
  const project = call.folder?.split(/[\\/]/).findLast((part) => part !== "");
  if (project !== undefined) record.project = project;
  if (call.status !== undefined) record.status = call.status;
  if (call.metadata !== undefined) record.metadata = call.metadata;
  sink.record(record, line);
}

/** Reads counts of `logged` by the first of several names that is there; what had to be mended is told, after `where`. */
export function countsIn(logged: unknown, sink: ImportSink, line = 0, where = ""): (...names: string[]) => number {
  const fields = isObject(logged) ? logged : {};
  return (...names) => {
    const name = names.find((candidate) => fields[candidate] !== undefined && fields[candidate] !== null) ?? "";
    return countOf(fields[name], name, (reason) => sink.warning(line, `${where}${reason}`));
  };
}

/** Counts as a log gives them, with reasoning already a part of `output`. */
export interface LoggedCounts {
  input: number;
  cacheRead?: number;
  cacheWrite?: number;
  output: number;
  reasoning?: number;
}

/** Counts whose `input` leaves cached tokens out, as Anthropic counts them. */
export function disjointTokens(counts: LoggedCounts): TokenCounts {
  return tokenCounts({ ...counts, input: counts.input + (counts.cacheRead ?? 0) + (counts.cacheWrite ?? 0) });
}

/** Counts whose `input` includes cached tokens, as OpenAI and Google count them. */
export function inclusiveTokens(counts: LoggedCounts): TokenCounts {
  return tokenCounts({ ...counts, input: Math.max(counts.input, (counts.cacheRead ?? 0) + (counts.cacheWrite ?? 0)) });
}

function tokenCounts(counts: LoggedCounts): TokenCounts {
  const tokens: TokenCounts = { input: counts.input, output: counts.output };
  if (counts.cacheRead) tokens.cacheRead = counts.cacheRead;
  // Agents ask for the five-minute cache unless they say otherwise.
  if (counts.cacheWrite) tokens.cacheWrite5m = counts.cacheWrite;
  if (counts.reasoning) tokens.reasoning = Math.min(counts.reasoning, counts.output);
  return tokens;
}

/** Where a log's own total exceeds its parts, the rest was generated and is billed as output. */
export function withLoggedTotal(tokens: TokenCounts, total: number): TokenCounts {
  const missing = total - (tokens.input ?? 0) - (tokens.output ?? 0);
  return missing > 0 ? { ...tokens, output: (tokens.output ?? 0) + missing } : tokens;
}

/** Whether nothing was counted: such an entry is no request that anybody bills. */
export function isEmptyUsage(tokens: TokenCounts): boolean {
  return !tokens.input && !tokens.output;
}

/** The first of the values that is a time. @throws TypeError where none is. */
function firstInstant(values: readonly unknown[]): number {
  for (const value of values) {
    const instantMs = instantOf(value);
    if (instantMs !== undefined) return instantMs;
  }
  const written = values.find((value) => value !== undefined && value !== null);
  throw new TypeError(written === undefined ? "usage without a time" : `${quoteValue(written, 40)} is not a time`);
}

/** Milliseconds between two times of a log, where both are there and in order. */
export function latencyBetween(start: unknown, end: unknown): number | undefined {
  const startMs = instantOf(start);
  const endMs = instantOf(end);
  return startMs !== undefined && endMs !== undefined && endMs >= startMs ? endMs - startMs : undefined;
}
