/** Names and contents turned into ids that are the same on every machine: UUID version 5 (RFC 9562, SHA-1). */
import type { UsageRecord } from "./usage-record.ts";

/** The namespace of TokenLedger's own ids: a random UUID, fixed for ever. */
const NAMESPACE = Uint8Array.from([0x5b, 0x1c, 0x0f, 0x6e, 0x1d, 0x0c, 0x4a, 0x55, 0x9b, 0x86, 0x3f, 0x7d, 0x2a, 0x51, 0xe4, 0xc8]);

/**
 * The id of a name: `team` + `engineering` is one UUID everywhere.
 *
 * @example
 * ```ts
 * import { nameUuid } from "tokenledger";
 * nameUuid("team", "engineering") === nameUuid("team", "engineering"); // => true
 * ```
 */
export function nameUuid(kind: string, name: string): string {
  return uuid5(JSON.stringify([kind, name]));
}

/**
 * The id of a record that brought none: two records with the same content are the same call.
 *
 * @example
 * ```ts
 * import { contentUuid } from "tokenledger";
 * const call = { timestampMs: 1, provider: "openai", model: "gpt-5", tokens: { input: 3 }, source: "library" };
 * contentUuid(call) === contentUuid({ ...call, id: "other" }); // => true
 * ```
 */
export function contentUuid(record: UsageRecord): string {
  const { id: _id, replay: _replay, ...content } = record;
  return uuid5(canonicalJson(content));
}

function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(",")}}`;
}

const ENCODER = new TextEncoder();
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function uuid5(name: string): string {
  const text = ENCODER.encode(name);
  const input = new Uint8Array(NAMESPACE.length + text.length);
  input.set(NAMESPACE);
  input.set(text, NAMESPACE.length);
  const bytes = sha1(input).subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  let hex = "";
  for (const byte of bytes) hex += HEX[byte] as string;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** SHA-1 (FIPS 180-4): the pure core may not reach for Node's crypto. Not used where an attacker chooses both sides. */
function sha1(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array((((message.length + 8) >> 6) + 1) << 6);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(message.length / 0x20000000));
  view.setUint32(padded.length - 4, (message.length << 3) >>> 0);
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  for (let block = 0; block < padded.length; block += 64) mixBlock(state, view, block);
  const digest = new DataView(new ArrayBuffer(20));
  for (let i = 0; i < 5; i++) digest.setInt32(i * 4, state[i] as number);
  return new Uint8Array(digest.buffer);
}

/** Reused: every settled call has its id made. */
const words = new Int32Array(80);

/** Nothing is allocated here, and numbers stay small integers. */
function mixBlock(state: Int32Array, view: DataView, block: number): void {
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(block + i * 4);
  for (let i = 16; i < 80; i++) {
    const word = (words[i - 3] as number) ^ (words[i - 8] as number) ^ (words[i - 14] as number) ^ (words[i - 16] as number);
    words[i] = (word << 1) | (word >>> 31);
  }
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  for (let i = 0; i < 80; i++) {
    let mixed: number;
    if (i < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999;
    else if (i < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1;
    else if (i < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    else mixed = (b ^ c ^ d) + 0xca62c1d6;
    const next = (((a << 5) | (a >>> 27)) + mixed + e + (words[i] as number)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  state[0] = (state[0] as number) + a;
  state[1] = (state[1] as number) + b;
  state[2] = (state[2] as number) + c;
  state[3] = (state[3] as number) + d;
  state[4] = (state[4] as number) + e;
}
