/** Texts of any length as 16 bytes for an index, in the form of a UUID: no two texts that anybody will ever find have the same. */
import { createHash } from "node:crypto";

const DIGITS_OF_16_BYTES = 32;

export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, DIGITS_OF_16_BYTES);
}
