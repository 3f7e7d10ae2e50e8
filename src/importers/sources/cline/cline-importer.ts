/** Cline and its relatives Roo and Kilo in editors, and Cline's command line. */
import { join } from "node:path";
import { editorUserFolders, listedFolders } from "../../agent-folders.ts";
import type { ImportContext, ImportEnvironment, Importer, SourceFile } from "../../importer.ts";
import { readJsonDocument } from "../../reading/json-document.ts";
import { visitSafely } from "../../reading/json-values.ts";
import { readCommandLineSession } from "./cline-command-line.ts";
import { readTask } from "./cline-task.ts";

const EXTENSIONS = ["saoudrizwan.claude-dev", "rooveterinaryinc.roo-cline", "kilocode.kilo-code"];

export const clineImporter: Importer = {
  source: "cline",
  title: "Cline, Roo, Kilo",
  growth: "whole",

  roots(environment: ImportEnvironment): string[] {
    const tasks = editorUserFolders(environment).flatMap((user) =>
      EXTENSIONS.map((extension) => join(user, "globalStorage", extension, "tasks")),
    );
    return [...tasks, join(environment.homeDirectory, ".cline", "data", "tasks"), ...sessionFolders(environment)];
  },

  accepts(path: string): boolean {
    return /messages(?:(?!messages)[^/\\])*\.json$/.test(path);
  },

  recognises: (beginning: string): boolean =>
    /"api_req_started"|"say"\s*:/.test(beginning) || (beginning.includes('"agent"') && beginning.includes('"messages"')),

  *read(file: SourceFile, context: ImportContext) {
    for (const value of readJsonDocument(file.path, context.sink)) {
      visitSafely(context.sink, 0, () => {
        if (Array.isArray(value)) readTask(value, file.path, context.sink);
        else readCommandLineSession(value, file.path, context.sink);
      });
    }
    yield { offset: file.size };
  },
};

function sessionFolders(environment: ImportEnvironment): string[] {
  const sessions = listedFolders(environment, "CLINE_SESSION_DATA_DIR");
  if (sessions) return sessions;
  const data = listedFolders(environment, "CLINE_DATA_DIR");
  const home = listedFolders(environment, "CLINE_DIR")?.map((folder) => join(folder, "data"));
  return (data ?? home ?? [join(environment.homeDirectory, ".cline", "data")]).map((folder) => join(folder, "sessions"));
}
