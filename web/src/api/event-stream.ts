/** The server's events as they happen, read by fetch: unlike the browser's EventSource it tells why there are none, and can show a key. */
import { ApiError, fetchFromServer, type Parameters } from "./client.ts";
import { connection } from "./connection.ts";

export interface ServerEvent {
  id: string | undefined;
  type: string;
  /** The JSON document of the event. */
  data: Readonly<Record<string, unknown>>;
}

export type StreamState = "connecting" | "listening" | "waiting";

export interface EventListener {
  signal: AbortSignal;
  happened(event: ServerEvent): void;
  /** @param reason why it waits, where the server has said so */
  became(state: StreamState, reason?: string): void;
}

const AGAIN_MS = 3_000;
/** The server sends a comment every 15 seconds: what is silent for so long is no connection any more. */
const SILENCE_MS = 40_000;

/**
 * Listens until the signal says no more; where the stream breaks, it goes on with what was missed. What may have been missed without a
 * trace is told as a `gap`, as the server does.
 *
 * @throws ApiError where the server says no for good
 */
export async function listenToEvents(parameters: Parameters, { signal, happened, became }: EventListener): Promise<void> {
  let lastId: string | undefined;
  let hasListened = false;
  while (!signal.aborted) {
    became("connecting");
    let pauseMs = AGAIN_MS;
    let reason: string | undefined;
    const silence = silenceAfter(SILENCE_MS);
    try {
      const headers = lastId === undefined ? {} : { "last-event-id": lastId };
      const response = await fetchFromServer("/api/v1/events", { parameters, headers, signal: AbortSignal.any([signal, silence.signal]) });
      became("listening");
      if (hasListened && lastId === undefined) happened(UNTRACED_GAP);
      hasListened = true;
      if (response.body !== null) {
        for await (const event of eventsIn(response.body, silence.heard)) {
          lastId = event.id ?? lastId;
          happened(event);
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError) {
        if (!error.isPassing && error.status !== 401) throw error;
        pauseMs = error.retryAfterMs ?? AGAIN_MS;
        if (error.status !== 0 && error.status !== 401) reason = error.message;
      }
    } finally {
      silence.end();
    }
    if (signal.aborted) return;
    void connection.doubted();
    became("waiting", reason);
    await pause(pauseMs, signal);
    await connection.whenOk(signal);
  }
}

const UNTRACED_GAP: ServerEvent = {
  id: undefined,
  type: "gap",
  data: { type: "gap", message: "The connection was away; events of that time are not known here." },
};

/** A signal that is given where nothing is heard for so long. */
function silenceAfter(ms: number): { signal: AbortSignal; heard: () => void; end: () => void } {
  const controller = new AbortController();
  const begin = (): ReturnType<typeof setTimeout> => setTimeout(() => controller.abort(), ms);
  let timer = begin();
  const end = (): void => clearTimeout(timer);
  const heard = (): void => {
    end();
    timer = begin();
  };
  return { signal: controller.signal, heard, end };
}

/** Until the time is over, the connection is there again, or nobody waits any more. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      forget();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    const forget = connection.listen((state) => state === "ok" && end());
    signal.addEventListener("abort", end);
  });
}

/** The events in a stream of bytes, however it is cut into pieces. */
export async function* eventsIn(body: ReadableStream<Uint8Array>, heard: () => void = () => undefined): AsyncGenerator<ServerEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let unread = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      const parts = (unread + value).split("\n\n");
      unread = parts.pop() ?? "";
      for (const part of parts) {
        const event = eventIn(part);
        if (event !== undefined) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Undefined for comments and for what holds no data. */
function eventIn(text: string): ServerEvent | undefined {
  let id: string | undefined;
  let type = "message";
  let data: string | undefined;
  for (const line of text.split("\n")) {
    if (line.startsWith("id: ")) id = line.slice(4);
    else if (line.startsWith("event: ")) type = line.slice(7);
    else if (line.startsWith("data: ")) data = data === undefined ? line.slice(6) : `${data}\n${line.slice(6)}`;
  }
  return data === undefined ? undefined : { id, type, data: JSON.parse(data) };
}
