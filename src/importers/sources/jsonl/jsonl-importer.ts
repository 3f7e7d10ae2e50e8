/** `jsonl`: our own record form, as JSON lines, a JSON array or a single object, gzipped or not. */

import { InvalidInput } from "../../../errors.ts";
import { recordFromForm } from "../../../usage/index.ts";
import type { Checkpoint, ImportContext, Importer, SourceFile } from "../../importer.ts";
import { fileChunks } from "../../reading/file-bytes.ts";
import { eachListed, type JsonDocumentReader, JsonLinesReader, jsonReader, type VisitValue } from "../../reading/json-values.ts";
import { optionsKey, wasReadWith } from "../../reading/options-key.ts";
import { oncePerFile } from "../../records/warnings.ts";

const SOURCE = "jsonl";

/** Where documents such as `GET /api/v1/usage` keep their records. */
const LISTS = ["records"];

export const jsonlImporter: Importer = {
  source: SOURCE,
  title: "Records as JSON",
  growth: "append",
  roots: () => [],
  accepts: (path) => /\.(?:jsonl|ndjson|json)(?:\.gz)?$/i.test(path),
  recognises: (beginning) =>
    ["timestamp", "provider", "model", "input_tokens", "output_tokens"].every((field) => beginning.includes(`"${field}"`)),
  wasReadWith,
  *read(file, context) {
    try {
      yield* readRecords(file, context);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      context.sink.problem(0, error.message);
      yield { offset: file.size, state: optionsKey(context.options) };
    }
  },
};

/** Only plain lines are read on from where they ended; everything else is read anew when it changes. */
function* readRecords(file: SourceFile, context: ImportContext): Generator<Checkpoint> {
  const { sink } = context;
  const key = optionsKey(context.options);
  const visit = visitorOf(context);
  const linesRead = Number.parseInt(file.state ?? "", 10);
  const start = linesRead >= 0 && wasReadWith(context.options, file.state) ? file.offset : 0;
  let reader: JsonLinesReader | JsonDocumentReader | undefined;
  if (start > 0) reader = new JsonLinesReader(sink, eachListed(sink, visit, LISTS), linesRead);
  let begin = start;
  let isPlain = true;
  const checkpoint = (offsetOtherwise: number): Checkpoint =>
    isPlain && reader instanceof JsonLinesReader
      ? { offset: begin + reader.completeBytes, state: `${reader.line} ${key}` }
      : { offset: offsetOtherwise, state: key };
  for (const { bytes, unpacked, markBytes } of fileChunks(file.path, start)) {
    reader ??= jsonReader(bytes, sink, visit, LISTS);
    begin += markBytes;
    isPlain = !unpacked;
    reader.push(bytes);
    yield checkpoint(0);
  }
  reader?.end();
  yield checkpoint(file.size);
}

function visitorOf({ sink, options }: ImportContext): VisitValue {
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
    sink.record(record, line);
  };
}
