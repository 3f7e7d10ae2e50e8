/** opencode and Kilo CLI: messages in a database, and in older versions one JSON file each. */

import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { isObject } from "../../../usage/index.ts";
import { listedFolders, userDataFolder } from "../../agent-folders.ts";
import type { ImportContext, ImportEnvironment, Importer, ImportSink, SourceDatabase, SourceFile } from "../../importer.ts";
import { textOf } from "../../reading/fields.ts";
import { readJsonDocument } from "../../reading/json-document.ts";
import { visitSafely } from "../../reading/json-values.ts";
import { columnsOf, pagesOf, readDatabase } from "../../reading/source-rows.ts";
import { readMessage } from "./opencode-message.ts";

const DATABASE = /^(opencode|kilo)(-[^/\\]+)?\.db$/;
const MESSAGES = { name: "message", key: "id", required: ["session_id", "data"] };

export const opencodeImporter: Importer = {
  source: "opencode",
  title: "opencode, Kilo CLI",
  growth: "whole",

  // The data folder also holds every part of every message, so only what tells usage is named.
  roots(environment: ImportEnvironment): string[] {
    const folders = [
      ...(listedFolders(environment, "OPENCODE_DATA_DIR") ?? [join(userDataFolder(environment), "opencode")]),
      ...(listedFolders(environment, "KILO_DATA_DIR") ?? [join(userDataFolder(environment), "kilo")]),
    ];
    return folders.flatMap((folder) => [...databasesIn(folder), join(folder, "storage", "message")]);
  },

  accepts(path: string): boolean {
    if (path.endsWith(".json")) return !/[/\\]storage[/\\](?!message[/\\])/.test(path);
    return DATABASE.test(basename(path));
  },

  recognises: (beginning: string): boolean => beginning.startsWith("SQLite format 3") || /"(modelID|providerID)"/.test(beginning),

  *read(file: SourceFile, context: ImportContext) {
    const { sink } = context;
    if (!file.path.endsWith(".json")) {
      yield* readDatabase(file, context, (database) => readMessages(database, sink));
      return;
    }
    for (const value of readJsonDocument(file.path, sink)) {
      visitSafely(sink, 0, () => readMessage({ data: value, id: undefined, sessionId: undefined, directory: undefined }, sink));
    }
    yield { offset: file.size };
  },
};

function databasesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => DATABASE.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function* readMessages(database: SourceDatabase, sink: ImportSink): Generator<void> {
  const directories = sessionDirectories(database);
  for (const rows of pagesOf(database, MESSAGES)) {
    for (const row of rows) {
      visitSafely(sink, 0, () => {
        const sessionId = textOf(row.session_id);
        const message = { data: parsed(row.data, row.id), id: textOf(row.id), sessionId, directory: directories.get(sessionId ?? "") };
        readMessage(message, sink);
      });
    }
    yield;
  }
}

function parsed(data: unknown, id: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    throw new TypeError(`the data of message ${JSON.stringify(id)} is not JSON`);
  }
}

function sessionDirectories(database: SourceDatabase): Map<string, string> {
  if (!columnsOf(database, "session").has("directory")) return new Map();
  const sessions = database.all("SELECT id, directory FROM session WHERE directory IS NOT NULL");
  return new Map(sessions.filter(isObject).map((row) => [String(row.id), String(row.directory)]));
}
