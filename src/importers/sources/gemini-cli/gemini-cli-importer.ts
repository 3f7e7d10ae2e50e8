/** Gemini CLI: its saved chats, as one JSON document or as JSON lines, and captured output of headless runs. */
import { basename, join } from "node:path";
import { listedFolders } from "../../agent-folders.ts";
import type { ImportContext, ImportEnvironment, Importer, SourceFile } from "../../importer.ts";
import { readCompanionText, readJsonDocument } from "../../reading/json-document.ts";
import { readJsonLines } from "../../reading/json-lines.ts";
import { GeminiChat } from "./gemini-chat.ts";

export const geminiCliImporter: Importer = {
  source: "gemini-cli",
  title: "Gemini CLI",
  growth: "whole",

  roots(environment: ImportEnvironment): string[] {
    const homes = listedFolders(environment, "GEMINI_CLI_HOME")?.map((home) => join(home, "tmp"));
    return homes ?? listedFolders(environment, "GEMINI_DATA_DIR") ?? [join(environment.homeDirectory, ".gemini", "tmp")];
  },

  // logs.json (prompts) and checkpoints lie beside the chats.
  accepts(path: string): boolean {
    return /\.jsonl?$/.test(path) && !/^(logs|checkpoint.*)\.json$/.test(basename(path));
  },

  recognises(beginning: string): boolean {
    const isChat = beginning.includes('"sessionId"') && /"type"\s*:\s*"gemini"|"projectHash"/.test(beginning);
    return isChat || (/"(stats|session_id)"\s*:/.test(beginning) && /"model"\s*:\s*"gemini|"models"\s*:\s*\{\s*"gemini/.test(beginning));
  },

  *read(file: SourceFile, context: ImportContext) {
    const { sink } = context;
    const chat = new GeminiChat(sink, basename(file.path).replace(/\.jsonl?$/, ""), file.modifiedMs);
    if (file.path.endsWith(".json")) {
      for (const value of readJsonDocument(file.path, sink)) chat.visit(value, 0);
    } else {
      // A later line may replace an earlier one, so the file is only known once it has been read.
      for (const _checkpoint of readJsonLines(file, sink, (value, line) => chat.visit(value, line))) yield { offset: 0 };
    }
    chat.emit(folderOf(file.path));
    yield { offset: file.size };
  },
};

/** Chats lie in `<project>/chats/`: the project's own folder is noted there, or its name is a hash of it. */
function folderOf(path: string): string | undefined {
  const folder = /^(.*[/\\]([^/\\]+))[/\\]chats[/\\]/.exec(path);
  return folder ? readCompanionText(join(folder[1] as string, ".project_root")) || folder[2] : undefined;
}
