/** Droid (Factory): one settings file per session, with token counts that grow as the session goes on. */

import { basename, join } from "node:path";
import { isObject } from "../../../usage/index.ts";
import { listedFolders } from "../../agent-folders.ts";
import type { ImportContext, ImportEnvironment, Importer, SourceFile } from "../../importer.ts";
import { objectAt, textOf } from "../../reading/fields.ts";
import { readCompanionHead, readJsonDocument } from "../../reading/json-document.ts";
import { visitSafely } from "../../reading/json-values.ts";
import { countsIn, disjointTokens, emitCall, withLoggedTotal } from "../../records/agent-record.ts";
import { makerOf, providerOf } from "../../records/model-provider.ts";

const SUFFIX = ".settings.json";

export const droidImporter: Importer = {
  source: "droid",
  title: "Droid",
  growth: "whole",

  roots(environment: ImportEnvironment): string[] {
    return listedFolders(environment, "DROID_SESSIONS_DIR") ?? [join(environment.homeDirectory, ".factory", "sessions")];
  },

  accepts: (path: string): boolean => path.endsWith(SUFFIX),

  *read(file: SourceFile, context: ImportContext) {
    for (const value of readJsonDocument(file.path, context.sink)) {
      visitSafely(context.sink, 0, () => readSettings(value, file, context));
    }
    yield { offset: file.size };
  },
};

function readSettings(settings: unknown, file: SourceFile, { sink }: ImportContext): void {
  if (!isObject(settings)) throw new TypeError("not the settings of a Droid session");
  const usage = objectAt(settings, "tokenUsage");
  if (!usage) {
    sink.skip();
    return;
  }
  const count = countsIn(usage, sink);
  const reasoning = count("thinkingTokens");
  const counted = disjointTokens({
    input: count("inputTokens"),
    output: count("outputTokens") + reasoning,
    cacheRead: count("cacheReadTokens"),
    cacheWrite: count("cacheCreationTokens"),
    reasoning,
  });
  const sessionId = basename(file.path, SUFFIX);
  const transcript = companion(file.path);
  const said = textOf(settings.model) ?? transcript.model;
  const model = said === undefined ? undefined : modelName(said);
  emitCall(sink, {
    source: "droid",
    id: sessionId,
    times: [settings.providerLockTimestamp, file.modifiedMs],
    provider: providerOf(textOf(settings.providerLock) ?? textOf(settings.apiProviderLock), model, "factory"),
    model,
    requestedModel: said,
    tokens: withLoggedTotal(counted, count("totalTokens")),
    sessionId,
    folder: transcript.folder,
  });
}

/** What the transcript beside the settings tells: the folder, and the model where the settings leave it out. */
function companion(settingsPath: string): { folder: string | undefined; model: string | undefined } {
  const text = readCompanionHead(`${settingsPath.slice(0, -SUFFIX.length)}.jsonl`);
  return { folder: firstCwd(text), model: /\bModel: ([^"\\[\n]+)/.exec(text)?.[1]?.trim() };
}

function firstCwd(text: string): string | undefined {
  try {
    const header: unknown = JSON.parse(text.split("\n", 1)[0] ?? "");
    return isObject(header) ? textOf(header.cwd) : undefined;
  } catch {
    return undefined;
  }
}

/** `custom:Claude-Opus-4.5-Thinking-[Anthropic]-0` → `claude-opus-4-5`: Droid lets people name their models for display. */
export function modelName(written: string): string {
  const named = written.startsWith("custom:") ? written.slice("custom:".length).replace(/-\d+$/, "") : written;
  const name = named
    .replace(/\[[^[\]]*\]/g, "")
    .toLowerCase()
    .replace(/[\s-]+/g, "-")
    .replace(/^-|-$/g, "");
  return makerOf(name) === "anthropic" ? name.replace(/-thinking$/, "").replaceAll(".", "-") : name;
}
