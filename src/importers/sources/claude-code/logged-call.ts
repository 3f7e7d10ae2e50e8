/** What one line of a Claude Code log says of one request. Several lines say it: while it streams, in resumed sessions, in asides. */
import { instantOf, isObject } from "../../../usage/index.ts";
import { costOf, countOf, type Mend, objectAt, textOf } from "../../reading/fields.ts";

/** Counts as Claude Code logs them: `input` without anything cached. */
export interface LoggedUsage {
  input: number;
  output: number;
  cacheRead: number;
  /** All tokens written to the cache, and what the line says of their lifetimes. */
  cacheWrite: number | undefined;
  cacheWrite5m: number;
  cacheWrite1h: number;
  webSearches: number;
  serviceTier: string | undefined;
  speed: string | undefined;
  inferenceGeo: string | undefined;
  /** Calls to an advising model inside this one, which `usage` leaves out. */
  advisors: readonly { model: string; usage: LoggedUsage }[];
}

export interface LoggedCall {
  id: string;
  /** Which copy of a call this is: its own line before a sidechain's before a report of progress. */
  rank: number;
  line: number;
  timestampMs: number;
  model: string;
  sessionId: string | undefined;
  cwd: string | undefined;
  costNanoUsd: number | undefined;
  usage: LoggedUsage;
}

export const OWN_LINE = 0;
export const SIDECHAIN = 1;
const PROGRESS_REPORT = 2;

/** `skip`: a line with usage that nobody bills. undefined: not about a call at all. @throws TypeError where it should be a call and can't be. */
export function loggedCallOf(value: unknown, line: number, mend: Mend): LoggedCall | "skip" | undefined {
  if (!isObject(value)) return undefined;
  if (value.type === "progress") return progressReportOf(value, line, mend);
  if (value.type !== undefined && value.type !== "assistant") return undefined;
  return callOf(value, value, value.isSidechain === true ? SIDECHAIN : OWN_LINE, line, mend);
}

/** A subagent's message as its parent logs it: of use where the subagent's own log is gone. */
function progressReportOf(value: Record<string, unknown>, line: number, mend: Mend): LoggedCall | "skip" | undefined {
  const data = objectAt(value, "data");
  const report = objectAt(data, "message");
  if (data?.type !== "agent_progress" || report === undefined) return undefined;
  return callOf(report, value, PROGRESS_REPORT, line, mend);
}

/** @param entry holds the message, `context` the session's facts around it */
function callOf(
  entry: Record<string, unknown>,
  context: Record<string, unknown>,
  rank: number,
  line: number,
  mend: Mend,
): LoggedCall | "skip" | undefined {
  const message = objectAt(entry, "message");
  const loggedUsage = objectAt(message, "usage");
  if (message === undefined || loggedUsage === undefined) return undefined;
  const usage = usageOf(loggedUsage, mend);
  if (message.model === "<synthetic>" || isEmpty(usage)) return "skip";
  const timestamp = entry.timestamp ?? context.timestamp;
  const timestampMs = instantOf(timestamp);
  if (timestampMs === undefined) throw new TypeError(timestamp === undefined ? "no timestamp" : "timestamp is no time");
  const model = textOf(message.model);
  if (model === undefined) mend("no model is named");
  const sessionId = textOf(context.sessionId);
  return {
    id: textOf(message.id) ?? substituteId(entry, timestampMs, model, usage),
    rank,
    line,
    timestampMs,
    model: model ?? "unknown",
    sessionId,
    cwd: textOf(context.cwd),
    costNanoUsd: costOf(entry.costUSD),
    usage,
  };
}

/** Where the message has no id: the line's own, else what the call was. Never the session: a resumed one repeats its history. */
function substituteId(entry: Record<string, unknown>, timestampMs: number, model: string | undefined, usage: LoggedUsage): string {
  const uuid = textOf(entry.uuid);
  if (uuid !== undefined) return `line:${uuid}`;
  return `call:${JSON.stringify([timestampMs, model, usage.input, usage.output, usage.cacheRead, usage.cacheWrite])}`;
}

function usageOf(usage: Record<string, unknown>, mend: Mend): LoggedUsage {
  const flat = usage.cache_creation_input_tokens;
  const nested = objectAt(usage, "cache_creation");
  return {
    input: countOf(usage.input_tokens, "input_tokens", mend),
    output: countOf(usage.output_tokens, "output_tokens", mend),
    cacheRead: countOf(usage.cache_read_input_tokens, "cache_read_input_tokens", mend),
    cacheWrite: flat === undefined || flat === null ? undefined : countOf(flat, "cache_creation_input_tokens", mend),
    cacheWrite5m: countOf(nested?.ephemeral_5m_input_tokens, "ephemeral_5m_input_tokens", mend),
    cacheWrite1h: countOf(nested?.ephemeral_1h_input_tokens, "ephemeral_1h_input_tokens", mend),
    webSearches: countOf(objectAt(usage, "server_tool_use")?.web_search_requests, "web_search_requests", mend),
    serviceTier: textOf(usage.service_tier),
    speed: textOf(usage.speed),
    inferenceGeo: textOf(usage.inference_geo),
    advisors: advisorsOf(usage.iterations, mend),
  };
}

/** Only calls to another model: the message's own passes are in the sums already. */
export function advisorsOf(iterations: unknown, mend: Mend): LoggedUsage["advisors"] {
  if (!Array.isArray(iterations)) return [];
  return iterations
    .filter((iteration) => isObject(iteration) && iteration.type === "advisor_message")
    .map((iteration) => ({
      model: textOf(iteration.model) ?? "unknown",
      usage: usageOf({ ...iteration, iterations: undefined }, mend),
    }));
}

export function isEmpty(usage: LoggedUsage): boolean {
  return (
    usage.input === 0 &&
    usage.output === 0 &&
    usage.cacheRead === 0 &&
    (usage.cacheWrite ?? usage.cacheWrite5m + usage.cacheWrite1h) === 0 &&
    usage.webSearches === 0 &&
    usage.advisors.length === 0
  );
}
