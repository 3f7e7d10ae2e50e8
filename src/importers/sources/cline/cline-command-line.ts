/** A session of Cline's command line: `<id>.messages.json`, beside which `<id>.json` tells the folder. */

import { basename } from "node:path";
import { isObject } from "../../../usage/index.ts";
import type { ImportSink } from "../../importer.ts";
import { costOf, objectAt, textOf } from "../../reading/fields.ts";
import { readCompanionDocument } from "../../reading/json-document.ts";
import { visitSafely } from "../../reading/json-values.ts";
import { countsIn, disjointTokens, emitCall, inclusiveTokens } from "../../records/agent-record.ts";
import { providerOf } from "../../records/model-provider.ts";

interface Session {
  id: string;
  folder: string | undefined;
  provider: string | undefined;
  model: string | undefined;
}

/** Emits the session's requests. Its own sums are left aside: they include those of sessions it started. */
export function readCommandLineSession(value: unknown, path: string, sink: ImportSink): void {
  if (!isObject(value) || !Array.isArray(value.messages)) throw new TypeError("neither a task of Cline nor a session of its command line");
  const about = readCompanionDocument(path.replace(/\.messages\.json$/, ".json"));
  const facts = isObject(about) ? about : {};
  const session = {
    id: textOf(value.sessionId) ?? basename(path).replace(/\.messages\.json$/, ""),
    folder: textOf(facts.cwd) ?? textOf(facts.workspace_root),
    provider: textOf(facts.provider),
    model: textOf(facts.model),
  };
  for (const message of value.messages) visitSafely(sink, 0, () => readMessage(message, session, sink));
}

function readMessage(message: unknown, session: Session, sink: ImportSink): void {
  const metrics = objectAt(message, "metrics");
  if (!isObject(message) || message.role !== "assistant" || !metrics) return;
  const count = countsIn(metrics, sink);
  const counts = {
    input: count("inputTokens"),
    output: count("outputTokens"),
    cacheRead: count("cacheReadTokens"),
    cacheWrite: count("cacheWriteTokens"),
  };
  // Here, unlike in the editor, the input is the whole request; where less was sent than cached it can't be.
  const isDisjoint = counts.cacheRead + counts.cacheWrite > counts.input;
  const modelInfo = objectAt(message, "modelInfo");
  const model = textOf(modelInfo?.id) ?? session.model;
  const said = textOf(modelInfo?.provider) ?? session.provider;
  const id = textOf(message.id);
  emitCall(sink, {
    source: "cline",
    // Forked sessions repeat the messages of their origin under the same ids.
    id: id === undefined ? undefined : `cli:${id}`,
    times: [message.ts],
    provider: providerOf(said, model, "cline"),
    model,
    tokens: isDisjoint ? disjointTokens(counts) : inclusiveTokens(counts),
    costNanoUsd: costOf(metrics.cost) || undefined,
    sessionId: session.id,
    folder: session.folder,
    metadata: { extension: "cli", ...(said === undefined ? {} : { via: said }) },
  });
}
