/**
 * What other logs of Copilot tell of. Several of its parts write down the same requests: a session that one of them tells
 * request by request is not read a second time from a poorer one.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { listedFolders } from "../../agent-folders.ts";
import type { ImportContext, SourceDatabase } from "../../importer.ts";
import { readLines } from "../../reading/lines.ts";
import { STORE_TABLE } from "./copilot-session-store.ts";
import { SPAN_TABLE } from "./copilot-trace-database.ts";

type Sessions = ReadonlySet<string>;
const NONE: Sessions = new Set();

/** Sessions of the store in the home of this log of the command line. */
export function sessionsInStore(path: string, context: ImportContext): Sessions {
  const { environment } = context;
  const home = homeOf(path) ?? listedFolders(environment, "COPILOT_HOME")?.[0] ?? join(environment.homeDirectory, ".copilot");
  const store = join(home, "session-store.db");
  return remembered(context, store, () => sessionsInDatabase(context, store, STORE_TABLE, "session_id"));
}

/** Sessions of the telemetry files in the home of this log of the command line. */
export function sessionsInTelemetry(path: string, context: ImportContext): Sessions {
  const home = homeOf(path);
  if (home === undefined) return NONE;
  const folder = join(home, "otel");
  return remembered(context, folder, () => sessionsInLines(folder));
}

/** Sessions of the span database of the editor that saved this chat. */
export function sessionsInTraces(path: string, context: ImportContext): Sessions {
  const user = /^(.*)[/\\](?:workspaceStorage|globalStorage)[/\\]/.exec(path)?.[1];
  if (user === undefined) return NONE;
  const traces = join(user, "globalStorage", "github.copilot-chat", "agent-traces.db");
  return remembered(context, traces, () => sessionsInDatabase(context, traces, SPAN_TABLE, "chat_session_id"));
}

function homeOf(path: string): string | undefined {
  return /^(.*)[/\\](?:otel|session-state)[/\\]/.exec(path)?.[1];
}

/** One context is one import of the source, so what was found holds for all its files. */
const foundByImport = new WeakMap<ImportContext, Map<string, Sessions>>();

function remembered(context: ImportContext, place: string, find: () => Sessions): Sessions {
  const found = foundByImport.get(context) ?? new Map<string, Sessions>();
  foundByImport.set(context, found);
  const sessions = found.get(place) ?? find();
  found.set(place, sessions);
  return sessions;
}

function sessionsInDatabase(context: ImportContext, path: string, table: string, column: string): Sessions {
  if (!existsSync(path)) return NONE;
  let database: SourceDatabase | undefined;
  try {
    database = context.environment.openDatabase(path);
    return new Set(database.all(`SELECT DISTINCT ${column} AS session FROM ${table}`).map((row) => String(row.session)));
  } catch {
    // Unreadable, or older than the table: then it holds nothing that could be counted twice.
    return NONE;
  } finally {
    database?.close();
  }
}

const CONVERSATION = /"gen_ai\.conversation\.id"\s*:\s*"([^"\\]+)"/;

function sessionsInLines(folder: string): Sessions {
  if (!existsSync(folder)) return NONE;
  const sessions = new Set<string>();
  for (const name of readdirSync(folder).filter((entry) => entry.endsWith(".jsonl"))) {
    const path = join(folder, name);
    const handler = {
      line(window: Buffer, start: number, end: number): void {
        const session = CONVERSATION.exec(window.toString("utf8", start, end))?.[1];
        if (session !== undefined) sessions.add(session);
      },
      overlong: (): void => undefined,
    };
    for (const _position of readLines({ path, size: statSync(path).size, modifiedMs: 0, offset: 0 }, handler));
  }
  return sessions;
}
