/** Whether a grown file is still the file that was read: a fingerprint of the bytes just before the place where reading stopped. */
import { closeSync, openSync, readSync } from "node:fs";

const TAIL_BYTES = 64;

/** Two 32-bit FNV-1a hashes of up to 64 bytes that end at `end`. Told apart are a grown and a rewritten log, not an attacker's two files. */
export function tailHashOf(bytes: Uint8Array, end: number): string {
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let i = Math.max(0, end - TAIL_BYTES); i < end; i++) {
    const byte = bytes[i] as number;
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high ^ (byte + i - end), 0x01000193);
  }
  return (low >>> 0).toString(16).padStart(8, "0") + (high >>> 0).toString(16).padStart(8, "0");
}

/** The fingerprint of the bytes before `offset` of a file, or undefined where the file no longer reaches so far or can't be read. */
export function tailHashAt(path: string, offset: number): string | undefined {
  const length = Math.min(offset, TAIL_BYTES);
  const bytes = Buffer.alloc(length);
  try {
    const descriptor = openSync(path, "r");
    try {
      return readSync(descriptor, bytes, 0, length, offset - length) < length ? undefined : tailHashOf(bytes, length);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}
