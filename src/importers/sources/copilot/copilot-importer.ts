/** GitHub Copilot: the command line's session store, OpenTelemetry files and databases, and chats saved by editors. */
import { basename, join } from "node:path";
import { editorUserFolders, listedFolders } from "../../agent-folders.ts";
import type { ImportContext, ImportEnvironment, Importer, SourceFile } from "../../importer.ts";
import { readJsonDocument } from "../../reading/json-document.ts";
import { readJsonLines } from "../../reading/json-lines.ts";
import { visitSafely } from "../../reading/json-values.ts";
import { columnsOf, readDatabase } from "../../reading/source-rows.ts";
import { ChatJournal, readChatSession } from "./copilot-chat-session.ts";
import { SessionEvents } from "./copilot-session-events.ts";
import { readSessionStore, STORE_TABLE } from "./copilot-session-store.ts";
import { CopilotTelemetry } from "./copilot-telemetry.ts";
import { readTraceDatabase } from "./copilot-trace-database.ts";

const CHAT_FOLDER = /[/\\](chatSessions|emptyWindowChatSessions)[/\\]/;
const EDITOR_FOLDER = /[/\\](workspaceStorage|globalStorage)[/\\]/;
const SESSION_STATE = /[/\\]session-state[/\\]/;

/** Copilot's exporter names the kind of each line and writes times as seconds and nanoseconds; no other program does both. */
const isTelemetrySpan = (line: string): boolean => line.includes('"type":"span",') && /"(?:start|end)Time":\[\d+,\d+\]/.test(line);

export const copilotImporter: Importer = {
  source: "copilot",
  title: "GitHub Copilot",
  growth: "whole",

  roots(environment: ImportEnvironment): string[] {
    const homes = listedFolders(environment, "COPILOT_HOME") ?? [join(environment.homeDirectory, ".copilot")];
    const editors = editorUserFolders(environment);
    return [
      ...homes.flatMap((home) => [join(home, "session-store.db"), join(home, "otel"), join(home, "session-state")]),
      ...(listedFolders(environment, "COPILOT_OTEL_FILE_EXPORTER_PATH") ?? []),
      ...editors.map((user) => join(user, "globalStorage", "github.copilot-chat", "agent-traces.db")),
      ...editors.map((user) => join(user, "globalStorage", "emptyWindowChatSessions")),
      ...editors.map((user) => join(user, "workspaceStorage")),
    ];
  },

  accepts(path: string): boolean {
    const name = basename(path);
    if (/^(session-store|agent-traces)\.db$/.test(name)) return true;
    if (!/\.jsonl?$/.test(name)) return false;
    if (SESSION_STATE.test(path)) return name === "events.jsonl";
    return !EDITOR_FOLDER.test(path) || CHAT_FOLDER.test(path);
  },

  recognises(beginning: string): boolean {
    return (
      /^SQLite format 3/.test(beginning) ||
      /"github\.copilot|"copilot_chat\.|"GitHub Copilot"|"type":"session\.(start|shutdown)"/.test(beginning) ||
      beginning.split("\n").some(isTelemetrySpan)
    );
  },

  *read(file: SourceFile, context: ImportContext) {
    if (file.path.endsWith(".db")) yield* readCopilotDatabase(file, context);
    else if (file.path.endsWith(".json")) {
      for (const value of readJsonDocument(file.path, context.sink))
        visitSafely(context.sink, 0, () => readChatSession(value, file, context));
      yield { offset: file.size };
    } else yield* readCopilotLines(file, context);
  },
};

function readCopilotDatabase(file: SourceFile, context: ImportContext): Generator<{ offset: number }> {
  return readDatabase(file, context, (database) => {
    const isStore = columnsOf(database, STORE_TABLE).size > 0 || basename(file.path) === "session-store.db";
    return isStore ? readSessionStore(database, context.sink) : readTraceDatabase(database, context.sink);
  });
}

/** Three formats are lines of JSON; each line shows which it is. Which lines count is only known at the end. */
function* readCopilotLines(file: SourceFile, context: ImportContext): Generator<{ offset: number }> {
  const telemetry = new CopilotTelemetry(file, context);
  const events = new SessionEvents(file, context);
  const journal = new ChatJournal();
  const visit = (value: unknown, line: number): void => {
    if (!journal.take(value) && !telemetry.take(value, line)) events.take(value, line);
  };
  for (const _checkpoint of readJsonLines(file, context.sink, visit)) yield { offset: 0 };
  telemetry.emit();
  if (journal.session !== undefined) visitSafely(context.sink, 0, () => readChatSession(journal.session, file, context));
  yield { offset: file.size };
}
