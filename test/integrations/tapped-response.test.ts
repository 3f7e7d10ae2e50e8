import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Tap } from "../../src/integrations/tapped-response.ts";
import { streamMeter } from "../../src/providers/index.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const EVENT = 'data: {"choices":[{"delta":{"content":"Four springs."}}]}\n\n';
const END = 'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}\n\ndata: [DONE]\n\n';

interface Tapped {
  tap: Tap;
  endings: string[];
  aborted: number;
  push(text: string): void;
  close(): void;
}

function tapped(): Tapped {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given;
    },
  });
  const found: Tapped = { tap: undefined as unknown as Tap, endings: [], aborted: 0, push: () => undefined, close: () => undefined };
  found.push = (text) => controller.enqueue(Buffer.from(text));
  found.close = () => controller.close();
  found.tap = tapOf(new Response(body as unknown as ConstructorParameters<typeof Response>[0]), found);
  return found;
}

function tapOf(response: Response, seen: { endings: string[]; aborted: number }): Tap {
  return new Tap({
    response,
    meter: streamMeter({ contentType: "text/event-stream" }),
    hidesUsage: true,
    wholeOutputTokens: undefined,
    abort: () => void seen.aborted++,
    ended: async ({ ending, reading }) => void seen.endings.push(`${ending}, ${reading.usage?.tokens.output} tokens`),
  });
}

test("what is read is what came, without the usage event, and the end is told when it is settled", async () => {
  const reply = tapped();
  reply.push(EVENT);
  reply.push(END);
  reply.close();
  expect(await reply.tap.response.text()).toBe(`${EVENT}data: [DONE]\n\n`);
  expect(reply.endings).toEqual(["complete, 3 tokens"]);
});

test("nothing is asked of the provider before the program asks", async () => {
  const reply = tapped();
  reply.push(EVENT);
  await vi.advanceTimersByTimeAsync(1000);
  expect(reply.endings).toEqual([]);
  expect(reply.tap.response.bodyUsed).toBe(false);
});

test("a stream that was left is read on for 2.5 seconds, and no longer", async () => {
  const reply = tapped();
  const reader = reply.tap.response.body?.getReader();
  reply.push(EVENT);
  await reader?.read();
  await reader?.cancel();
  await vi.advanceTimersByTimeAsync(2400);
  expect([reply.endings, reply.aborted]).toEqual([[], 0]);
  await vi.advanceTimersByTimeAsync(200);
  expect([reply.endings, reply.aborted]).toEqual([["aborted, undefined tokens"], 1]);
});

test("a stream that was left is read on until it is complete, where that is sooner", async () => {
  const reply = tapped();
  await reply.tap.response.body?.cancel();
  reply.push(EVENT);
  reply.push(END);
  await vi.advanceTimersByTimeAsync(10);
  expect(reply.endings).toEqual(["aborted, 3 tokens"]);
});

test("a stream that nobody reads for ten minutes is left", async () => {
  const reply = tapped();
  reply.push(EVENT);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(reply.endings).toEqual([]);
  await vi.advanceTimersByTimeAsync(2500);
  expect([reply.endings, reply.aborted]).toEqual([["aborted, undefined tokens"], 1]);
});

test("bodies of other implementations of fetch, and none at all, can be tapped", async () => {
  const seen = { endings: [] as string[], aborted: 0 };
  const chunks = (async function* () {
    yield Buffer.from(EVENT);
    yield Buffer.from(END);
  })();
  const { headers } = new Response();
  const foreign = { body: chunks, status: 200, statusText: "OK", headers, url: "https://example.com/" } as unknown as Response;
  expect(await tapOf(foreign, seen).response.text()).toBe(`${EVENT}data: [DONE]\n\n`);
  expect(await tapOf(new Response(null), seen).response.text()).toBe("");
  expect(seen.endings).toEqual(["complete, 3 tokens", "complete, undefined tokens"]);
});
