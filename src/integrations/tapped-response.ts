/** A reply that is handed on while it comes, metered beside. */
import { hideUsageEvent, type StreamMeter } from "../providers/index.ts";
import { type ItemFilter, type ItemReader, StreamTap, type TapPolicy } from "./stream-tap.ts";

export interface TapOptions extends TapPolicy {
  response: Response;
  /** Absent: what comes can't be read as usage. */
  meter: StreamMeter | undefined;
  /** The usage event was asked for here, not by the program. */
  hidesUsage: boolean;
}

export class Tap {
  readonly #tap: StreamTap<Uint8Array>;
  readonly response: Response;

  constructor({ response, meter, hidesUsage, wholeOutputTokens, abort, ended }: TapOptions) {
    const reader = readerOf(response);
    const filter = hidesUsage ? withoutUsageEvent() : undefined;
    this.#tap = new StreamTap({ reader, meter, filter, bytesOf: ({ length }) => length, wholeOutputTokens, abort, ended });
    const { status, statusText, headers, url } = response;
    this.response = new Response(this.#tap.stream as ConstructorParameters<typeof Response>[0], { status, statusText, headers });
    Object.defineProperty(this.response, "url", { value: url });
  }

  /** Frees it at once; the reply is read on for a while. @param reason what a program that still reads is told */
  programLeft(reason?: unknown): void {
    this.#tap.programLeft(reason);
  }
}

function withoutUsageEvent(): ItemFilter<Uint8Array> {
  const hider = hideUsageEvent();
  const some = (bytes: Uint8Array): Uint8Array | undefined => (bytes.length > 0 ? bytes : undefined);
  return { push: (chunk) => some(hider.push(chunk)), end: () => some(hider.end()) };
}

/** Streams of the web, and those of other implementations of fetch. */
function readerOf({ body }: Response): ItemReader<Uint8Array> {
  if (body === null) return { read: async () => ({ done: true }), cancel: async () => undefined };
  if (typeof body.getReader === "function") return body.getReader() as ItemReader<Uint8Array>;
  const chunks = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  return {
    read: async () => {
      const { done, value } = await chunks.next();
      return { done: done === true, value };
    },
    cancel: async () => chunks.return?.(),
  };
}
