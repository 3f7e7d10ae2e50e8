/** The server's events as they happen, read by fetch: unlike the browser's EventSource it tells why there are none, and can show a key. */
import { ApiError, fetchFromServer, type Parameters } from "./client.ts";

export interface ServerEvent {
  id: string | undefined;
  type: string;
  /** The JSON document of the event. */
  data: Readonly<Record<string, unknown>>;
}

export type StreamState = "connecting" | "listening" | "waiting";

const AGAIN_MS = 3_000;

/** Listens until the signal says no more; where the stream breaks, it goes on with what was missed. */
export async function listenToEvents(
  parameters: Parameters,
  { signal, happened, became }: { signal: AbortSignal; happened: (event: ServerEvent) => void; became: (state: StreamState) => void },
): Promise<void> {
  let lastId: string | undefined;
  while (!signal.aborted) {
    became("connecting");
    try {
      const headers = lastId === undefined ? {} : { "last-event-id": lastId };
      const response = await fetchFromServer("/api/v1/events", { parameters, headers, signal });
      became("listening");
      if (response.body !== null) {
        for await (const event of eventsIn(response.body)) {
          lastId = event.id ?? lastId;
          happened(event);
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && !error.isPassing && error.status !== 401) throw error;
    }
    became("waiting");
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, AGAIN_MS);
      signal.addEventListener("abort", () => resolve(clearTimeout(timer)), { once: true });
    });
  }
}

/** The events in a stream of bytes, however it is cut into pieces. */
export async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let unread = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
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
