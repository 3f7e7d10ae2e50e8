/** `otel`: GenAI spans of OpenTelemetry, as OTLP/JSON trace exports or as one span a line. Metrics and logs are not read: they repeat the spans without saying which. */

import { quoteValue } from "../../../errors.ts";
import { isObject } from "../../../usage/index.ts";
import type { Checkpoint, ImportContext, Importer, SourceFile } from "../../importer.ts";
import { visitSafely } from "../../reading/json-values.ts";
import { wasReadWith } from "../../reading/options-key.ts";
import { readExport } from "../../reading/read-export.ts";
import { oncePerFile, type Warn } from "../../records/warnings.ts";
import { inferenceRecord, isInference } from "./inference-span.ts";
import { type Span, spanOf, spansOfResource } from "./span.ts";

/** Wrappers end, and are written, soon after what they wrap: older ones may be forgotten. */
const MAX_WRAPPERS = 100_000;

export const otelImporter: Importer = {
  source: "otel",
  title: "OpenTelemetry GenAI spans",
  growth: "whole",
  roots: () => [],
  accepts: (path) => /\.(?:json|jsonl|ndjson)(?:\.gz)?$/i.test(path),
  recognises: (beginning) => /"resourceSpans"|"gen_ai\.(?:operation\.name|usage\.\w+)"/.test(beginning),
  wasReadWith,
  read: (file, context) => new InferenceSpans(file, context).read(),
};

/** Takes the innermost inference spans only: a framework's span around a client's span repeats its tokens. */
class InferenceSpans {
  readonly #file: SourceFile;
  readonly #context: ImportContext;
  readonly #warn: Warn;
  /** Spans that hold an inference span. */
  readonly #wrappers = new Set<string>();

  constructor(file: SourceFile, context: ImportContext) {
    this.#file = file;
    this.#context = context;
    this.#warn = oncePerFile(context.sink);
  }

  *read(): Generator<Checkpoint> {
    yield* readExport(this.#file, this.#context, {
      lists: ["resourceSpans"],
      value: (value, line) => {
        if (!isObject(value)) throw new TypeError(`${quoteValue(value)} is no span`);
        this.#takeAll("scopeSpans" in value || "instrumentationLibrarySpans" in value ? spansOfResource(value) : [spanOf(value)], line);
      },
    });
  }

  #takeAll(spans: readonly (Span | undefined)[], line: number): void {
    for (const span of spans) if (span !== undefined && isInference(span)) this.#remember(span.parentId);
    for (const span of spans) visitSafely(this.#context.sink, line, () => this.#take(span, line));
  }

  #take(span: Span | undefined, line: number): void {
    const { sink, options } = this.#context;
    const isLeaf = span !== undefined && isInference(span) && !this.#wrappers.has(span.id);
    const record = isLeaf ? inferenceRecord(span, options, (reason) => this.#warn(line, reason)) : undefined;
    if (record === undefined) {
      sink.skip();
      return;
    }
    sink.record(record, line);
  }

  #remember(parentId: string): void {
    if (parentId === "") return;
    this.#wrappers.add(parentId);
    const [oldest] = this.#wrappers;
    if (this.#wrappers.size > MAX_WRAPPERS && oldest !== undefined) this.#wrappers.delete(oldest);
  }
}
