/** A message of opencode, wherever it was kept. */
import { isObject, type TokenCounts } from "../../../usage/index.ts";
import type { ImportSink } from "../../importer.ts";
import { costOf, objectAt, textOf } from "../../reading/fields.ts";
import { countsIn, disjointTokens, emitCall, latencyBetween, withLoggedTotal } from "../../records/agent-record.ts";
import { providerOf } from "../../records/model-provider.ts";

/** The message's JSON, and what the database keeps beside it. */
export interface StoredMessage {
  data: unknown;
  id: string | undefined;
  sessionId: string | undefined;
  directory: string | undefined;
}

/** Emits the message's usage, if it has any. @throws TypeError for what is no message. */
export function readMessage(message: StoredMessage, sink: ImportSink): void {
  const { data } = message;
  if (!isObject(data)) throw new TypeError("not a message of opencode");
  if (data.role !== undefined && data.role !== "assistant") return;
  const time = objectAt(data, "time");
  const said = textOf(data.providerID);
  const model = textOf(data.modelID);
  const provider = providerOf(said, model);
  emitCall(sink, {
    source: "opencode",
    id: message.id ?? textOf(data.id),
    times: [time?.created],
    provider,
    model,
    tokens: tokensOf(objectAt(data, "tokens"), sink),
    // A cost of 0 stands for "unknown" and for subscriptions alike.
    costNanoUsd: costOf(data.cost) || undefined,
    latencyMs: latencyBetween(time?.created, time?.completed),
    sessionId: message.sessionId ?? textOf(data.sessionID),
    folder: textOf(objectAt(data, "path")?.cwd) ?? message.directory,
    metadata: said !== undefined && said !== provider ? { via: said } : undefined,
  });
}

function tokensOf(logged: Record<string, unknown> | undefined, sink: ImportSink): TokenCounts {
  const count = countsIn(logged, sink);
  const cached = countsIn(logged?.cache, sink, 0, "cache.");
  const counts = {
    input: count("input"),
    output: count("output"),
    cacheRead: cached("read"),
    cacheWrite: cached("write"),
    reasoning: count("reasoning"),
  };
  const total = count("total");
  const sum = counts.input + counts.output + counts.cacheRead + counts.cacheWrite;
  // Reasoning lies outside the output, unless the message's own total says that it is inside.
  const outside = counts.reasoning > counts.output || total !== sum ? counts.reasoning : 0;
  return withLoggedTotal(disjointTokens({ ...counts, output: counts.output + outside }), total);
}
