/** How a reply is passed on: decided by what its head shows, and what was asked for. */
import type { Operation } from "../operation.ts";
import type { RequestReading } from "../request.ts";

/** `whole`: read first, settled, then sent. `events`: passed on as it comes, metered beside. `bytes`: passed on, and not readable. */
export type ReplyKind = "whole" | "events" | "bytes";

const EVENTS =
  /^(?:text\/event-stream|application\/(?:x-)?ndjson|application\/jsonl|application\/json-seq|application\/vnd\.amazon\.eventstream)/i;
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json/i;
const MEDIA = /^(?:audio|image|video)\//i;
/** What is said to be bytes by others is mostly an answer all the same, with its usage in it. */
const ANSWERS_BYTES: ReadonlySet<Operation> = new Set(["speech", "transcription", "images"]);
const BYTES = /^(?:audio|image|video)\/|^application\/(?:octet-stream|pdf|zip)/i;

export function replyKind(
  status: number,
  contentType: string | undefined,
  reading: Pick<RequestReading, "isStream" | "operation">,
): ReplyKind {
  if (status < 200 || status > 299) return "whole";
  const type = contentType ?? "";
  if (EVENTS.test(type)) return "events";
  if (BYTES.test(type) && (ANSWERS_BYTES.has(reading.operation) || (reading.isStream && MEDIA.test(type)))) return "bytes";
  if (!reading.isStream) return "whole";
  // Gemini streams an array unless it is asked for events; all others that answer JSON have not streamed.
  if (JSON_TYPE.test(type)) return reading.operation === "generate" ? "events" : "whole";
  return "events";
}

/** Whether a stream tells its usage only if it is asked to, and its caller has not asked. */
export function needsUsageEvent({ isStream, operation, asksForUsage }: RequestReading): boolean {
  return isStream && !asksForUsage && (operation === "chat" || operation === "completions");
}
