/** Kimi CLI and Kimi Code: the wire log of each session, in two generations. */

import { basename, dirname, join } from "node:path";
import { instantOf, isObject } from "../../../usage/index.ts";
import { listedFolders } from "../../agent-folders.ts";
import type { ImportContext, ImportEnvironment, Importer, ImportSink, SourceFile } from "../../importer.ts";
import { objectAt, textOf } from "../../reading/fields.ts";
import { readCompanionDocument } from "../../reading/json-document.ts";
import { readJsonLines } from "../../reading/json-lines.ts";
import { countsIn, disjointTokens, emitCall, withLoggedTotal } from "../../records/agent-record.ts";
import { makerOf, providerOf } from "../../records/model-provider.ts";

/** What Kimi CLI asks for when nothing else is configured. */
const DEFAULT_MODEL = "kimi-for-coding";

interface Session {
  id: string;
  /** Older logs don't name the model: the configuration does. */
  configuredModel: string;
}

export const kimiImporter: Importer = {
  source: "kimi",
  title: "Kimi",
  growth: "append",

  roots(environment: ImportEnvironment): string[] {
    const homes =
      listedFolders(environment, "KIMI_DATA_DIR") ?? [".kimi", ".kimi-code"].map((name) => join(environment.homeDirectory, name));
    return homes.map((home) => join(home, "sessions"));
  },

  accepts: (path: string): boolean => /wire(?:(?!wire)[^/\\])*\.jsonl(\.gz)?$/.test(path),

  recognises: (beginning: string): boolean => /"usage\.record"|"protocol_version"|"StatusUpdate"/.test(beginning),

  *read(file: SourceFile, context: ImportContext) {
    const session = { id: sessionOf(file.path), configuredModel: configuredModel(file.path) ?? DEFAULT_MODEL };
    yield* readJsonLines(file, context.sink, (value, line) => readLine(value, line, session, context.sink));
  },
};

/** `sessions/<group>/<session>/wire.jsonl`, or in Kimi Code `sessions/<group>/<session>/agents/<agent>/wire.jsonl`. */
function sessionOf(path: string): string {
  const folder = dirname(path);
  return basename(basename(dirname(folder)) === "agents" ? dirname(dirname(folder)) : folder);
}

function configuredModel(path: string): string | undefined {
  const home = /^(.*)[/\\]sessions[/\\]/.exec(path)?.[1];
  const config = home === undefined ? undefined : readCompanionDocument(join(home, "config.json"));
  return isObject(config) ? (textOf(config.model) ?? textOf(config.default_model)) : undefined;
}

function readLine(value: unknown, line: number, session: Session, sink: ImportSink): void {
  if (!isObject(value)) throw new TypeError("not a line of a Kimi log");
  if (value.type === "usage.record") readUsageRecord(value, line, session, sink);
  else readStatusUpdate(value, line, session, sink);
}

/** Kimi Code. */
function readUsageRecord(value: Record<string, unknown>, line: number, session: Session, sink: ImportSink): void {
  const count = countsIn(value.usage, sink, line);
  const counts = {
    input: count("inputOther"),
    output: count("output"),
    cacheRead: count("inputCacheRead"),
    cacheWrite: count("inputCacheCreation"),
  };
  const alias = textOf(value.model) ?? session.configuredModel;
  // These lines have no id: time, model and counts tell them apart, and a copied log repeats all of them.
  const id = [session.id, instantOf(value.time), alias, ...Object.values(counts)].join(":");
  const tokens = withLoggedTotal(disjointTokens(counts), count("total"));
  emitCall(sink, { source: "kimi", id, times: [value.time], ...modelOf(alias), tokens, sessionId: session.id }, line);
}

/** Kimi CLI. What a helper of the session used is wrapped into an event of the session. */
function readStatusUpdate(value: Record<string, unknown>, line: number, session: Session, sink: ImportSink): void {
  let message = objectAt(value, "message");
  while (message?.type === "SubagentEvent") message = objectAt(message.payload, "event");
  const payload = message?.type === "StatusUpdate" ? objectAt(message, "payload") : undefined;
  const usage = objectAt(payload, "token_usage");
  if (!usage) return;
  const count = countsIn(usage, sink, line);
  const counts = {
    input: count("input_other"),
    output: count("output"),
    cacheRead: count("input_cache_read"),
    cacheWrite: count("input_cache_creation"),
  };
  const id = `${session.id}:${textOf(payload?.message_id) ?? instantOf(value.timestamp)}`;
  const tokens = withLoggedTotal(disjointTokens(counts), count("total"));
  const call = { source: "kimi", id, times: [value.timestamp], ...modelOf(session.configuredModel), tokens, sessionId: session.id };
  emitCall(sink, call, line);
}

/** @param alias what the configuration calls a model: `<its name for the provider>/<model>`, or the model alone */
function modelOf(alias: string): { provider: string; model: string; requestedModel: string } {
  const slash = alias.indexOf("/");
  const model = alias.slice(slash + 1);
  const provider = makerOf(model) ?? providerOf(slash > 0 ? alias.slice(0, slash) : undefined, model, "moonshot");
  return { provider, model, requestedModel: alias };
}
