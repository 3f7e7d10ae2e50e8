import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { connection } from "../../web/src/api/connection.ts";
import { eventsIn, listenToEvents, type ServerEvent } from "../../web/src/api/event-stream.ts";

function streamOf(...pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const eventText = (id: string, type: string, data: object): string => `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

async function read(body: ReadableStream<Uint8Array>): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of eventsIn(body)) events.push(event);
  return events;
}

test("events are read alike, wherever the stream is cut into pieces", async () => {
  const text = `retry: 3000\n\n${eventText("1", "call", { model: "modèle 🙂\n" })}:\n\n${eventText("2", "note", { message: "ok" })}`;
  const bytes = bytesOf(text);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 }), async (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((end, index) => bytes.slice(places[index], end));
      expect(await read(streamOf(...pieces))).toEqual([
        { id: "1", type: "call", data: { model: "modèle 🙂\n" } },
        { id: "2", type: "note", data: { message: "ok" } },
      ]);
    }),
  );
});

describe("listening", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    connection.signedIn();
  });

  /** The server's answers in turn; gives what it was asked with. After the last, listening ends. */
  async function listened(
    answers: readonly ((signal: AbortSignal | undefined) => Response)[],
  ): Promise<{ asked: (string | null)[]; types: string[]; states: string[] }> {
    const end = new AbortController();
    const asked: (string | null)[] = [];
    const types: string[] = [];
    const states: string[] = [];
    const left = [...answers];
    vi.stubGlobal("fetch", async (path: string, { headers, signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {}) => {
      if (path === "/health") return new Response("{}");
      asked.push(headers?.["last-event-id"] ?? null);
      const answer = left.shift();
      if (left.length === 0) setTimeout(() => end.abort(), 1);
      return answer?.(signal) ?? new Response(null, { status: 204 });
    });
    const listening = listenToEvents(
      {},
      { signal: end.signal, happened: ({ type }) => types.push(type), became: (state, reason) => states.push(reason ?? state) },
    );
    listening.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(200_000);
    await listening;
    return { asked, types, states };
  }

  const streaming = (...texts: readonly string[]): Response => new Response(streamOf(...texts.map(bytesOf)));
  const refusal = (status: number, headers: Record<string, string> = {}): Response =>
    new Response(JSON.stringify({ error: { code: "x", message: `Refused with ${status}.` } }), { status, headers });

  test("where a stream ends, the next goes on after the last event that was seen", async () => {
    const { asked, types } = await listened([
      () => streaming(eventText("1", "call", {}), eventText("2", "call", {})),
      () => streaming(eventText("3", "call", {})),
      () => streaming(),
    ]);
    expect(asked).toEqual([null, "2", "3"]);
    expect(types).toEqual(["call", "call", "call"]);
  });

  test("where nothing was seen to go on from, what may be missing is told as a gap", async () => {
    const { asked, types } = await listened([() => streaming(":\n\n"), () => streaming(eventText("9", "call", {})), () => streaming()]);
    expect(asked).toEqual([null, null, "9"]);
    expect(types).toEqual(["gap", "call"]);
  });

  test("a server without room is asked again when it said, and its reason is told", async () => {
    const startMs = Date.now();
    let againMs = 0;
    const { states } = await listened([
      () => refusal(429, { "retry-after": "30" }),
      () => {
        againMs = Date.now();
        return streaming();
      },
    ]);
    expect(againMs - startMs).toBe(30_000);
    expect(states.slice(0, 3)).toEqual(["connecting", "Refused with 429.", "connecting"]);
  });

  test("a session that has ended is not asked with until somebody has signed in", async () => {
    let tries = 0;
    const count = (answer: Response) => () => {
      tries++;
      return answer;
    };
    const listening = listened([count(refusal(401)), count(streaming())]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([connection.state, tries]).toEqual(["expired", 1]);
    connection.signedIn();
    await listening;
    expect(tries).toBe(2);
  });

  test("a stream that is silent for longer than the server ever is, is given up and begun again", async () => {
    const { asked } = await listened([
      (signal) =>
        new Response(
          new ReadableStream({
            start(controller) {
              controller.enqueue(bytesOf(eventText("1", "call", {})));
              signal?.addEventListener("abort", () => controller.error(new DOMException("The request was given up.", "AbortError")));
            },
          }),
        ),
      () => streaming(),
    ]);
    expect(asked).toEqual([null, "1"]);
  });

  test("a no for good ends it", async () => {
    await expect(listened([() => refusal(403)])).rejects.toThrow("Refused with 403.");
  });
});
