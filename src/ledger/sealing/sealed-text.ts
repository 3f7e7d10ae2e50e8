/**
 * Secrets as the book keeps them: AES-256-GCM, bound to the place where they stand, so that a sealed text which is moved to another
 * row or column opens for nobody.
 */
import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { isSealed } from "../../budget/index.ts";
import type { RandomBytes } from "../key-text.ts";

/** A key, and the id by which sealed texts say that it is theirs. */
export interface SealingKey {
  id: string;
  bytes: Uint8Array;
}

/** Where a secret stands. Column and table are words of ours; the name is the row's. */
export interface SecretPlace {
  table: "budgets";
  column: "webhook" | "webhookSecret";
  name: string;
}

/** Why a sealed text does not open. */
export type SealFailure = "other_key" | "damaged";

export type Opened = { text: string } | { failure: SealFailure };

const VERSION = 1;
const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function sealingKey(bytes: Uint8Array): SealingKey {
  const digest = createHash("sha256").update("id of a sealing key").update(bytes).digest("hex");
  return { id: digest.slice(0, 8), bytes };
}

/** `sealed:1:`, the key's id, and nonce, content and tag in base64url. */
export function seal(text: string, place: SecretPlace, key: SealingKey, randomBytes: RandomBytes): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(place));
  const sealed = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `sealed:${VERSION}:${key.id}:${sealed.toString("base64url")}`;
}

/** @param keys of which any may have sealed it */
export function open(sealed: string, place: SecretPlace, keys: readonly SealingKey[]): Opened {
  const [, version, id, content] = sealed.split(":");
  const key = keys.find((one) => one.id === id);
  if (Number(version) !== VERSION || content === undefined) return { failure: "damaged" };
  if (key === undefined) return { failure: "other_key" };
  const bytes = Buffer.from(content, "base64url");
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return { failure: "damaged" };
  try {
    const decipher = createDecipheriv(CIPHER, key.bytes, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(boundTo(place));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return { text: text.toString("utf8") };
  } catch {
    return { failure: "damaged" };
  }
}

/** The id of the key that a text is sealed with; undefined for one that stands there in clear. */
export function keyIdOf(text: string): string | undefined {
  return isSealed(text) ? text.split(":")[2] : undefined;
}

function boundTo({ table, column, name }: SecretPlace): Buffer {
  return Buffer.from(`${table}|${column}|${name}|${VERSION}`, "utf8");
}
