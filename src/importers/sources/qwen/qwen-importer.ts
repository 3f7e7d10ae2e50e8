/** Qwen Code: chats as JSON lines, a descendant of Gemini CLI's. */

import { basename, dirname, join } from "node:path";
import { isObject } from "../../../usage/index.ts";
import { listedFolders } from "../../agent-folders.ts";
import type { ImportContext, ImportEnvironment, Importer, ImportSink, SourceFile } from "../../importer.ts";
import { textOf } from "../../reading/fields.ts";
import { readJsonLines } from "../../reading/json-lines.ts";
import { countsIn, emitCall } from "../../records/agent-record.ts";
import { providerOf } from "../../records/model-provider.ts";
import { promptTokens } from "../../records/prompt-token-counts.ts";

export const qwenImporter: Importer = {
  source: "qwen",
  title: "Qwen Code",
  growth: "append",

  roots(environment: ImportEnvironment): string[] {
    const homes = listedFolders(environment, "QWEN_DATA_DIR") ?? [join(environment.homeDirectory, ".qwen")];
    return homes.map((home) => join(home, "projects"));
  },

  accepts: (path: string): boolean => /\.jsonl(\.gz)?$/.test(path),

  recognises: (beginning: string): boolean => beginning.includes('"usageMetadata"') || beginning.includes('"qwen-code.'),

  *read(file: SourceFile, context: ImportContext) {
    const folder = dirname(file.path);
    const slug = basename(folder) === "chats" ? basename(dirname(folder)) : undefined;
    const fileName = basename(file.path).replace(/\.jsonl(\.gz)?$/, "");
    yield* readJsonLines(file, context.sink, (value, line) => readLine(value, line, slug, fileName, context.sink));
  },
};

function readLine(value: unknown, line: number, slug: string | undefined, fileName: string, sink: ImportSink): void {
  if (!isObject(value)) throw new TypeError("not a line of a Qwen Code chat");
  if (value.type !== "assistant") return;
  const count = countsIn(value.usageMetadata, sink, line);
  const sessionId = textOf(value.sessionId) ?? fileName;
  const uuid = textOf(value.uuid);
  const model = textOf(value.model);
  const call = {
    source: "qwen",
    id: uuid === undefined ? undefined : `${sessionId}:${uuid}`,
    times: [value.timestamp],
    provider: providerOf(undefined, model, "qwen"),
    model,
    tokens: promptTokens({
      prompt: count("promptTokenCount"),
      candidates: count("candidatesTokenCount"),
      cached: count("cachedContentTokenCount"),
      thoughts: count("thoughtsTokenCount"),
      tool: count("toolUsePromptTokenCount"),
      total: count("totalTokenCount"),
    }),
    sessionId,
    folder: textOf(value.cwd) ?? slug,
  };
  emitCall(sink, call, line);
}
