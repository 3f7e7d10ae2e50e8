/** Reads a stream whose events somebody else has parsed. */
import type { Reading, Seen } from "../reading.ts";
import { ReplyReader } from "./reply-reader.ts";

/** Never throws: what it can't read, it leaves out. */
export interface EventMeter {
  /** True where it has told something beside the answer. */
  event(value: unknown): boolean;
  end(): void;
  /** Of all events so far. */
  reading(): Reading;
  /** The same object each time, brought up to date. */
  readonly seen: Readonly<Seen>;
}

/**
 * As `streamMeter`, for programs that are handed events and not bytes.
 *
 * @example
 * ```ts
 * import { eventMeter } from "tokenledger/providers";
 * const meter = eventMeter();
 * meter.event({ choices: [{ delta: { content: "Grüezi" } }] });
 * meter.event({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 3 } });
 * meter.seen.outputBytes; // => 7
 * meter.reading().usage?.tokens; // => { input: 12, output: 3 }
 * ```
 */
export function eventMeter(): EventMeter {
  return new ReplyReader();
}
