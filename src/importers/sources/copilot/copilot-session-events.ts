/**
 * `session-state/<session>/events.jsonl` of Copilot's command line: at each shutdown it sums up the session by model. The
 * sums go on where a session is resumed and start again where it was compacted. They stand in for requests where no store
 * and no telemetry tells of them.
 */

import { basename, dirname } from "node:path";
import { isObject } from "../../../usage/index.ts";
import type { ImportContext, SourceFile } from "../../importer.ts";
import { objectAt, textOf } from "../../reading/fields.ts";
import { countsIn, inclusiveTokens } from "../../records/agent-record.ts";
import { sessionsInStore, sessionsInTelemetry } from "./copilot-other-logs.ts";
import { emitCopilotCall } from "./copilot-record.ts";

const NAMES = ["inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens", "reasoningTokens"] as const;
type Sums = Record<(typeof NAMES)[number], number>;

export class SessionEvents {
  readonly #file: SourceFile;
  readonly #context: ImportContext;
  readonly #sums = new Map<string, Sums>();
  #sessionId: string;
  #folder: string | undefined;
  #shutdowns = 0;

  constructor(file: SourceFile, context: ImportContext) {
    this.#file = file;
    this.#context = context;
    this.#sessionId = basename(dirname(file.path));
  }

  take(value: unknown, line: number): void {
    if (!isObject(value)) throw new TypeError("not a line of a Copilot log");
    const data = objectAt(value, "data");
    if (value.type === "session.start") {
      this.#sessionId = textOf(data?.sessionId) ?? this.#sessionId;
      this.#folder = textOf(objectAt(data, "context")?.cwd);
    } else if (value.type === "session.shutdown") {
      this.#shutdowns++;
      for (const [model, metrics] of Object.entries(objectAt(data, "modelMetrics") ?? {})) this.#leg(model, metrics, value, line);
    }
  }

  #isToldRequestByRequest(): boolean {
    const { path } = this.#file;
    return sessionsInStore(path, this.#context).has(this.#sessionId) || sessionsInTelemetry(path, this.#context).has(this.#sessionId);
  }

  #leg(model: string, metrics: unknown, event: Record<string, unknown>, line: number): void {
    const { sink } = this.#context;
    const count = countsIn(objectAt(metrics, "usage"), sink, line);
    const sums = Object.fromEntries(NAMES.map((name) => [name, count(name)])) as Sums;
    const before = this.#sums.get(model);
    this.#sums.set(model, sums);
    const goesOn = before !== undefined && NAMES.every((name) => sums[name] >= before[name]);
    const since = (name: keyof Sums): number => sums[name] - (goesOn ? before[name] : 0);
    if (this.#isToldRequestByRequest()) {
      sink.skip();
      return;
    }
    const call = {
      id: `${this.#sessionId}:shutdown:${model}:${this.#shutdowns}`,
      times: [event.timestamp],
      model,
      tokens: inclusiveTokens({
        input: since("inputTokens"),
        output: since("outputTokens"),
        cacheRead: since("cacheReadTokens"),
        cacheWrite: since("cacheWriteTokens"),
        reasoning: since("reasoningTokens"),
      }),
      sessionId: this.#sessionId,
      folder: this.#folder,
    };
    emitCopilotCall(sink, call, line);
  }
}
