/** `jsonl`: our own record form, as JSON lines, a JSON array or a single object, gzipped or not. */
import { InvalidInput } from "../../errors.ts";
import { fileChunks } from "../file-bytes.ts";
import type { Checkpoint, ImportContext, Importer, SourceFile } from "../importer.ts";
import { eachListed, type JsonDocumentReader, JsonLinesReader, jsonReader, type VisitValue } from "../json-values.ts";
import { recordFromForm } from "../record-form.ts";
import { oncePerFile, warnOfOddTime } from "../warnings.ts";

const SOURCE = "jsonl";

/** Where documents such as `GET /api/v1/usage` keep their records. */
const LISTS = ["records"];

export const jsonlImporter: Importer = {
  source: SOURCE,
  title: "Records as JSON",
  growth: "append",
  roots: () => [],
  accepts: (path) => /\.(?:jsonl|ndjson|json)(?:\.gz)?$/i.test(path),
  *read(file, context) {
    try {
      yield* readRecords(file, context);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      context.sink.problem(0, error.message);
      yield { offset: 0 };
    }
  },
};

function* readRecords(file: SourceFile, context: ImportContext): Generator<Checkpoint> {
  const { sink } = context;
  const visit = visitorOf(file, context);
  let reader: JsonLinesReader | JsonDocumentReader | undefined;
  if (file.offset > 0) reader = new JsonLinesReader(sink, eachListed(sink, visit, LISTS), Number(file.state));
  let start = file.offset;
  let isPlain = true;
  // Only plain lines can be read on from where they ended; everything else is read anew when it changes.
  const checkpoint = (): Checkpoint =>
    isPlain && reader instanceof JsonLinesReader ? { offset: start + reader.completeBytes, state: String(reader.line) } : { offset: 0 };
  for (const { bytes, unpacked, markBytes } of fileChunks(file.path, file.offset)) {
    reader ??= jsonReader(bytes, sink, visit, LISTS);
    start += markBytes;
    isPlain = !unpacked;
    reader.push(bytes);
    yield checkpoint();
  }
  reader?.end();
  yield checkpoint();
}

function visitorOf(file: SourceFile, { sink, options }: ImportContext): VisitValue {
  const warn = oncePerFile(sink);
  return (value, line) => {
    const record = recordFromForm(value, {
      source: SOURCE,
      provider: options.provider,
      model: options.model,
      inputExcludesCache: options.inputExcludesCache,
      timeZone: options.timeZone,
      warn: (reason) => warn(line, reason),
    });
    warnOfOddTime(record, file, line, warn);
    sink.record(record);
  };
}
