/** How a stream is cut into events. */

/** Gets what a framing finds: events as texts with their names, or the length of one that is too long to be kept. */
export interface EventSink {
  event(text: string, name: string | undefined): void;
  tooLong(bytes: number): void;
}

/** Cuts chunks of any size into events. */
export interface Framing {
  push(chunk: Buffer): void;
  /** What is left is an event if it can be one. */
  end(): void;
}

/** No event that costs money is larger; one that is, is passed over. */
export const LONGEST_EVENT_BYTES: number = 16 * 1024 * 1024;
