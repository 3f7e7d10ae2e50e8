/** Reads JSON members out of bytes and keeps the key and value just read, so that nothing is made that isn't wanted. */
import { COLON, digitsEnd, NONE, QUOTE, startsWith, textEnd } from "./json-bytes.ts";

const MAX_DIGITS = 15;
const ZERO = 0x30;

/** A text that may well come again: recognised without making a string. */
export class Remembered {
  #text = "";

  of(bytes: Buffer, start: number, end: number): string {
    const text = this.#text;
    let isSame = text.length === end - start;
    for (let i = 0; isSame && i < text.length; i++) {
      const code = text.charCodeAt(i);
      isSame = code === bytes[start + i] && code < 0x80;
    }
    if (!isSame) this.#text = bytes.toString("utf8", start, end);
    return this.#text;
  }
}

export class JsonCursor {
  bytes: Buffer = Buffer.alloc(0);
  end = 0;
  /** What `string` and `count` read last. */
  text = "";
  number = 0;
  #keyStart = 0;
  keyLength = 0;

  /** Reads the key at `at`; gives the index of its value. */
  key(at: number): number {
    if (this.bytes[at] !== QUOTE) return NONE;
    const close = textEnd(this.bytes, at + 1, this.end);
    this.#keyStart = at + 1;
    this.keyLength = close - at - 1;
    return close < 0 || this.bytes[close + 1] !== COLON ? NONE : close + 2;
  }

  isKey(name: string): boolean {
    return this.keyLength === name.length && startsWith(this.bytes, this.#keyStart, name);
  }

  /** Reads a string that is not empty. */
  string(at: number, memory: Remembered): number {
    const close = this.bytes[at] === QUOTE ? textEnd(this.bytes, at + 1, this.end) : NONE;
    if (close <= at + 1) return NONE;
    this.text = memory.of(this.bytes, at + 1, close);
    return close + 1;
  }

  /** Reads a whole number that is not negative. */
  count(at: number): number {
    const end = digitsEnd(this.bytes, at);
    if (end < 0 || end - at > MAX_DIGITS || (this.bytes[at] === ZERO && end > at + 1)) return NONE;
    let number = 0;
    for (let i = at; i < end; i++) number = number * 10 + (this.bytes[i] as number) - ZERO;
    this.number = number;
    return end;
  }
}
