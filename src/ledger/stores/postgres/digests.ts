/** Texts of any length as 16 bytes for an index, in the form of a UUID: no two texts that anybody will ever find have the same. */
import { hash } from "node:crypto";

const DIGITS_OF_16_BYTES = 32;

export function digestOf(text: string): string {
  return hash("sha256", text, "hex").slice(0, DIGITS_OF_16_BYTES);
}
