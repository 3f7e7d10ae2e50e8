/** The spans of one export that tell of calls to models, as records: whatever form they came in. */
import type { ImportContext } from "../../importer.ts";
import { visitSafely } from "../../reading/json-values.ts";
import { oncePerFile, type Warn } from "../../records/warnings.ts";
import { inferenceRecord, isInference } from "./inference-span.ts";
import type { Span } from "./span.ts";

/** Wrappers end, and are written, soon after what they wrap: older ones may be forgotten. */
const MAX_WRAPPERS = 100_000;

/** The gateway's own spans tell of calls that stand in its book; the client's span around one is known by it to wrap a call. */
function isOwn({ attributes }: Span): boolean {
  return attributes.has("tokenledger.request_id");
}

/** Takes the innermost inference spans only: a framework's span around a client's span repeats its tokens. */
export class InferenceSpans {
  readonly #context: Pick<ImportContext, "sink" | "options">;
  readonly #warn: Warn;
  /** Spans that hold an inference span. */
  readonly #wrappers = new Set<string>();

  constructor(context: Pick<ImportContext, "sink" | "options">) {
    this.#context = context;
    this.#warn = oncePerFile(context.sink);
  }

  takeAll(spans: readonly (Span | undefined)[], line: number): void {
    for (const span of spans) if (span !== undefined && isInference(span)) this.#remember(span.parentId);
    for (const span of spans) visitSafely(this.#context.sink, line, () => this.#take(span, line));
  }

  #take(span: Span | undefined, line: number): void {
    const { sink, options } = this.#context;
    const isLeaf = span !== undefined && isInference(span) && !isOwn(span) && !this.#wrappers.has(span.id);
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
