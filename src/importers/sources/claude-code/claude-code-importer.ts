/** Claude Code: a line of JSON for every piece of every message, in one file for each session. */
import type { Checkpoint, ImportContext, Importer, ImportSink, SourceFile } from "../../importer.ts";
import { visitLine, visitUnfinishedLine } from "../../reading/json-lines.ts";
import { checkpointAt, type LineHandler, readLines } from "../../reading/lines.ts";
import { lineText } from "../../reading/long-line.ts";
import { FastLine, TOKENS_KEY_END } from "./fast-line.ts";
import { CLOSE_OBJECT, OPEN_OBJECT } from "./json-bytes.ts";
import { loggedCallOf } from "./logged-call.ts";
import { isSessionLog, logFolders, projectOf, readingOrder, sessionOf } from "./places.ts";
import { emitRecords, type LogPlace } from "./records.ts";
import { Repeats } from "./repeats.ts";

const SOURCE = "claude-code";

/** Some logs have the usage alone, and not every one of them counts a cache. */
const SIGNS = [
  /"(?:parentUuid|leafUuid|isSidechain)"\s*:/,
  /"usage"\s*:\s*\{[^{}]*"cache_creation_input_tokens"/,
  /(?:^|\n)[^\w\n]*"type" ?: ?"assistant"[^\n]*"usage" ?: ?\{ ?"input_tokens"/,
];

export const claudeCodeImporter: Importer = {
  source: SOURCE,
  title: "Claude Code",
  growth: "append",
  roots: logFolders,
  accepts: isSessionLog,
  recognises: (beginning) => SIGNS.some((sign) => sign.test(beginning)),
  order: readingOrder,
  read: readLog,
};

function* readLog(file: SourceFile, { sink }: ImportContext): Generator<Checkpoint> {
  const reader = new LogReader(file, sink);
  for (const position of readLines(file, reader)) {
    reader.emit();
    yield checkpointAt(position);
  }
  reader.emit();
}

const NEVER = Number.POSITIVE_INFINITY;
const SHORT_LINE_BYTES = 256;
const SNAPSHOT = '"type":"file-history-snapshot"';

class LogReader implements LineHandler {
  readonly #sink: ImportSink;
  readonly #place: LogPlace;
  readonly #fastLine = new FastLine();
  readonly #repeats = new Repeats();
  #bytes: Buffer = Buffer.alloc(0);
  /** The next place in the window where tokens are counted; a search may find it many lines ahead. */
  #tokensKeyEnd = NEVER;

  constructor(file: SourceFile, sink: ImportSink) {
    this.#sink = sink;
    const projects = new Map<string, string | undefined>();
    this.#place = {
      source: SOURCE,
      sessionId: sessionOf(file.path),
      projectOf(cwd) {
        if (!projects.has(cwd)) projects.set(cwd, projectOf(cwd, file.path));
        return projects.get(cwd);
      },
    };
  }

  filled(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#findTokens(0);
  }

  #findTokens(from: number): void {
    const found = this.#bytes.indexOf(TOKENS_KEY_END, from);
    this.#tokensKeyEnd = found < 0 ? NEVER : found;
  }

  line(window: Buffer, start: number, end: number, line: number): void {
    if (this.#tokensKeyEnd < start) this.#findTokens(start);
    if (this.#tokensKeyEnd >= end) {
      if (!isPlainlyWhole(window, start, end)) this.#parse(window, start, end, line);
      return;
    }
    const call = this.#fastLine.read(this.#bytes, start, end, this.#tokensKeyEnd, line);
    if (call === undefined) this.#parse(window, start, end, line);
    else this.#repeats.add(call);
  }

  unfinished(window: Buffer, start: number, end: number, line: number): void {
    visitUnfinishedLine(lineText(window, start, end), line, this.#sink, this.#visit);
  }

  overlong(line: number, bytes: number): void {
    this.#sink.problem(line, `a line of ${bytes} bytes is too long to read`);
  }

  ignores(beginning: Buffer): boolean {
    return beginning.toString("latin1", 0, SHORT_LINE_BYTES).includes(SNAPSHOT);
  }

  #parse(window: Buffer, start: number, end: number, line: number): void {
    visitLine(lineText(window, start, end), line, this.#sink, this.#visit);
  }

  readonly #visit = (value: unknown, line: number): void => {
    const call = loggedCallOf(value, line, (reason) => this.#sink.warning(line, reason));
    if (call === "skip") this.#sink.skip();
    else if (call !== undefined) this.#repeats.add(call);
  };

  /** Hands over what was gathered since the last time. */
  emit(): void {
    const folded = this.#repeats.take((call) => emitRecords(call, this.#place, (record) => this.#sink.record(record, call.line)));
    if (folded > 0) this.#sink.repeated(folded);
  }
}

/** A line without usage is not parsed, only looked at: a long one that has both its braces is left at that. */
function isPlainlyWhole(window: Buffer, start: number, end: number): boolean {
  return end - start > SHORT_LINE_BYTES && window[start] === OPEN_OBJECT && window[end - 1] === CLOSE_OBJECT;
}
