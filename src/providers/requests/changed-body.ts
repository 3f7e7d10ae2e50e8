/** The same request with another model, another limit, or the wish to be told its usage: no other byte changes. */
import { InvalidInput } from "../../errors.ts";
import type { RequestPlace, RequestReading } from "../request.ts";

export interface RequestChanges {
  model?: string;
  /** For each answer. */
  maxOutputTokens?: number;
  /** Ask a stream for its usage event; nothing changes where the caller does, or where streams tell it unasked. */
  includeUsage?: boolean;
}

/**
 * @param reading what {@link readRequest} said of the same bytes
 * @example
 * ```ts
 * import { changedBody, readRequest } from "tokenledger/providers";
 * const body = new TextEncoder().encode('{ "model": "gpt-4o", "prompt": "Hi" }');
 * new TextDecoder().decode(changedBody(body, readRequest("completions", body), { model: "gpt-4.1" })); // => '{ "model": "gpt-4.1", "prompt": "Hi" }'
 * ```
 */
export function changedBody(body: Uint8Array, reading: RequestReading, changes: RequestChanges): Uint8Array {
  const { places } = reading;
  const edits: { place: RequestPlace; text: string }[] = [];
  const add = (list: readonly RequestPlace[], text: string): void => {
    for (const place of list) edits.push({ place, text: place.before + text + place.after });
  };
  if (changes.model !== undefined) add(places.model, places.encoding === "form" ? changes.model : JSON.stringify(changes.model));
  if (changes.maxOutputTokens !== undefined) {
    if (places.outputLimit.length === 0)
      throw new InvalidInput(`A request of ${reading.operation} has no limit of output tokens to change.`);
    add(places.outputLimit, String(changes.maxOutputTokens));
  }
  if (changes.includeUsage) add(places.includeUsage, "true");
  if (edits.length === 0) return body;
  edits.sort((a, b) => a.place.start - b.place.start || a.place.end - b.place.end);
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const { place, text } of edits) {
    pieces.push(bytes.subarray(at, place.start), Buffer.from(text));
    at = place.end;
  }
  pieces.push(bytes.subarray(at));
  return Buffer.concat(pieces);
}
