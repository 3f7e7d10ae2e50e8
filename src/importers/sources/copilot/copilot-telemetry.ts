/**
 * OpenTelemetry lines of Copilot. The same request can show up as a span, in logs, and in the sum of an agent's turn:
 * of one trace or response only the most detailed kind counts.
 */
import { instantOf, isObject, type TokenCounts } from "../../../usage/index.ts";
import type { ImportContext, ImportSink, SourceFile } from "../../importer.ts";
import { objectAt, textOf } from "../../reading/fields.ts";
import { countsIn, inclusiveTokens, isEmptyUsage, latencyBetween, withLoggedTotal } from "../../records/agent-record.ts";
import { sessionsInStore } from "./copilot-other-logs.ts";
import { type CopilotCall, emitCopilotCall } from "./copilot-record.ts";

/** From the most to the least detailed. */
const DETAILS = ["chat span", "inference log", "agent turn log", "agent span"] as const;
type Detail = (typeof DETAILS)[number];

interface Candidate {
  rank: number;
  /** The trace and the response that it tells of. */
  subjects: string[];
  trace: string | undefined;
  call: CopilotCall;
  line: number;
}

interface TraceFacts {
  model: string | undefined;
  sessionId: string | undefined;
}

const SESSION_NAMES = [
  "gen_ai.conversation.id",
  "copilot_chat.session_id",
  "copilot_chat.chat_session_id",
  "session.id",
  "github.copilot.interaction_id",
];

/** Collects the lines of a file, then emits those that count. */
export class CopilotTelemetry {
  readonly #file: SourceFile;
  readonly #context: ImportContext;
  readonly #candidates: Candidate[] = [];
  readonly #traces = new Map<string, TraceFacts>();

  constructor(file: SourceFile, context: ImportContext) {
    this.#file = file;
    this.#context = context;
  }

  /** Whether the line is telemetry at all. @throws TypeError for counts that are none. */
  take(value: unknown, line: number): boolean {
    if (!isObject(value)) return false;
    const attributes = objectAt(value, "attributes");
    if (!attributes) return value.type === "metric" || value.type === "span";
    const trace = textOf(value.traceId) ?? textOf(objectAt(value, "spanContext")?.traceId);
    const facts = { model: modelOf(attributes), sessionId: sessionOf(attributes) };
    if (trace !== undefined) {
      const known = this.#traces.get(trace);
      this.#traces.set(trace, { model: known?.model ?? facts.model, sessionId: known?.sessionId ?? facts.sessionId });
    }
    const detail = detailOf(value, attributes);
    if (detail === undefined) return true;
    const tokens = tokensOf(attributes, this.#context.sink, line);
    // Before the choice is made: a span without counts must not hide a log that has them.
    if (isEmptyUsage(tokens)) this.#context.sink.skip();
    else this.#candidates.push(candidateOf(value, attributes, { detail, trace, facts, tokens, line, fileTimeMs: this.#file.modifiedMs }));
    return true;
  }

  emit(): void {
    const { sink } = this.#context;
    const inStore = sessionsInStore(this.#file.path, this.#context);
    const best = new Map<string, number>();
    for (const { subjects, rank } of this.#candidates) {
      for (const subject of subjects) best.set(subject, Math.min(best.get(subject) ?? rank, rank));
    }
    for (const { call, trace, subjects, rank, line } of this.#candidates) {
      const facts = trace === undefined ? undefined : this.#traces.get(trace);
      const sessionId = call.sessionId ?? facts?.sessionId ?? trace;
      const isToldBetter = subjects.some((subject) => (best.get(subject) ?? rank) < rank);
      if (isToldBetter || (sessionId !== undefined && inStore.has(sessionId))) sink.skip();
      else emitCopilotCall(sink, { ...call, model: call.model ?? facts?.model, sessionId }, line);
    }
  }
}

interface Seen {
  detail: Detail;
  trace: string | undefined;
  facts: TraceFacts;
  tokens: TokenCounts;
  line: number;
  fileTimeMs: number;
}

function candidateOf(value: Record<string, unknown>, attributes: Record<string, unknown>, seen: Seen): Candidate {
  const { detail, trace, facts, tokens, line } = seen;
  const response = textOf(attributes["gen_ai.response.id"]);
  const span = textOf(value.spanId) ?? textOf(objectAt(value, "spanContext")?.spanId);
  const turn = attributes["turn.index"] ?? attributes["copilot_chat.turn.index"];
  const [startMs, endMs] = [spanTime(value.startTime), spanTime(value.endTime)];
  const times = [endMs, startMs, spanTime(value.hrTime), spanTime(value.timestamp), spanTime(value.time), seen.fileTimeMs];
  const whole = trace ?? facts.sessionId ?? "";
  const part = detail === "agent turn log" ? `turn-${turn ?? line}` : (span ?? `line-${line}`);
  return {
    rank: DETAILS.indexOf(detail),
    subjects: [...(trace === undefined ? [] : [`trace ${trace}`]), ...(response === undefined ? [] : [`response ${response}`])],
    trace,
    line,
    call: {
      id: detail.endsWith("span") ? `${whole}:${part}` : `log:${whole}:${part}`,
      times,
      model: facts.model,
      tokens,
      latencyMs: latencyBetween(startMs, endMs),
      sessionId: facts.sessionId,
    },
  };
}

function tokensOf(attributes: Record<string, unknown>, sink: ImportSink, line: number): TokenCounts {
  const count = countsIn(attributes, sink, line);
  const tokens = inclusiveTokens({
    input: count("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    output: count("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    cacheRead: count("gen_ai.usage.cache_read.input_tokens"),
    cacheWrite: count("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_write.input_tokens"),
    reasoning: count("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"),
  });
  return withLoggedTotal(tokens, count("gen_ai.usage.total_tokens", "gen_ai.usage.total.token_count"));
}

function detailOf(value: Record<string, unknown>, attributes: Record<string, unknown>): Detail | undefined {
  const name = textOf(value.name) ?? "";
  const operation = attributes["gen_ai.operation.name"];
  const isSpan =
    value.type === undefined
      ? name !== "" && (value.spanId ?? value.traceId ?? value.startTime ?? value.endTime) !== undefined
      : value.type === "span";
  if (isSpan) {
    if (operation === "chat" || name.startsWith("chat ")) return "chat span";
    return operation === "invoke_agent" || name.startsWith("invoke_agent") ? "agent span" : undefined;
  }
  const event = attributes["event.name"] ?? textOf(value.body) ?? textOf(value._body) ?? "";
  if (event === "gen_ai.client.inference.operation.details" || String(event).startsWith("GenAI inference:")) return "inference log";
  return String(event).startsWith("copilot_chat.agent.turn") ? "agent turn log" : undefined;
}

function modelOf(attributes: Record<string, unknown>): string | undefined {
  return textOf(attributes["gen_ai.response.model"]) ?? textOf(attributes["gen_ai.request.model"]);
}

function sessionOf(attributes: Record<string, unknown>): string | undefined {
  const name = SESSION_NAMES.find((candidate) => textOf(attributes[candidate]) !== undefined);
  return name === undefined ? undefined : textOf(attributes[name]);
}

/** Seconds and nanoseconds side by side, or any other form of time. */
function spanTime(value: unknown): number | undefined {
  if (!Array.isArray(value)) return instantOf(value);
  const [seconds, nanoseconds] = value as unknown[];
  return typeof seconds === "number" && typeof nanoseconds === "number" ? Math.floor(seconds * 1000 + nanoseconds / 1e6) : undefined;
}
