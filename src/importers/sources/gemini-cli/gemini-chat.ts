/** One chat of Gemini CLI, put together from its parts. */

import { isObject } from "../../../usage/index.ts";
import type { ImportSink } from "../../importer.ts";
import { objectAt, textOf } from "../../reading/fields.ts";
import { visitSafely } from "../../reading/json-values.ts";
import { type AgentCall, countsIn, emitCall } from "../../records/agent-record.ts";
import { promptTokens } from "../../records/prompt-token-counts.ts";

/** Collects a chat's requests: the last version of each message counts. */
export class GeminiChat {
  readonly #sink: ImportSink;
  readonly #fileTimeMs: number;
  readonly #calls = new Map<string, { call: AgentCall; line: number }>();
  #sessionId: string;
  #startTime: unknown;
  #model: string | undefined;

  constructor(sink: ImportSink, sessionId: string, fileTimeMs: number) {
    this.#sink = sink;
    this.#sessionId = sessionId;
    this.#fileTimeMs = fileTimeMs;
  }

  /** Emits what was collected. */
  emit(folder: string | undefined): void {
    for (const { call, line } of this.#calls.values()) visitSafely(this.#sink, line, () => emitCall(this.#sink, { ...call, folder }, line));
  }

  /** Takes a whole conversation, one of its lines, or the statistics of a headless run. */
  visit(value: unknown, line: number): void {
    visitSafely(this.#sink, line, () => this.#visit(value, line));
  }

  #visit(value: unknown, line: number): void {
    if (!isObject(value)) throw new TypeError("not a chat, a message or statistics of Gemini CLI");
    this.#sessionId = textOf(value.sessionId) ?? textOf(value.session_id) ?? this.#sessionId;
    const stats = objectAt(value, "stats") ?? objectAt(value.result, "stats");
    if (value.type === "gemini") this.#message(value, line);
    else if (stats) this.#statistics(stats, value, line);
    else if (value.type === undefined || value.type === "init") this.#header(value, line);
  }

  #header(value: Record<string, unknown>, line: number): void {
    this.#startTime = value.startTime ?? value.createdAt ?? this.#startTime;
    this.#model = textOf(value.model) ?? this.#model;
    const messages = value.messages ?? objectAt(value, "$set")?.messages;
    if (!Array.isArray(messages)) return;
    for (const message of messages) {
      if (isObject(message) && message.type === "gemini") visitSafely(this.#sink, line, () => this.#message(message, line));
    }
  }

  #message(message: Record<string, unknown>, line: number): void {
    const id = textOf(message.id);
    const key = `${this.#sessionId}:${id ?? `#${this.#calls.size}`}`;
    const model = textOf(message.model) ?? this.#model;
    this.#keep(key, id === undefined ? undefined : key, model, [message.timestamp, this.#startTime], message.tokens, line);
  }

  /** Totals of a run, by model where the output tells. They carry no time of their own, so the file's stands in. */
  #statistics(stats: Record<string, unknown>, value: Record<string, unknown>, line: number): void {
    const times = [value.timestamp, this.#startTime, this.#fileTimeMs];
    const models = Object.entries(objectAt(stats, "models") ?? {}).filter(([, model]) => objectAt(model, "tokens"));
    for (const [model, entry] of models) {
      const key = `${this.#sessionId}:stats:${model}`;
      this.#keep(key, key, model, times, objectAt(entry, "tokens"), line);
    }
    const key = `${this.#sessionId}:stats`;
    if (models.length === 0) this.#keep(key, key, textOf(value.model) ?? this.#model, times, stats, line);
  }

  #keep(key: string, id: string | undefined, model: string | undefined, times: readonly unknown[], logged: unknown, line: number): void {
    const count = countsIn(logged, this.#sink, line);
    const tokens = promptTokens({
      prompt: count("input", "prompt", "input_tokens"),
      candidates: count("output", "candidates", "output_tokens"),
      cached: count("cached", "cached_tokens"),
      thoughts: count("thoughts", "thoughts_tokens"),
      tool: count("tool", "tool_tokens"),
      total: count("total", "total_tokens"),
    });
    const call = { source: "gemini-cli", id, times, provider: "google", model, tokens, sessionId: this.#sessionId };
    this.#calls.set(key, { call, line });
  }
}
