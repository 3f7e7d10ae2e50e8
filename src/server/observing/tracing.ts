/**
 * Spans of calls to models for OpenTelemetry, where its API can be imported and the process has a tracer: one CLIENT span for each
 * attempt. The names are those of the GenAI semantic conventions as of version 1.45, which are still in development; they are told in
 * docs/operating/observability.md.
 */
import type { Context, Span, SpanContext } from "@opentelemetry/api";
import { headerValue } from "../http/headers.ts";
import type { CallEvent } from "./happenings.ts";

type Api = typeof import("@opentelemetry/api");

/** The conventions' names, where ours differ. */
const OPERATIONS: Readonly<Record<string, string>> = {
  completions: "text_completion",
  responses: "chat",
  messages: "chat",
  generate: "generate_content",
  embed: "embeddings",
};
const PROVIDERS: Readonly<Record<string, string>> = {
  azure: "azure.ai.openai",
  bedrock: "aws.bedrock",
  gemini: "gcp.gemini",
  google: "gcp.gemini",
  mistral: "mistral_ai",
  vertex: "gcp.vertex_ai",
  xai: "x_ai",
};

/** What is known of an attempt when it leaves. */
export interface AttemptStart {
  provider: string;
  model: string;
  operation: string;
  isStream: boolean;
  requestId: string;
  attempt: number;
  /** Of the client's request, names and values in turn. */
  rawHeaders: readonly string[];
}

export class Tracing {
  readonly #api: Api;
  readonly #version: string;
  /** What the API hands out while the process has no tracer. */
  readonly #nobody: unknown;

  constructor(api: Api, version: string) {
    this.#api = api;
    this.#version = version;
    this.#nobody = new api.ProxyTracerProvider().getDelegate();
  }

  /** Undefined where nobody traces. A tracer that fails fails no call. */
  begin(start: AttemptStart): AttemptSpan | undefined {
    if (!this.#isTracing()) return undefined;
    try {
      return this.#start(start);
    } catch {
      return undefined;
    }
  }

  #start({ provider, model, operation: asked, isStream, requestId, attempt, rawHeaders }: AttemptStart): AttemptSpan {
    const { trace, SpanKind } = this.#api;
    const operation = OPERATIONS[asked] ?? asked;
    const attributes = {
      "gen_ai.operation.name": operation,
      "gen_ai.provider.name": PROVIDERS[provider] ?? provider,
      "gen_ai.request.model": model,
      "gen_ai.request.stream": isStream,
      "tokenledger.request_id": requestId,
      "tokenledger.attempt": attempt,
    };
    const tracer = trace.getTracer("tokenledger", this.#version);
    return new AttemptSpan(
      this.#api,
      tracer.startSpan(`${operation} ${model}`, { kind: SpanKind.CLIENT, attributes }, this.#parent(rawHeaders)),
    );
  }

  #isTracing(): boolean {
    const provider = this.#api.trace.getTracerProvider();
    return !(provider instanceof this.#api.ProxyTracerProvider) || provider.getDelegate() !== this.#nobody;
  }

  /** The span that instrumentation has made of the request, else the caller's own, else none. */
  #parent(rawHeaders: readonly string[]): Context {
    const { context, trace, ROOT_CONTEXT, createTraceState } = this.#api;
    if (trace.getSpan(context.active()) !== undefined) return context.active();
    const caller = spanContextOf(headerValue(rawHeaders, "traceparent"));
    if (caller === undefined) return ROOT_CONTEXT;
    const state = headerValue(rawHeaders, "tracestate");
    return trace.setSpanContext(ROOT_CONTEXT, {
      ...caller,
      isRemote: true,
      ...(state === undefined ? {} : { traceState: createTraceState(state) }),
    });
  }
}

export class AttemptSpan {
  readonly #api: Pick<Api, "SpanStatusCode">;
  readonly #span: Span;

  constructor(api: Pick<Api, "SpanStatusCode">, span: Span) {
    this.#api = api;
    this.#span = span;
  }

  /** The provider's part of the trace hangs below this span. @param headers names and values in turn */
  under(headers: readonly string[]): string[] {
    const { traceId, spanId, traceFlags, traceState } = this.#span.spanContext();
    const own: string[] = [];
    for (let index = 0; index < headers.length; index += 2) {
      const name = headers[index] as string;
      if (name !== "traceparent" && name !== "tracestate") own.push(name, headers[index + 1] as string);
    }
    own.push("traceparent", `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`);
    const state = traceState?.serialize();
    if (state !== undefined && state !== "") own.push("tracestate", state);
    return own;
  }

  /** @param responseId the provider's own name for its reply */
  end(event: CallEvent, error: string | undefined, responseId?: string): void {
    try {
      this.#describe(event, responseId);
      if (error !== undefined) this.#failed(error);
      this.#span.end();
    } catch {
      // As in beginning it.
    }
  }

  #describe(event: CallEvent, responseId: string | undefined): void {
    const span = this.#span;
    span.setAttribute("gen_ai.response.model", event.model);
    if (responseId !== undefined) span.setAttribute("gen_ai.response.id", responseId);
    if (event.isStream && event.firstByteMs !== undefined)
      span.setAttribute("gen_ai.response.time_to_first_chunk", event.firstByteMs / 1e3);
    span.setAttribute("tokenledger.status", event.status);
    if (event.usageSource !== undefined) {
      span.setAttribute("gen_ai.usage.input_tokens", event.inputTokens);
      span.setAttribute("gen_ai.usage.output_tokens", event.outputTokens);
      if (event.cacheReadTokens > 0) span.setAttribute("gen_ai.usage.cache_read.input_tokens", event.cacheReadTokens);
      if (event.cacheWriteTokens > 0) span.setAttribute("gen_ai.usage.cache_creation.input_tokens", event.cacheWriteTokens);
      if (event.reasoningTokens > 0) span.setAttribute("gen_ai.usage.reasoning.output_tokens", event.reasoningTokens);
      if (event.costNanoUsd !== undefined) span.setAttribute("tokenledger.cost_usd", event.costNanoUsd / 1e9);
    }
  }

  #failed(error: string): void {
    this.#span.setAttribute("error.type", error);
    this.#span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
  }
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);

/** As W3C Trace Context has it: what is malformed is as if it were not there. */
function spanContextOf(traceparent: string | undefined): Pick<SpanContext, "traceId" | "spanId" | "traceFlags"> | undefined {
  const [, version, traceId = "", spanId = "", flags = "", more] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1 };
}

/** Undefined where OpenTelemetry's API is not installed: it is nobody's duty to have it. */
export async function openTracing(version: string): Promise<Tracing | undefined> {
  try {
    return new Tracing(await import("@opentelemetry/api"), version);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
