import { expect, it } from "vitest";
import { readReply, streamMeter } from "../../src/providers/index.ts";
import { withData } from "../shared-data.ts";
import { type Cut, cutEvery, seededCuts } from "./chunks.ts";
import { expectedFacts, type RecordedReply, readFacts, recordedReplies } from "./recorded-reply.ts";

/** The fallback's model answers, whatever the head of the stream has said before: its usage is what the reply shows. */
const ANSWERED_BY_FALLBACK = new Map([["claude-fable-5", "claude-opus-4-8"]]);

withData("responses", (folder) => {
  const replies = recordedReplies(folder);

  it("finds the recorded replies", () => {
    expect(replies.filter(({ reply }) => reply.expected).length).toBeGreaterThanOrEqual(445);
  });

  it.each(replies.filter(({ reply }) => reply.expected).map(({ reply, bytes }) => [reply.id, reply, bytes] as const))(
    "reads %s to exactly its usage, whole and in chunks of 1 byte, 7 bytes and random sizes",
    (_id, reply, bytes) => {
      const { expected, headers } = reply;
      if (!expected) throw new Error("has expected usage");
      const whole = bytes();
      const reading = readReply(whole, { headers });
      expect(withoutTypes(readFacts(reading, expected))).toEqual(withoutTypes(expectedFacts(expected)));
      expect(modelFits(reply, reading.model, expected.iterations_by_model)).toBe(true);
      const seen = JSON.stringify(seenOf(reply, whole, cutEvery(whole.length)));
      for (const cut of cutsFor(whole)) {
        expect(meterReading(reply, whole, cut)).toEqual(reading);
        expect(JSON.stringify(seenOf(reply, whole, cut))).toBe(seen);
      }
    },
  );

  it.each(replies.filter(({ reply }) => !reply.expected).map(({ reply, bytes }) => [reply.id, reply, bytes] as const))(
    "reads %s, which has no usage, the same in any chunks",
    (_id, reply, bytes) => {
      const whole = bytes();
      const reading = readReply(whole, { headers: reply.headers });
      // Realtime messages of WebSockets have usage, which the index leaves open.
      if (!reply.kind.endsWith("realtime")) expect(reading.usage).toBeUndefined();
      const isJson = reply.format === "json" || reply.format === "sse";
      if (reply.http_status >= 400 && isJson) expect(reading.error).toBeDefined();
      for (const cut of cutsFor(whole)) expect(meterReading(reply, whole, cut)).toEqual(reading);
    },
  );
});

/** Single bytes of a few large replies of embeddings would take long and show nothing new. */
function cutsFor(whole: Buffer): Cut[] {
  const small = whole.length < 300_000 ? [cutEvery(1)] : [];
  return [...small, cutEvery(7), seededCuts(whole.length, 40), seededCuts(whole.length + 1, 3000)];
}

function meterReading(reply: RecordedReply, whole: Buffer, cut: Cut) {
  const meter = streamMeter({ contentType: reply.content_type, headers: reply.headers });
  for (const chunk of cut(whole)) meter.push(chunk);
  meter.end();
  return meter.reading();
}

function seenOf(reply: RecordedReply, whole: Buffer, cut: Cut) {
  const meter = streamMeter({ contentType: reply.content_type, headers: reply.headers });
  for (const chunk of cut(whole)) meter.push(chunk);
  meter.end();
  return { ...meter.seen() };
}

/** Which passes the index has seen is told by their counts; their types are its own. */
function withoutTypes(facts: Record<string, unknown>): Record<string, unknown> {
  const { passes } = facts as { passes?: Record<string, Record<string, unknown>> };
  if (!passes) return facts;
  const counts = Object.entries(passes).map(([model, { types: _types, ...pass }]) => [model, pass]);
  return { ...facts, passes: Object.fromEntries(counts) };
}

function modelFits({ response_model: expected }: RecordedReply, model: string | undefined, passes?: Record<string, unknown>): boolean {
  if (expected === null) return true;
  return model === expected || (passes !== undefined && model === ANSWERED_BY_FALLBACK.get(expected));
}
