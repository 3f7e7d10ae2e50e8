/**
 * JSON lines in which a line needs facts from lines before it: the facts travel in the checkpoint, so that a file that
 * has grown is read from its offset and still understood.
 */
import type { Checkpoint, ImportSink, SourceFile } from "../importer.ts";
import { readJsonLines } from "./json-lines.ts";

/** The facts of the last checkpoint; undefined at the beginning of a file. They are what this importer itself wrote. */
export function carriedState<State>(file: SourceFile): State | undefined {
  const written = file.state?.slice(file.state.indexOf(" ") + 1) ?? "";
  return file.offset > 0 && written.startsWith("{") ? (JSON.parse(written) as State) : undefined;
}

/** Like `readJsonLines`, with `facts`, which `visit` may change, in every checkpoint after the number of lines. */
export function* readWithCarriedState(
  file: SourceFile,
  sink: ImportSink,
  facts: object,
  visit: (value: unknown, line: number) => void,
): Generator<Checkpoint> {
  for (const checkpoint of readJsonLines(file, sink, visit)) {
    yield { ...checkpoint, state: `${checkpoint.state} ${JSON.stringify(facts)}` };
  }
}
