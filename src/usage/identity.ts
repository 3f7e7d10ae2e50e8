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

function uuid5(name: string): string {
  const text = new TextEncoder().encode(name);
  const input = new Uint8Array(NAMESPACE.length + text.length);
  input.set(NAMESPACE);
  input.set(text, NAMESPACE.length);
  const bytes = sha1(input).subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
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
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  const words = new Uint32Array(80);
  const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getUint32(block + i * 4);
    for (let i = 16; i < 80; i++)
      words[i] = rotate((words[i - 3] as number) ^ (words[i - 8] as number) ^ (words[i - 14] as number) ^ (words[i - 16] as number), 1);
    let [a, b, c, d, e] = state as unknown as [number, number, number, number, number];
    for (let i = 0; i < 80; i++) {
      const [mix, constant] =
        i < 20
          ? [(b & c) | (~b & d), 0x5a827999]
          : i < 40
            ? [b ^ c ^ d, 0x6ed9eba1]
            : i < 60
              ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
              : [b ^ c ^ d, 0xca62c1d6];
      const next = (rotate(a, 5) + mix + e + constant + (words[i] as number)) >>> 0;
      e = d;
      d = c;
      c = rotate(b, 30) >>> 0;
      b = a;
      a = next;
    }
    [a, b, c, d, e].forEach((value, i) => {
      state[i] = ((state[i] as number) + value) >>> 0;
    });
  }
  const digest = new DataView(new ArrayBuffer(20));
  state.forEach((value, i) => {
    digest.setUint32(i * 4, value);
  });
  return new Uint8Array(digest.buffer);
}
