/** How the API says no: one shape for every error, which clients of OpenAI's format read as theirs, too. */
import { type JsonSchema, schemaWords } from "../../insights/index.ts";
import { errorBody } from "../../providers/index.ts";
import type { Refusal } from "../http/refusal.ts";

/** `retry-after` is told in seconds. */
export const RETRY_UNIT_MS = 1_000;

export function apiErrorBody({ status, code, message, field }: Refusal, requestId: string): string {
  const shape = field === undefined ? { status, code, message } : { status, code, message, param: field };
  const { error } = JSON.parse(errorBody("openai", shape)) as { error: Record<string, unknown> };
  return JSON.stringify({ error: { ...error, request_id: requestId, ...(field === undefined ? {} : { field }) } });
}

const { object, orNull, text } = schemaWords;

export const ERROR_SCHEMA: JsonSchema = object({
  error: object({ code: text, message: text, type: text, param: orNull(text), request_id: text }, { field: text }),
});
