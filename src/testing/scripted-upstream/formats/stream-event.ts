/** One event of a stream, and how far the answer is made when it is sent. */
export interface StreamEvent {
  text: string;
  /** Output tokens made so far, of all choices. */
  produced: number;
}

export const CREATED_SECONDS = 1_750_000_000;
const TOKENS_PER_EVENT = 4;

/** `text` in parts of so many tokens, each with the number of tokens in it. */
export function parts(pieces: readonly string[], tokensPerEvent: number = TOKENS_PER_EVENT): { text: string; tokens: number }[] {
  const made: { text: string; tokens: number }[] = [];
  for (let start = 0; start < pieces.length; start += tokensPerEvent) {
    const some = pieces.slice(start, start + tokensPerEvent);
    made.push({ text: some.join(""), tokens: some.length });
  }
  return made;
}

export function dataEvent(document: unknown): string {
  return `data: ${JSON.stringify(document)}\n\n`;
}

export function namedEvent(document: { type: string }): string {
  return `event: ${document.type}\ndata: ${JSON.stringify(document)}\n\n`;
}

/** Where a stream tells usage: `last` holds the usage, `end` ends the stream. */
export function ordered(telling: "last" | "none" | "twice" | "late", usage: string, end: string): string[] {
  if (telling === "none") return [end];
  if (telling === "late") return [end, usage];
  return telling === "twice" ? [usage, usage, end] : [usage, end];
}
