/** Things worth telling about a file once, however many of its records show them. */
import type { ImportOptions, ImportSink, SourceFile } from "../importer.ts";

const DAY_MS = 86_400_000;
/** No model of today could be called before. */
const EARLIEST_MS = Date.UTC(2015, 0, 1);
/** Memory stays bounded where every line has a warning of its own. */
const MAX_DISTINCT = 1000;

/** Tells something about a line. */
export type Warn = (line: number, reason: string) => void;

/** Says each reason once per file, at the line where it was first seen. */
export function oncePerFile(sink: ImportSink): Warn {
  const said = new Set<string>();
  return (line, reason) => {
    if (said.has(reason) || said.size >= MAX_DISTINCT) return;
    said.add(reason);
    sink.warning(line, reason);
  };
}

/**
 * What is told of a time that can hardly be right; such times are kept as they stand. No model could be called before there
 * were any, and a file can't hold calls that came after it was written: `latestMs` is a day later, for clocks that differ.
 */
export function oddTimeOf(timestampMs: number, latestMs: number): string | undefined {
  if (timestampMs > latestMs) return "a timestamp lies more than a day after the file was written; is its unit or zone right?";
  return timestampMs < EARLIEST_MS ? "a timestamp lies before 2015; is its unit right?" : undefined;
}

/** The latest time that a file's records should have. Where its own time can't be right, or the user set the trace's clock, any will do. */
export function latestTimeIn(file: SourceFile, { epochMs }: ImportOptions): number {
  return epochMs !== undefined || file.modifiedMs < EARLIEST_MS ? Number.POSITIVE_INFINITY : file.modifiedMs + DAY_MS;
}
