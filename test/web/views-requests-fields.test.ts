import { describe, expect, test } from "vitest";
import type { UsageRecordDocument } from "../../web/src/api/documents.ts";
import { metadataLines, recordFields } from "../../web/src/views/requests/record-fields.ts";

const RECORD = { id: "a", timestamp: "2026-05-01T09:30:00.000Z", provider: "openai", model: "gpt-4o", input_tokens: 0, output_tokens: 2 };
/** Also as another version of the server may tell it, whose fields the types of this one don't know. */
const recordOf = (more: object): UsageRecordDocument => ({ ...RECORD, ...more }) as UsageRecordDocument;

describe("what a record says", () => {
  test("every field is told, also one that this page does not know yet; what is not there is left out", () => {
    const fields = recordFields(recordOf({ later_field: { a: 1 }, tags: ["x"], metadata: { note: "y" } }));
    expect(fields.map(({ name }) => name)).toEqual([
      "id",
      "timestamp",
      "provider",
      "model",
      "input_tokens",
      "output_tokens",
      "later_field",
    ]);
    expect(fields.at(-1)).toEqual({ name: "later_field", label: "later_field", text: '{"a":1}' });
  });

  test("no tokens are 0, an unknown cost is unpriced, and neither is the other", () => {
    const texts = Object.fromEntries(recordFields(recordOf({ cost_usd: null, latency_ms: null })).map(({ name, text }) => [name, text]));
    expect(texts).toMatchObject({ input_tokens: "0", cost_usd: "unpriced", latency_ms: "unknown" });
  });

  test("metadata is text, whatever it holds", () => {
    expect(metadataLines(recordOf({ metadata: { a: "<b>", b: { c: [1] } } }))).toEqual(["a: <b>", 'b: {"c":[1]}']);
    expect(metadataLines(recordOf({}))).toEqual([]);
  });
});
