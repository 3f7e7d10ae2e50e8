/** Who answered, under which id, and whether the answer has failed, ended or is still being made. */
import type { Reading } from "../reading.ts";
import { type Fields, fieldsAt, isFields, textAt } from "./counts.ts";

/** Where a reply names its model and id: itself, or what it encloses. */
export function identityOf(event: Fields): { model?: string; id?: string } {
  const inner = enclosedReply(event);
  const identity: { model?: string; id?: string } = {};
  const model =
    textAt(event, "model") ?? textAt(event, "modelVersion") ?? (inner && (textAt(inner, "model") ?? textAt(inner, "modelVersion")));
  const id =
    (inner && textAt(inner, "id")) ??
    textAt(event, "id") ??
    textAt(event, "responseId") ??
    textAt(event, "response_id") ??
    textAt(event, "batch_id");
  if (model !== undefined) identity.model = model;
  if (id !== undefined) identity.id = id;
  return identity;
}

function enclosedReply(event: Fields): Fields | undefined {
  for (const name of ["response", "message", "interaction"]) if (isFields(event[name])) return event[name];
  return undefined;
}

/** An error, however it is written: an object, a text, a failed response, FastAPI's `detail`, AWS's exceptions. */
export function errorOf(event: Fields, eventName?: string): Reading["error"] {
  const error = event.error ?? fieldsAt(event, "response").error;
  if (isFields(error)) return { type: typeOf(error), message: messageOf(error) };
  if (typeof error === "string" && error !== "") return { type: "error", message: shortened(error) };
  if (event.type === "error" || event.status === "failed" || eventName === "error")
    return { type: typeOf(event), message: messageOf(event) };
  if (eventName?.endsWith("Exception")) return { type: eventName, message: messageOf(event) };
  if ("detail" in event && !("choices" in event)) return { type: "error", message: messageOf({ message: event.detail }) };
  // Cohere, AWS: nothing but a message.
  if (typeof event.message === "string" && !("usage" in event) && !("choices" in event))
    return { type: typeOf(event), message: messageOf(event) };
  return undefined;
}

/** The most specific of what providers call it. */
function typeOf(error: Fields): string {
  const type = textAt(error, "type");
  return textAt(error, "status") ?? (type === "error" ? undefined : type) ?? textAt(error, "code") ?? "error";
}

function messageOf(error: Fields): string {
  const { message } = error;
  if (typeof message === "string") return shortened(message);
  return message === undefined ? "" : shortened(JSON.stringify(message) ?? "");
}

const LONGEST_MESSAGE = 1000;

function shortened(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE)}…`;
}

const UNFINISHED = new Set(["queued", "in_progress", "validating", "finalizing", "cancelling", "canceling"]);

/** Work of the background: a whole reply that says that it isn't done. */
export function isPending(reply: Fields): boolean {
  const status = reply.processing_status ?? reply.status;
  if (typeof status === "string" && UNFINISHED.has(status)) return true;
  const pending = fieldsAt(reply, "state").num_pending;
  return typeof pending === "number" && pending > 0;
}

const TERMINAL_TYPES = new Set([
  "message_stop",
  "response.completed",
  "response.incomplete",
  "response.failed",
  "response.cancelled",
  "message-end",
  "interaction.completed",
  "interaction.complete",
  "transcript.text.done",
  "speech.audio.done",
  "image_generation.completed",
  "image_edit.completed",
  "error",
]);

/** After it nothing comes that costs money. OpenAI's chunks end by `[DONE]`, which is no object. */
export function isTerminal(event: Fields, name?: string): boolean {
  const type = event.type ?? event.event_type;
  if (typeof type === "string" && TERMINAL_TYPES.has(type)) return true;
  if (event.done === true || event.is_finished === true || isFields(event.error) || name?.endsWith("Exception")) return true;
  // Bedrock's last event, and the last chunk of an invoked model.
  return name === "metadata" || isFields(fieldsAt(event, "metadata").usage) || "amazon-bedrock-invocationMetrics" in event;
}

/** An answer is finished, though more may follow: other answers, usage, and from some models each chunk says so. */
export function isFinish(event: Fields): boolean {
  for (const list of [event.choices, event.candidates]) {
    if (Array.isArray(list) && list.some((item) => isFields(item) && Boolean(item.finish_reason ?? item.finishReason))) return true;
  }
  return false;
}

/** Ends that the limit of output has made, in each format's words. */
const TRUNCATED = new Set(["length", "max_tokens", "MAX_TOKENS", "max_output_tokens"]);

/** An answer has ended at its limit of output. */
export function isTruncated(event: Fields): boolean {
  if (isLimit(event.stop_reason) || isLimit(event.stopReason) || isLimit(fieldsAt(event, "delta").stop_reason)) return true;
  if (isLimit(fieldsAt(event, "incomplete_details").reason)) return true;
  if (isFields(event.response) && isLimit(fieldsAt(event.response, "incomplete_details").reason)) return true;
  for (const list of [event.choices, event.candidates]) {
    if (Array.isArray(list) && list.some((item) => isFields(item) && isLimit(item.finish_reason ?? item.finishReason))) return true;
  }
  return false;
}

function isLimit(reason: unknown): boolean {
  return typeof reason === "string" && TRUNCATED.has(reason);
}
