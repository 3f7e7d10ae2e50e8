/** pi and omp: sessions as JSON lines, whose first line tells the folder. */

import { basename, join } from "node:path";
import { instantOf, isObject } from "../../../usage/index.ts";
import { listedFolders } from "../../agent-folders.ts";
import type { ImportContext, ImportEnvironment, Importer, ImportSink, SourceFile } from "../../importer.ts";
import { carriedState, readWithCarriedState } from "../../reading/carried-state.ts";
import { costOf, objectAt, textOf } from "../../reading/fields.ts";
import { countsIn, disjointTokens, emitCall, withLoggedTotal } from "../../records/agent-record.ts";
import { providerOf } from "../../records/model-provider.ts";

interface Session {
  id?: string;
  cwd?: string;
}

export const piImporter: Importer = {
  source: "pi",
  title: "pi, omp",
  growth: "append",

  roots(environment: ImportEnvironment): string[] {
    const agents =
      listedFolders(environment, "PI_AGENT_DIR") ?? [".pi", ".omp"].map((name) => join(environment.homeDirectory, name, "agent"));
    return agents.map((folder) => join(folder, "sessions"));
  },

  accepts: (path: string): boolean => /\.jsonl(\.gz)?$/.test(path),

  recognises: (beginning: string): boolean => beginning.includes('"type":"session"') || beginning.includes('"cacheRead"'),

  *read(file: SourceFile, context: ImportContext) {
    const session: Session = carriedState(file) ?? {};
    const fileName = basename(file.path).replace(/\.jsonl(\.gz)?$/, "");
    yield* readWithCarriedState(file, context.sink, session, (value, line) => readLine(value, line, session, fileName, context.sink));
  },
};

function readLine(value: unknown, line: number, session: Session, fileName: string, sink: ImportSink): void {
  if (!isObject(value)) throw new TypeError("not a line of a pi session");
  if (value.type === "session") {
    const id = textOf(value.id);
    const cwd = textOf(value.cwd);
    if (id !== undefined) session.id = id;
    if (cwd !== undefined) session.cwd = cwd;
    return;
  }
  const message = objectAt(value, "message");
  if (value.type !== "message" || message?.role !== "assistant") return;
  const usage = objectAt(message, "usage");
  const count = countsIn(usage, sink, line);
  const counted = disjointTokens({
    input: count("input"),
    output: count("output"),
    cacheRead: count("cacheRead"),
    cacheWrite: count("cacheWrite"),
  });
  const id = textOf(value.id);
  const model = textOf(message.model);
  const said = textOf(message.provider);
  const provider = providerOf(said, model);
  const call = {
    source: "pi",
    // Ids are short and unique only within a session; a forked session repeats id and time together.
    id: id === undefined ? undefined : `${id}:${instantOf(value.timestamp) ?? instantOf(message.timestamp)}`,
    times: [value.timestamp, message.timestamp],
    provider,
    model,
    tokens: withLoggedTotal(counted, count("totalTokens")),
    costNanoUsd: costOf(objectAt(usage, "cost")?.total) || undefined,
    sessionId: session.id ?? fileName,
    folder: session.cwd,
    status: message.stopReason === "aborted" || message.stopReason === "error" ? message.stopReason : undefined,
    metadata: said !== undefined && said !== provider ? { via: said } : undefined,
  };
  emitCall(sink, call, line);
}
