/** One OTLP/JSON document, as collectors and exporters post it. */
import { InvalidInput, quoteValue } from "../../../errors.ts";
import { isObject, type UsageRecord } from "../../../usage/index.ts";
import { InferenceSpans } from "./inference-spans.ts";
import { type Span, spansOfResource } from "./span.ts";

export interface ReadTraces {
  /** The calls to models in it. */
  records: UsageRecord[];
  /** One sentence for each span that tells of such a call and can't be one. */
  problems: string[];
}

/**
 * Reads an `ExportTraceServiceRequest` in its JSON form, by the rules of `import otel`: spans that are no calls to models are passed over.
 *
 * @throws InvalidInput where it has no `resourceSpans`
 * @example
 * ```ts
 * import { readTraces } from "tokenledger/importers";
 *
 * const { records } = readTraces({
 *   resourceSpans: [{ scopeSpans: [{ spans: [{
 *     traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174", startTimeUnixNano: "1770000000000000000",
 *     attributes: [
 *       { key: "gen_ai.operation.name", value: { stringValue: "chat" } },
 *       { key: "gen_ai.provider.name", value: { stringValue: "openai" } },
 *       { key: "gen_ai.request.model", value: { stringValue: "gpt-4o" } },
 *       { key: "gen_ai.usage.input_tokens", value: { intValue: "12" } },
 *     ],
 *   }] }] }],
 * });
 * console.log(records[0]?.tokens.input); // 12
 * ```
 */
export function readTraces(document: unknown): ReadTraces {
  if (!isObject(document) || !Array.isArray(document.resourceSpans)) {
    throw new InvalidInput(`${quoteValue(document)} is no trace export; a JSON object with a list under resourceSpans is needed.`);
  }
  const records: UsageRecord[] = [];
  const problems: string[] = [];
  const sink = {
    record: (record: UsageRecord) => void records.push(record),
    problem: (_line: number, reason: string) => void problems.push(reason),
    repeated: () => undefined,
    skip: () => undefined,
    warning: () => undefined,
  };
  // What wraps a call may stand in another resource's list than the call: all are known before the first is taken.
  const spans = document.resourceSpans.flatMap((resource: unknown): Span[] => (isObject(resource) ? spansOfResource(resource) : []));
  new InferenceSpans({ sink, options: {} }).takeAll(spans, 0);
  return { records, problems };
}
