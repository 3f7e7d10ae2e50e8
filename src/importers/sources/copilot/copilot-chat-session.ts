/**
 * Chats that an editor saved: one document, or a journal of changes to it. Editors rarely note token counts here; where they
 * don't, the output is estimated from the length of what was answered, and the input stays unknown.
 */

import { dirname, join } from "node:path";
import { isObject } from "../../../usage/index.ts";
import { pathOfUri } from "../../agent-folders.ts";
import type { ImportContext, SourceFile } from "../../importer.ts";
import { objectAt, textOf } from "../../reading/fields.ts";
import { readCompanionDocument } from "../../reading/json-document.ts";
import { visitSafely } from "../../reading/json-values.ts";
import { countsIn } from "../../records/agent-record.ts";
import { sessionsInTraces } from "./copilot-other-logs.ts";
import { emitCopilotCall } from "./copilot-record.ts";

/** Characters of English text and code that make a token, on average. */
const CHARACTERS_PER_TOKEN = 4;

/** Puts a chat together from its journal: 0 sets the whole, 1 sets a place in it, 2 adds to a list in it. */
export class ChatJournal {
  session: unknown;

  /** Whether the line is one of a journal. */
  take(line: unknown): boolean {
    if (!isObject(line) || typeof line.kind !== "number") return false;
    const path = Array.isArray(line.k) ? line.k : [];
    if (line.kind === 0) this.session = line.v;
    else if (line.kind === 1) this.#change(path, (place, key) => setAt(place, key, line.v));
    else if (line.kind === 2 && Array.isArray(line.v)) {
      const items = line.v;
      this.#change(path, (place, key) => {
        const list = valueAt(place, key);
        const from = typeof line.i === "number" ? line.i : undefined;
        if (!Array.isArray(list)) setAt(place, key, items);
        else list.splice(from ?? list.length, from === undefined ? 0 : list.length, ...items);
      });
    }
    return true;
  }

  #change(path: readonly unknown[], change: (place: unknown, key: unknown) => void): void {
    const place = path.slice(0, -1).reduce<unknown>(valueAt, this.session);
    if (typeof place === "object" && place !== null) change(place, path.at(-1));
  }
}

function valueAt(place: unknown, key: unknown): unknown {
  return typeof place === "object" && place !== null && Object.hasOwn(place, String(key))
    ? (place as Record<string, unknown>)[String(key)]
    : undefined;
}

function setAt(place: unknown, key: unknown, value: unknown): void {
  Object.defineProperty(place, String(key), { value, writable: true, enumerable: true, configurable: true });
}

/** Emits the chat's requests. @throws TypeError for what is no chat. */
export function readChatSession(session: unknown, file: SourceFile, context: ImportContext): void {
  const { sink } = context;
  if (!isObject(session) || (session.requests !== undefined && !Array.isArray(session.requests)))
    throw new TypeError("not a chat saved by an editor");
  const sessionId = textOf(session.sessionId) ?? "";
  const isTraced = sessionsInTraces(file.path, context).has(sessionId);
  const folder = workspaceOf(file.path);
  for (const request of session.requests ?? []) {
    if (isTraced) sink.skip();
    else visitSafely(sink, 0, () => readRequest(request, sessionId, folder, context));
  }
}

function workspaceOf(path: string): string | undefined {
  const workspace = readCompanionDocument(join(dirname(dirname(path)), "workspace.json"));
  return isObject(workspace) ? pathOfUri(textOf(workspace.folder)) : undefined;
}

function readRequest(request: unknown, sessionId: string, folder: string | undefined, { sink }: ImportContext): void {
  if (!isObject(request)) throw new TypeError("a request of the chat is no object");
  const result = objectAt(request, "result");
  const metadata = objectAt(result, "metadata");
  const metadataCount = countsIn(metadata, sink);
  const requestCount = countsIn(request, sink);
  const input = metadataCount("promptTokens") || requestCount("promptTokens");
  const output = metadataCount("outputTokens") || requestCount("completionTokens");
  const isEstimated = input === 0 && output === 0;
  const id = textOf(request.requestId);
  const elapsed = objectAt(result, "timings")?.totalElapsed;
  emitCopilotCall(sink, {
    id: id === undefined ? undefined : `chat:${sessionId}:${id}`,
    times: [request.timestamp],
    model: textOf(request.modelId),
    tokens: isEstimated ? { output: estimatedOutput(request, metadata) } : { input, output },
    latencyMs: typeof elapsed === "number" && elapsed >= 0 ? Math.round(elapsed) : undefined,
    sessionId: sessionId === "" ? undefined : sessionId,
    folder: folder ?? pathOfUri(textOf(metadata?.cacheKey)),
    status: request.isCanceled === true ? "aborted" : undefined,
    usageSource: isEstimated ? "estimated" : "imported",
  });
}

/** What the model wrote in its rounds, calls of tools included; else the text that was shown. */
function estimatedOutput(request: Record<string, unknown>, metadata: Record<string, unknown> | undefined): number {
  const rounds = Array.isArray(metadata?.toolCallRounds) ? metadata.toolCallRounds.filter(isObject) : [];
  const written = rounds.map((round) => {
    const calls = Array.isArray(round.toolCalls) ? round.toolCalls.filter(isObject) : [];
    return lengthOf(round.response) + calls.reduce((sum, call) => sum + lengthOf(call.arguments), 0);
  });
  const shown = (Array.isArray(request.response) ? request.response : [])
    .filter(isObject)
    .map((part) => (part.kind === undefined ? lengthOf(part.value) : 0));
  const characters = [...(rounds.length > 0 ? written : shown)].reduce((sum, length) => sum + length, 0);
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

function lengthOf(value: unknown): number {
  return typeof value === "string" ? value.length : 0;
}
