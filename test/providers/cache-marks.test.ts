import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PromptHasher, readRequest, withCacheMarks } from "../../src/providers/index.ts";

const HASHER = new PromptHasher(new Uint8Array(32).fill(3));

const text = fc.string({ maxLength: 30 });
const part = fc.oneof(
  fc.record({ type: fc.constant("text"), text }),
  fc.record({ type: fc.constant("thinking"), thinking: text, signature: text }),
  fc.record({ type: fc.constant("tool_use"), id: text, name: text, input: fc.dictionary(text, text) }),
);
const content = fc.oneof(text, fc.array(part, { minLength: 1, maxLength: 4 }));
const request = fc.record(
  {
    model: fc.constant("claude-sonnet-4-5"),
    max_tokens: fc.constant(100),
    messages: fc.array(fc.record({ role: fc.constantFrom("user", "assistant"), content }), { minLength: 1, maxLength: 6 }),
    system: content,
    tools: fc.array(fc.record({ name: text, input_schema: fc.constant({ type: "object" }) }), { maxLength: 3 }),
  },
  { requiredKeys: ["model", "max_tokens", "messages"] },
);
const blocks = fc.oneof(fc.constant("usual" as const), fc.array(fc.nat(12), { maxLength: 6 }));

/** As a provider reads it: without marks, and a text that stands alone as it is among parts. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (name, inner: unknown) => {
    if (name === "content" || name === "system") return typeof inner === "string" ? [{ type: "text", text: inner }] : inner;
    if (typeof inner === "object" && inner !== null) Reflect.deleteProperty(inner, "cache_control");
    return inner;
  });
}

function bytesOf(body: unknown, spaces: number): Buffer {
  return Buffer.from(JSON.stringify(body, null, spaces));
}

describe("marks for a provider's cache", () => {
  test("add nothing but themselves, and never more than four", () => {
    fc.assert(
      fc.property(request, blocks, fc.constantFrom("5m" as const, "1h" as const), fc.nat(3), (body, where, lifetime, spaces) => {
        fc.pre(!JSON.stringify(body).includes("cache_control"));
        const marked = withCacheMarks(bytesOf(body, spaces), { blocks: where, lifetime });
        if (marked === undefined) return;
        const written = Buffer.from(marked).toString();
        const count = written.split('"cache_control"').length - 1;
        expect(count).toBeGreaterThan(0);
        expect(count).toBeLessThanOrEqual(4);
        expect(plain(JSON.parse(written))).toEqual(plain(body));
      }),
    );
  });

  test("leave the prompt's hashes as they were, and make its bound one of a call that writes a cache", () => {
    fc.assert(
      fc.property(request, blocks, (body, where) => {
        const bytes = bytesOf(body, 0);
        fc.pre(!bytes.includes("cache_control"));
        const marked = withCacheMarks(bytes, { blocks: where, lifetime: "1h" });
        if (marked === undefined) return;
        const before = readRequest("messages", bytes, { hasher: HASHER }).facts;
        const reading = readRequest("messages", marked, { hasher: HASHER });
        expect(reading.facts).toEqual(before);
        expect(reading.dearKinds.cacheWrite).toBe("1h");
      }),
    );
  });

  test("thoughts and empty texts are not marked, but what stands before them", () => {
    const thought = { type: "thinking", thinking: "Hm.", signature: "x" };
    const body = {
      model: "claude-sonnet-4-5",
      max_tokens: 100,
      messages: [
        { role: "user", content: "One?" },
        { role: "assistant", content: [thought] },
        { role: "user", content: "" },
      ],
    };
    const marked = JSON.parse(Buffer.from(withCacheMarks(bytesOf(body, 0), { blocks: [2], lifetime: "5m" }) as Uint8Array).toString());
    expect(marked.messages[0].content).toEqual([{ type: "text", cache_control: { type: "ephemeral" }, text: "One?" }]);
    expect(marked.messages.slice(1)).toEqual(body.messages.slice(1));
  });
});
