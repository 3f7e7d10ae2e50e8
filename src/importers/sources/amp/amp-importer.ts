/** Amp: one JSON document per thread, with a ledger of what was billed and the cache counts in the messages. */
import { basename, join } from "node:path";
import { isObject, type TokenCounts } from "../../../usage/index.ts";
import { listedFolders, pathOfUri, userDataFolder } from "../../agent-folders.ts";
import type { ImportContext, ImportEnvironment, Importer, ImportSink, SourceFile } from "../../importer.ts";
import { objectAt, textOf } from "../../reading/fields.ts";
import { readJsonDocument } from "../../reading/json-document.ts";
import { visitSafely } from "../../reading/json-values.ts";
import { countsIn, disjointTokens, emitCall, withLoggedTotal } from "../../records/agent-record.ts";
import { providerOf } from "../../records/model-provider.ts";

export const ampImporter: Importer = {
  source: "amp",
  title: "Amp",
  growth: "whole",

  roots(environment: ImportEnvironment): string[] {
    return (listedFolders(environment, "AMP_DATA_DIR") ?? [join(userDataFolder(environment), "amp")]).map((folder) =>
      join(folder, "threads"),
    );
  },

  accepts: (path: string): boolean => path.endsWith(".json"),

  recognises: (beginning: string): boolean =>
    /"usageLedger"|"cacheCreationInputTokens"/.test(beginning) || /^\W*"id"\s*:\s*"T-/.test(beginning),

  *read(file: SourceFile, context: ImportContext) {
    for (const value of readJsonDocument(file.path, context.sink)) {
      visitSafely(context.sink, 0, () => readThread(value, basename(file.path, ".json"), context.sink));
    }
    yield { offset: file.size };
  },
};

interface Thread {
  sessionId: string;
  folder: string | undefined;
  sink: ImportSink;
}

function readThread(value: unknown, fileName: string, sink: ImportSink): void {
  if (!isObject(value)) throw new TypeError("not a thread of Amp");
  const thread = { sessionId: textOf(value.id) ?? fileName, folder: folderOf(value), sink };
  const messages = (Array.isArray(value.messages) ? value.messages : []).filter(isObject);
  const events = objectAt(value, "usageLedger")?.events;
  if (Array.isArray(events) && events.length > 0) {
    const usages = new Map(messages.map((message) => [String(message.messageId), objectAt(message, "usage")]));
    for (const event of events) visitSafely(sink, 0, () => readEvent(thread, event, usages));
  } else {
    for (const message of messages) visitSafely(sink, 0, () => readMessage(thread, message));
  }
}

/** The first folder that the thread was started in. */
function folderOf(thread: Record<string, unknown>): string | undefined {
  const trees = objectAt(objectAt(thread, "env"), "initial")?.trees;
  return Array.isArray(trees) && isObject(trees[0]) ? pathOfUri(textOf(trees[0].uri)) : undefined;
}

/** The ledger counts input without cached tokens; the message that an event led to tells those. */
function readEvent(thread: Thread, event: unknown, usages: Map<string, unknown>): void {
  if (!isObject(event)) throw new TypeError("an event of the ledger is no object");
  const usage = usages.get(String(event.toMessageId));
  // Of several events that lead to one message, the first takes its cache counts.
  usages.delete(String(event.toMessageId));
  const billed = countsIn(event.tokens, thread.sink);
  const cached = countsIn(usage, thread.sink);
  const tokens = disjointTokens({
    input: billed("input"),
    output: billed("output"),
    cacheRead: cached("cacheReadInputTokens"),
    cacheWrite: cached("cacheCreationInputTokens"),
  });
  emitEntry(thread, textOf(event.id), [event.timestamp], event, withLoggedTotal(tokens, billed("total")));
}

function readMessage(thread: Thread, message: Record<string, unknown>): void {
  const usage = objectAt(message, "usage");
  if (message.role !== "assistant" || !usage) return;
  const count = countsIn(usage, thread.sink);
  const tokens = disjointTokens({
    input: count("inputTokens"),
    output: count("outputTokens"),
    cacheRead: count("cacheReadInputTokens"),
    cacheWrite: count("cacheCreationInputTokens"),
  });
  const number = message.messageId;
  const id = typeof number === "number" || typeof number === "string" ? `message-${number}` : undefined;
  const entry = { model: message.model, ...usage };
  emitEntry(thread, id, [usage.timestamp, message.timestamp], entry, withLoggedTotal(tokens, count("totalTokens")));
}

function emitEntry(thread: Thread, id: string | undefined, times: unknown[], entry: Record<string, unknown>, tokens: TokenCounts): void {
  const { sessionId, folder, sink } = thread;
  const model = textOf(entry.model);
  emitCall(sink, {
    source: "amp",
    id: id === undefined ? undefined : `${sessionId}:${id}`,
    times,
    provider: providerOf(undefined, model, "amp"),
    model,
    tokens,
    sessionId,
    folder,
    // Amp's own currency, so a fact to keep and not the cost.
    metadata: typeof entry.credits === "number" ? { credits: String(entry.credits) } : undefined,
  });
}
