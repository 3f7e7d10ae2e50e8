/** Goose: a database with one row per session, whose counts grow as the session goes on. */

import { basename, join } from "node:path";
import { isObject } from "../../../usage/index.ts";
import { applicationFolder, listedFolders, userDataFolder } from "../../agent-folders.ts";
import type { ImportContext, ImportEnvironment, Importer, ImportSink, SourceFile } from "../../importer.ts";
import { textOf } from "../../reading/fields.ts";
import { visitSafely } from "../../reading/json-values.ts";
import { pagesOf, readDatabase } from "../../reading/source-rows.ts";
import { countsIn, emitCall, inclusiveTokens, withLoggedTotal } from "../../records/agent-record.ts";
import { providerOf } from "../../records/model-provider.ts";

const SESSIONS = {
  name: "sessions",
  key: "id",
  required: ["model_config_json", "created_at"],
  optional: [
    "provider_name",
    "updated_at",
    "working_dir",
    "total_tokens",
    "input_tokens",
    "output_tokens",
    "accumulated_total_tokens",
    "accumulated_input_tokens",
    "accumulated_output_tokens",
  ],
};

export const gooseImporter: Importer = {
  source: "goose",
  title: "Goose",
  growth: "whole",

  roots(environment: ImportEnvironment): string[] {
    const moved = listedFolders(environment, "GOOSE_PATH_ROOT")?.map((root) => join(root, "data"));
    const usual = [
      join(userDataFolder(environment), "goose"),
      join(applicationFolder(environment), "goose"),
      join(applicationFolder(environment), "Block", "goose", "data"),
      join(userDataFolder(environment), "Block", "goose"),
    ];
    return (moved ?? usual).map((folder) => join(folder, "sessions", "sessions.db"));
  },

  accepts: (path: string): boolean => basename(path) === "sessions.db",

  *read(file: SourceFile, context: ImportContext) {
    yield* readDatabase(file, context, function* (database) {
      for (const rows of pagesOf(database, SESSIONS)) {
        for (const row of rows) visitSafely(context.sink, 0, () => readSession(row, context.sink));
        yield;
      }
    });
  },
};

function readSession(row: Record<string, unknown>, sink: ImportSink): void {
  const id = String(row.id);
  // The accumulated counts cover the whole session; the plain ones only its last request.
  const logged = countsIn(row, sink, 0, `session ${id}: `);
  const count = (name: string): number => logged(`accumulated_${name}`) || logged(name);
  const model = modelOf(row.model_config_json);
  emitCall(sink, {
    source: "goose",
    id,
    // Its beginning, which never changes: at its latest use, a session that is resumed would take its past costs along.
    times: [row.created_at, row.updated_at],
    provider: providerOf(textOf(row.provider_name), model, "goose"),
    model,
    tokens: withLoggedTotal(inclusiveTokens({ input: count("input_tokens"), output: count("output_tokens") }), count("total_tokens")),
    sessionId: id,
    folder: textOf(row.working_dir),
  });
}

function modelOf(config: unknown): string | undefined {
  try {
    const value: unknown = JSON.parse(String(config));
    return isObject(value) ? textOf(value.model_name) : undefined;
  } catch {
    return undefined;
  }
}
