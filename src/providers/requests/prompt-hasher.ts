/** Hashes by which the beginnings of prompts are told apart, and by which nobody learns anything else of them. */
import { hash } from "node:crypto";

const SHA_BLOCK_BYTES = 64;
const SHA_BYTES = 32;
const START_BYTES = 32_768;
/** What a long prompt needed is given back. */
const KEPT_BYTES = 1_048_576;
/** Shorter stretches are copied faster byte by byte. */
const SHORT_BYTES = 24;
const BASE64_URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * HMAC-SHA-256 over each block and the hash of the block before it, so that equal hashes mean equal beginnings. Made of single hashes:
 * Node's own HMAC is an object for each block, which takes longer than most blocks do.
 */
export class PromptHasher {
  /** The key's inner half, the hash before, then the block. */
  #inner: Buffer = Buffer.alloc(START_BYTES);
  readonly #outer: Buffer = Buffer.alloc(SHA_BLOCK_BYTES + SHA_BYTES);
  #length = 0;

  /** @param key of at most 64 bytes */
  constructor(key: Uint8Array) {
    for (let index = 0; index < SHA_BLOCK_BYTES; index++) {
      const byte = key[index] ?? 0;
      this.#inner[index] = byte ^ 0x36;
      this.#outer[index] = byte ^ 0x5c;
    }
    this.begin();
  }

  /** Of a new prompt. */
  begin(): void {
    if (this.#inner.length > KEPT_BYTES) this.#resize(START_BYTES);
    this.#inner.fill(0, SHA_BLOCK_BYTES, SHA_BLOCK_BYTES + SHA_BYTES);
    this.#length = SHA_BLOCK_BYTES + SHA_BYTES;
  }

  byte(byte: number): void {
    if (this.#length === this.#inner.length) this.#resize(2 * this.#length);
    this.#inner[this.#length++] = byte;
  }

  bytes(source: Uint8Array, start: number = 0, end: number = source.length): void {
    const length = end - start;
    if (this.#length + length > this.#inner.length) this.#resize(2 * (this.#length + length));
    if (length > SHORT_BYTES) this.#inner.set(source.subarray(start, end), this.#length);
    else for (let index = 0; index < length; index++) this.#inner[this.#length + index] = source[start + index] as number;
    this.#length += length;
  }

  /** Ends a block: eight characters of base64url. */
  end(): string {
    const inner = hash("sha256", this.#inner.subarray(0, this.#length), "binary");
    this.#outer.write(inner, SHA_BLOCK_BYTES, SHA_BYTES, "binary");
    const whole = hash("sha256", this.#outer, "binary");
    this.#inner.write(whole, SHA_BLOCK_BYTES, SHA_BYTES, "binary");
    this.#length = SHA_BLOCK_BYTES + SHA_BYTES;
    return fourCharacters(whole, 0) + fourCharacters(whole, 3);
  }

  #resize(bytes: number): void {
    const resized = Buffer.alloc(bytes);
    this.#inner.copy(resized, 0, 0, Math.min(this.#length, bytes));
    this.#inner = resized;
  }
}

/** Of three bytes, each a character's code. */
function fourCharacters(text: string, at: number): string {
  const bits = (text.charCodeAt(at) << 16) | (text.charCodeAt(at + 1) << 8) | text.charCodeAt(at + 2);
  return (
    (BASE64_URL[bits >> 18] as string) +
    (BASE64_URL[(bits >> 12) & 63] as string) +
    (BASE64_URL[(bits >> 6) & 63] as string) +
    (BASE64_URL[bits & 63] as string)
  );
}
