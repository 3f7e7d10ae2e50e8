/** Reads a whole reply. */
import type { Reading } from "../reading.ts";
import { parsedJson } from "../streams/parsed-json.ts";
import { type ReplyOptions, streamMeter } from "../streams/stream-meter.ts";
import { ReplyReader } from "./reply-reader.ts";

/**
 * Usage, model, id and error of a whole reply, by what the reply shows: its bytes (also those of a stream that was
 * collected), or its JSON value. Never throws; what has no usage gives none.
 *
 * @example
 * ```ts
 * import { readReply } from "tokenledger/providers";
 * const reading = readReply({
 *   type: "message",
 *   model: "claude-haiku-4-5",
 *   usage: { input_tokens: 4, cache_read_input_tokens: 1163, output_tokens: 202 },
 * });
 * reading.usage?.tokens; // => { input: 1167, output: 202, cacheRead: 1163 }
 * reading.model; // => "claude-haiku-4-5"
 * ```
 */
export function readReply(body: Uint8Array | unknown, options: ReplyOptions = {}): Reading {
  const value = body instanceof Uint8Array ? documentOf(body) : body;
  if (value === undefined) {
    const meter = streamMeter(options);
    if (body instanceof Uint8Array) meter.push(body);
    meter.end();
    return meter.reading();
  }
  const reader = new ReplyReader(options.headers);
  reader.whole(value);
  return reader.reading();
}

/** Nearly all whole replies are one object: no need to look for events in it. */
function documentOf(body: Uint8Array): unknown {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return bytes[0] === OPEN_BRACE ? parsedJson(bytes.toString()) : undefined;
}

const OPEN_BRACE = 123;
