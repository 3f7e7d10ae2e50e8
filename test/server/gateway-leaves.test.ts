import fc from "fast-check";
import { expect, test } from "vitest";
import { matchesGlob } from "../../src/pricing/index.ts";
import { replyKind } from "../../src/providers/index.ts";
import { EventBoundary } from "../../src/server/gateway/forwarding/event-boundary.ts";
import { Load } from "../../src/server/gateway/load.ts";

test("events are passed on whole, whatever the chunks, and nothing is lost or changed", () => {
  const line = fc.constantFrom("data: a", "data: b\r", "event: x", "\n", "\r\n", "\n\n", "\r\n\r\n", "x");
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 30 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }),
      (lines, sizes) => {
        const stream = Buffer.from(lines.join(""));
        const boundary = new EventBoundary();
        const passed: Buffer[] = [];
        for (let at = 0, index = 0; at < stream.length; index++) {
          const size = sizes[index % sizes.length] as number;
          const part = boundary.push(stream.subarray(at, at + size));
          at += size;
          passed.push(part);
          const text = Buffer.concat(passed).toString();
          expect(text === "" || /\n\r?\n$/.test(text)).toBe(true);
        }
        expect(Buffer.concat([...passed, boundary.rest()]).equals(stream)).toBe(true);
      },
    ),
  );
});

test("an event that is too long to be kept is passed on in pieces, and the stream is aligned again at the next event's end", () => {
  const boundary = new EventBoundary();
  const piece = Buffer.alloc(600_000, "x");
  expect(boundary.push(piece)).toHaveLength(0);
  expect(boundary.push(piece)).toHaveLength(1_200_000);
  expect(boundary.isAligned).toBe(false);
  expect(boundary.push(Buffer.from("\n\n")).toString()).toBe("\n\n");
  expect(boundary.isAligned).toBe(true);
});

test("globs match as a naive matcher does", () => {
  const naive = (pattern: string, name: string): boolean =>
    new RegExp(
      `^${pattern
        .split("*")
        .map((part) => part.replace(/[.\\]/g, "\\$&"))
        .join(".*")}$`,
      "s",
    ).test(name);
  const text = fc.string({ unit: fc.constantFrom("a", "b", ".", "*"), maxLength: 8 });
  const name = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 10 });
  fc.assert(fc.property(text, name, (pattern, model) => matchesGlob(pattern, model) === naive(pattern, model)));
});

test("a reply is passed on as it comes only where it streams, or can't be read", () => {
  const chat = { isStream: true, operation: "chat" } as const;
  expect(replyKind(200, "text/event-stream; charset=utf-8", chat)).toBe("events");
  expect(replyKind(200, "application/json", chat)).toBe("whole");
  expect(replyKind(200, undefined, chat)).toBe("events");
  expect(replyKind(500, "text/event-stream", chat)).toBe("whole");
  expect(replyKind(200, "application/json", { isStream: true, operation: "generate" })).toBe("events");
  expect(replyKind(200, "audio/mpeg", { isStream: false, operation: "speech" })).toBe("bytes");
  expect(replyKind(200, "text/html", { isStream: false, operation: "chat" })).toBe("whole");
});

test("guarantee G15: calls and bytes under way have an end, and what has ended makes room", () => {
  const load = new Load();
  const calls = Array.from({ length: 4096 }, () => load.begin());
  expect(() => load.begin()).toThrow("as many calls");
  calls[0]?.end();
  const call = load.begin();
  call.hold(536_870_000);
  expect(() => calls[1]?.hold(10_000)).toThrow("as many calls");
  call.end();
  calls[1]?.hold(10_000);
});
