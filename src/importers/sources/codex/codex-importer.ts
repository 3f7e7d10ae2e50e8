/** Codex: a line of JSON for every event, in one file for each session; usage comes as reports with running totals. */
import { basename } from "node:path";
import type { Checkpoint, ImportContext, Importer, ImportSink, SourceFile } from "../../importer.ts";
import { visitLine, visitUnfinishedLine } from "../../reading/json-lines.ts";
import { type LineHandler, readLines } from "../../reading/lines.ts";
import { lineText } from "../../reading/long-line.ts";
import { isRollout, isSuperseded, logFolders, readingOrder } from "./places.ts";
import { Rollout, type RolloutState } from "./rollout.ts";

const SOURCE = "codex";

export const codexImporter: Importer = {
  source: SOURCE,
  title: "Codex",
  growth: "append",
  roots: logFolders,
  accepts: isRollout,
  recognises: (beginning) =>
    /"type"\s*:\s*"(?:session_meta|turn_context|thread\.started|turn\.completed)"/.test(beginning) ||
    /"type"\s*:\s*"token_count"/.test(beginning),
  order: readingOrder,
  read: readRollout,
};

function* readRollout(file: SourceFile, { sink }: ImportContext): Generator<Checkpoint> {
  if (isSuperseded(file.path)) {
    yield { offset: file.size };
    return;
  }
  const reader = new RolloutReader(file, sink);
  for (const { offset, line, tailHash } of readLines(file, reader)) {
    yield { offset, tailHash, state: `${line} ${JSON.stringify(reader.rollout.state)}` };
  }
}

/** What the lines end in that say something about usage: its counts, the model, the session. */
const TELLING = [
  Buffer.from('_tokens"'),
  Buffer.from('"turn_context"'),
  Buffer.from('"session_meta"'),
  Buffer.from('"thread.started"'),
] as const;
const SHORT_LINE_BYTES = 256;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

class RolloutReader implements LineHandler {
  readonly rollout: Rollout;
  readonly #sink: ImportSink;
  #bytes: Buffer = Buffer.alloc(0);
  /** The next place in the window of each telling word. */
  readonly #found: number[] = TELLING.map(() => -1);

  constructor(file: SourceFile, sink: ImportSink) {
    this.#sink = sink;
    const name = basename(file.path).replace(/\.(?:jsonl|ndjson)[\s\S]*/i, "");
    const sessionId = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.exec(name)?.[0] ?? name;
    this.rollout = new Rollout(SOURCE, { sessionId, modifiedMs: file.modifiedMs }, sink, stateOf(file));
  }

  filled(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#found.fill(-1);
  }

  line(window: Buffer, start: number, end: number, line: number): void {
    const isTelling = TELLING.some((word, index) => this.#next(word, index, start) < end);
    if (!isTelling && end - start > SHORT_LINE_BYTES && window[start] === OPEN_OBJECT && window[end - 1] === CLOSE_OBJECT) return;
    visitLine(lineText(window, start, end), line, this.#sink, this.#visit);
  }

  #next(word: Buffer, index: number, start: number): number {
    const known = this.#found[index] as number;
    if (known >= start) return known;
    const found = this.#bytes.indexOf(word, start);
    const next = found < 0 ? Number.POSITIVE_INFINITY : found;
    this.#found[index] = next;
    return next;
  }

  unfinished(window: Buffer, start: number, end: number, line: number): void {
    visitUnfinishedLine(lineText(window, start, end), line, this.#sink, this.#visit);
  }

  overlong(line: number, bytes: number): void {
    this.#sink.problem(line, `a line of ${bytes} bytes is too long to read`);
  }

  readonly #visit = (value: unknown, line: number): void => this.rollout.visit(value, line);
}

/** A checkpoint's state: the number of lines, which is the line reader's, and what the session has come to. */
function stateOf(file: SourceFile): RolloutState {
  if (file.offset === 0 || file.state === undefined) return {};
  return JSON.parse(file.state.slice(file.state.indexOf(" ") + 1)) as RolloutState;
}
