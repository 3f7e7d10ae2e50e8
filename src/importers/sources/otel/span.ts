/** Spans in the forms in which programs write them down. */
import { instantIn, isObject } from "../../../usage/index.ts";
import { objectAt } from "../../reading/fields.ts";

export interface Span {
  traceId: string;
  id: string;
  /** "" where the span has no parent. */
  parentId: string;
  name: string;
  startMs: number | undefined;
  endMs: number | undefined;
  attributes: ReadonlyMap<string, unknown>;
  /** The program that made the span. */
  service: unknown;
  isError: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** The spans of one element of `resourceSpans`. */
export function spansOfResource(resourceSpans: Fields): Span[] {
  const service = attributesOf(objectAt(resourceSpans, "resource")?.attributes).get("service.name");
  const scopes = listOf(resourceSpans.scopeSpans ?? resourceSpans.instrumentationLibrarySpans);
  return scopes.flatMap((scope) => listOf(scope.spans).flatMap((span) => spanOf(span, service) ?? []));
}

/** A span that stands alone: undefined where the value is a metric or a log. */
export function spanOf(value: Fields, service?: unknown): Span | undefined {
  const context = objectAt(value, "context") ?? objectAt(value, "spanContext");
  const id = firstText(value.spanId, value.span_id, context?.span_id, context?.spanId);
  const type = value.type ?? "span";
  if (id === "" || type !== "span" || value.attributes === undefined) return undefined;
  const status = objectAt(value, "status");
  const code = status?.code ?? status?.status_code ?? value.statusCode;
  return {
    traceId: firstText(value.traceId, value.trace_id, context?.trace_id, context?.traceId),
    id,
    parentId: firstText(
      value.parentSpanId,
      value.parent_span_id,
      value.parentId,
      value.parent_id,
      objectAt(value, "parentSpanContext")?.spanId,
    ),
    name: firstText(value.name),
    startMs: momentOf(value.startTimeUnixNano ?? value.start_time_unix_nano ?? value.startTime ?? value.start_time),
    endMs: momentOf(value.endTimeUnixNano ?? value.end_time_unix_nano ?? value.endTime ?? value.end_time),
    attributes: attributesOf(value.attributes),
    service: service ?? attributesOf(objectAt(value, "resource")?.attributes).get("service.name"),
    isError: code === 2 || code === "STATUS_CODE_ERROR" || code === "ERROR",
  };
}

/** OTLP writes attributes as a list of typed values, other exporters as an object. */
function attributesOf(value: unknown): Map<string, unknown> {
  if (!Array.isArray(value)) return new Map(isObject(value) ? Object.entries(value) : []);
  return new Map(
    listOf(value).flatMap(({ key, value: typed }) =>
      typeof key === "string" ? [[key, isObject(typed) ? plainValue(typed) : typed] as const] : [],
    ),
  );
}

function plainValue(typed: Fields): unknown {
  return typed.stringValue ?? typed.intValue ?? typed.doubleValue ?? typed.boolValue;
}

/** An instant as text, as one number, or as seconds and nanoseconds. */
function momentOf(value: unknown): number | undefined {
  if (!Array.isArray(value)) return instantIn(value);
  const [seconds, nanoseconds] = value;
  return typeof seconds === "number" && typeof nanoseconds === "number" ? Math.round(seconds * 1e3 + nanoseconds / 1e6) : undefined;
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function firstText(...values: unknown[]): string {
  return values.find((value): value is string => typeof value === "string" && value !== "") ?? "";
}
