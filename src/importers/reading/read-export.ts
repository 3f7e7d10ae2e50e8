/** Reads an export file whole: unpacks it, sees whether it is JSON or CSV, and hands over its values or rows one by one. */
import { InvalidInput } from "../../errors.ts";
import type { Checkpoint, ImportContext, ImportSink, SourceFile } from "../importer.ts";
import { CsvReader, type VisitCsv } from "./csv-rows.ts";
import { fileChunks } from "./file-bytes.ts";
import { type ChunkConsumer, jsonReader, looksLikeJson, type VisitValue } from "./json-values.ts";
import { optionsKey } from "./options-key.ts";

/** What an importer takes from its exports. What its functions throw as InvalidInput or TypeError is a problem of the line. */
export interface ExportVisitor {
  /** Absent where the source has no JSON form. */
  value?: VisitValue;
  /** Absent where the source has no CSV form. */
  csv?: VisitCsv;
  /** Names under which a page of JSON keeps its records: `data`. */
  lists?: readonly string[];
}

/** Drives `visitor` over the file; what can't be read at all is one problem. */
export function* readExport(
  file: SourceFile,
  { sink, options }: Pick<ImportContext, "sink" | "options">,
  visitor: ExportVisitor,
): Generator<Checkpoint> {
  try {
    let reader: ChunkConsumer | undefined;
    for (const { bytes } of fileChunks(file.path, 0)) {
      reader ??= readerFor(bytes, sink, visitor);
      reader.push(bytes);
      // Until its end is reached the file counts as unread: a run that is cut short starts it again.
      yield { offset: 0 };
    }
    reader?.end();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    sink.problem(0, error.message);
  }
  yield { offset: file.size, state: optionsKey(options) };
}

function readerFor(head: Buffer, sink: ImportSink, visitor: ExportVisitor): ChunkConsumer {
  if (visitor.csv !== undefined && !looksLikeJson(head)) return new CsvReader(sink, visitor.csv);
  if (visitor.value === undefined) throw new InvalidInput("is JSON, where a CSV file is needed");
  return jsonReader(head, sink, visitor.value, visitor.lists);
}
