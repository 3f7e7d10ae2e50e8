/** `otel`: GenAI spans of OpenTelemetry, as OTLP/JSON trace exports or as one span a line. Metrics and logs are not read: they repeat the spans without saying which. */

import { quoteValue } from "../../../errors.ts";
import { isObject } from "../../../usage/index.ts";
import type { Checkpoint, ImportContext, Importer, SourceFile } from "../../importer.ts";
import { wasReadWith } from "../../reading/options-key.ts";
import { readExport } from "../../reading/read-export.ts";
import { InferenceSpans } from "./inference-spans.ts";
import { spanOf, spansOfResource } from "./span.ts";

export const otelImporter: Importer = {
  source: "otel",
  title: "OpenTelemetry GenAI spans",
  growth: "whole",
  roots: () => [],
  accepts: (path) => /\.(?:json|jsonl|ndjson)(?:\.gz)?$/i.test(path),
  recognises: (beginning) => /"resourceSpans"|"gen_ai\.(?:operation\.name|usage\.\w+)"/.test(beginning),
  wasReadWith,
  read: readSpans,
};

function* readSpans(file: SourceFile, context: ImportContext): Generator<Checkpoint> {
  const spans = new InferenceSpans(context);
  yield* readExport(file, context, {
    lists: ["resourceSpans"],
    value: (value, line) => {
      if (!isObject(value)) throw new TypeError(`${quoteValue(value)} is no span`);
      spans.takeAll("scopeSpans" in value || "instrumentationLibrarySpans" in value ? spansOfResource(value) : [spanOf(value)], line);
    },
  });
}
