/** Things worth telling about a file once, however many of its records show them. */
import type { UsageRecord } from "../usage/index.ts";
import type { ImportSink, SourceFile } from "./importer.ts";

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
 * A file can't hold calls that came after it was written, and no calls from before there were models: such times are kept as
 * they stand and told.
 */
export function warnOfOddTime(record: UsageRecord, file: SourceFile, line: number, warn: Warn): void {
  if (record.timestampMs > file.modifiedMs + DAY_MS)
    warn(line, "a timestamp lies more than a day after the file was written; is its unit or zone right?");
  else if (record.timestampMs < EARLIEST_MS) warn(line, "a timestamp lies before 2015; is its unit right?");
}
