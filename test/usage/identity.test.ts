import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentUuid, nameUuid, type UsageRecord } from "../../src/usage/index.ts";

const NAMESPACE = Buffer.from("5b1c0f6e1d0c4a559b863f7d2a51e4c8", "hex");

/** RFC 9562 §5.5 by Node's own SHA-1. */
function referenceUuid5(name: string): string {
  const digest = createHash("sha1").update(NAMESPACE).update(name).digest().subarray(0, 16);
  digest[6] = ((digest[6] as number) & 0x0f) | 0x50;
  digest[8] = ((digest[8] as number) & 0x3f) | 0x80;
  return digest.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const record: UsageRecord = { timestampMs: 1, provider: "openai", model: "gpt-4o", tokens: { input: 3, output: 4 }, source: "jsonl" };

describe("ids from names and contents", () => {
  test("a name's id is UUID version 5, for names of every length", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        expect(nameUuid("team", name)).toBe(referenceUuid5(JSON.stringify(["team", name])));
      }),
    );
  });

  test("records with the same content have the same id, whatever the order of their fields", () => {
    const { tokens, ...rest } = record;
    expect(contentUuid({ tokens: { output: 4, input: 3 }, ...rest })).toBe(contentUuid(record));
    expect(tokens.input).toBe(3);
  });

  test("any other content has another id", () => {
    expect(contentUuid({ ...record, timestampMs: 2 })).not.toBe(contentUuid(record));
    expect(contentUuid({ ...record, team: "a" })).not.toBe(contentUuid({ ...record, user: "a" }));
  });
});
