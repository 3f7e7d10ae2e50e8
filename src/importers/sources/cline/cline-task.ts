/** A task of Cline, Roo or Kilo in an editor: `ui_messages.json`, whose `api_req_started` messages carry the usage. */
import { instantOf, isObject, type TokenCounts } from "../../../usage/index.ts";
import type { ImportSink } from "../../importer.ts";
import { costOf, objectAt, textOf } from "../../reading/fields.ts";
import { visitSafely } from "../../reading/json-values.ts";
import { countsIn, disjointTokens, emitCall, inclusiveTokens } from "../../records/agent-record.ts";
import { providerOf } from "../../records/model-provider.ts";
import { TaskSurroundings } from "./cline-task-surroundings.ts";

/** Since then (Roo 3.29.5) Roo and Kilo write the whole prompt as `tokensIn`, whichever protocol they speak. */
const WHOLE_PROMPT_SINCE_MS = Date.UTC(2025, 10, 1);

/** Emits the requests of a task. `items` is what the file holds. */
export function readTask(items: readonly unknown[], path: string, sink: ImportSink): void {
  const surroundings = new TaskSurroundings(path);
  const seen = new Map<string, number>();
  items.forEach((item, index) => {
    if (!isObject(item) || item.type !== "say" || item.say !== "api_req_started") return;
    visitSafely(sink, 0, () => {
      // A request's time is its identity: the message is rewritten in place, and its index moves when others are deleted.
      const time = String(item.ts);
      const repetition = seen.get(time) ?? 0;
      seen.set(time, repetition + 1);
      const suffix = repetition === 0 ? time : `${time}:${repetition}`;
      readRequest(item, `${surroundings.extension}:${surroundings.taskId}:${suffix}`, index, surroundings, sink);
    });
  });
}

function readRequest(item: Record<string, unknown>, id: string, index: number, surroundings: TaskSurroundings, sink: ImportSink): void {
  const request = requestOf(item.text);
  if (!request) throw new TypeError(`the text of message ${index} is not JSON`);
  const timestampMs = instantOf(item.ts);
  const told = surroundings.modelAt(timestampMs ?? 0);
  const modelInfo = objectAt(item, "modelInfo");
  const model = textOf(modelInfo?.modelId) ?? told.model;
  const said = textOf(modelInfo?.providerId) ?? told.provider;
  const counts = countsIn(request, sink, 0, `message ${index}: `);
  emitCall(sink, {
    source: "cline",
    id,
    times: [item.ts],
    provider: providerOf(said, model, textOf(request.apiProtocol) ?? surroundings.extension),
    model,
    // A request without counts is still under way, or ended before any reply.
    tokens: tokensOf(counts, request.apiProtocol, timestampMs ?? 0, surroundings.extension),
    costNanoUsd: costOf(request.cost) || undefined,
    sessionId: surroundings.taskId,
    folder: surroundings.folder,
    status: textOf(request.cancelReason) === undefined ? undefined : "aborted",
    metadata: { extension: surroundings.extension, ...(said === undefined ? {} : { via: said }) },
  });
}

function requestOf(text: unknown): Record<string, unknown> | undefined {
  try {
    const request: unknown = JSON.parse(String(text));
    return isObject(request) ? request : undefined;
  } catch {
    return undefined;
  }
}

function tokensOf(count: (name: string) => number, protocol: unknown, timestampMs: number, extension: string): TokenCounts {
  const counts = { input: count("tokensIn"), output: count("tokensOut"), cacheRead: count("cacheReads"), cacheWrite: count("cacheWrites") };
  const isWholePrompt = protocol === "openai" || (extension !== "cline" && timestampMs >= WHOLE_PROMPT_SINCE_MS);
  // More cached than sent at all: then the one can't be a part of the other.
  const isImpossible = counts.cacheRead + counts.cacheWrite > counts.input;
  return isWholePrompt && !isImpossible ? inclusiveTokens(counts) : disjointTokens(counts);
}
