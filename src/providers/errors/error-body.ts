/** Errors in the shape that each format's clients know. */
import type { Operation, WireFormat } from "../operation.ts";
import { FORMAT_OF } from "../operation.ts";

export interface ProviderShapedError {
  /** HTTP's status code. */
  status: number;
  /** For programs: `budget_exceeded`. */
  code: string;
  /** One sentence. */
  message: string;
  requestId?: string;
  /** The field of the request that is wrong. */
  param?: string;
}

const OPENAI_TYPES: ReadonlyMap<number, string> = new Map([
  [401, "authentication_error"],
  [402, "insufficient_quota"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [429, "rate_limit_error"],
]);

const ANTHROPIC_TYPES: ReadonlyMap<number, string> = new Map([
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [503, "overloaded_error"],
  [504, "timeout_error"],
  [529, "overloaded_error"],
]);

const GEMINI_STATUSES: ReadonlyMap<number, string> = new Map([
  [401, "UNAUTHENTICATED"],
  [402, "RESOURCE_EXHAUSTED"],
  [403, "PERMISSION_DENIED"],
  [404, "NOT_FOUND"],
  [409, "ABORTED"],
  [429, "RESOURCE_EXHAUSTED"],
  [500, "INTERNAL"],
  [501, "UNIMPLEMENTED"],
  [504, "DEADLINE_EXCEEDED"],
]);

/**
 * The JSON body of an error answer.
 *
 * @example
 * ```ts
 * import { errorBody } from "tokenledger/providers";
 * errorBody("anthropic", { status: 402, code: "budget_exceeded", message: "The budget is used up.", requestId: "req_1" });
 * // => '{"type":"error","error":{"type":"billing_error","message":"The budget is used up."},"request_id":"req_1"}'
 * ```
 */
export function errorBody(format: WireFormat, error: ProviderShapedError): string {
  return JSON.stringify(errorDocument(format, error));
}

/**
 * The last event of a stream that fails after it has begun: clients throw it as an error.
 *
 * @param error with `sequenceNumber`, the last event's number in a stream of a response
 */
export function streamError(operation: Operation, error: ProviderShapedError & { sequenceNumber?: number }): Uint8Array {
  const format = FORMAT_OF[operation];
  if (operation === "responses") {
    const { code, message, param = null, sequenceNumber } = error;
    const event = { type: "error", code, message, param, sequence_number: (sequenceNumber ?? -1) + 1 };
    return Buffer.from(`event: error\ndata: ${JSON.stringify(event)}\n\n`);
  }
  const name = format === "anthropic" ? "event: error\n" : "";
  return Buffer.from(`${name}data: ${errorBody(format, error)}\n\n`);
}

function errorDocument(format: WireFormat, { status, code, message, requestId, param }: ProviderShapedError): object {
  const isOurs = status >= 500;
  if (format === "anthropic") {
    const type = ANTHROPIC_TYPES.get(status) ?? (isOurs ? "api_error" : "invalid_request_error");
    return { type: "error", error: { type, message }, ...(requestId === undefined ? {} : { request_id: requestId }) };
  }
  if (format === "gemini") {
    const name = GEMINI_STATUSES.get(status) ?? (isOurs ? "UNAVAILABLE" : "INVALID_ARGUMENT");
    const details: object[] = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: code.toUpperCase(), domain: "tokenledger" }];
    if (requestId !== undefined) details.push({ "@type": "type.googleapis.com/google.rpc.RequestInfo", requestId });
    return { error: { code: status, message, status: name, details } };
  }
  const type = OPENAI_TYPES.get(status) ?? (isOurs ? "server_error" : "invalid_request_error");
  // The shape has no field for the id, and of an error on this side it is all that there is to ask about.
  const text = isOurs && requestId !== undefined ? `${message} Request id: ${requestId}.` : message;
  return { error: { message: text, type, param: param ?? null, code } };
}
