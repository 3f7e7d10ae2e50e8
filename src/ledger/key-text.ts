/** The text of a virtual key: `tl_live_`, 8 characters that name it, 32 random bytes, and a checksum against typing errors. */
import { createHash } from "node:crypto";

const PREFIX = "tl_live_";
const ID_LENGTH = 8;
const SECRET_BYTES = 32;
const GENERATED = /^(tl_live_([a-z2-7]{8})_[A-Za-z0-9_-]{43})_([0-9a-f]{8})$/;
const ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const CRC_POLYNOMIAL = 0xedb88320;

/** Answers so many bytes that nobody can guess. */
export type RandomBytes = (size: number) => Uint8Array;

export interface KeyText {
  key: string;
  id: string;
  digest: Uint8Array;
  last4: string;
}

/** A new key. */
export function makeKey(randomBytes: RandomBytes): KeyText {
  const id = idIn(randomBytes(ID_LENGTH));
  const body = `${PREFIX}${id}_${Buffer.from(randomBytes(SECRET_BYTES)).toString("base64url")}`;
  return readKey(`${body}_${checksumOf(body)}`) as KeyText;
}

/**
 * Under which id the key of this text is kept, and its digest. A text that was not made here is named by its digest.
 *
 * @returns undefined for a key of ours with a typing error in it
 */
export function readKey(key: string): KeyText | undefined {
  const digest = createHash("sha256").update(key).digest();
  const [, body, id, checksum] = GENERATED.exec(key) ?? [];
  if (body === undefined ? key.startsWith(PREFIX) : checksumOf(body) !== checksum) return undefined;
  return { key, id: id ?? idIn(createHash("sha256").update("id of ").update(digest).digest()), digest, last4: key.slice(-4) };
}

/** Of each byte, five bits. */
function idIn(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, ID_LENGTH), (byte) => ID_ALPHABET[byte & 31]).join("");
}

/** CRC-32, as of zip files. */
function checksumOf(text: string): string {
  let crc = ~0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? CRC_POLYNOMIAL : 0);
  }
  return (~crc >>> 0).toString(16).padStart(8, "0");
}
