/** Sends a reply as the script says: in parts of its sizes, with its pauses, and broken where it breaks. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { StreamEvent } from "./formats/stream-event.ts";
import type { ScriptedReply } from "./scripted-reply.ts";

/** Cuts what flows by into parts of the given sizes, taken in turn. */
class Chunks {
  readonly #sizes: readonly number[];
  #next = 0;

  constructor(sizes: number | readonly number[]) {
    this.#sizes = typeof sizes === "number" ? [sizes] : sizes;
  }

  *of(bytes: Uint8Array): Generator<Uint8Array> {
    for (let start = 0; start < bytes.length; ) {
      const size = Math.max(1, this.#sizes[this.#next++ % this.#sizes.length] ?? bytes.length);
      yield bytes.subarray(start, start + size);
      start += size;
    }
  }
}

/** One reply's body on its way. `isBroken`: the client has gone, or the script has cut it. */
class BodyWriter {
  readonly #response: ServerResponse;
  readonly #reply: ScriptedReply;
  readonly #chunks: Chunks | undefined;
  #sent = 0;

  constructor(response: ServerResponse, reply: ScriptedReply) {
    this.#response = response;
    this.#reply = reply;
    this.#chunks = reply.chunkBytes === undefined ? undefined : new Chunks(reply.chunkBytes);
  }

  get isBroken(): boolean {
    return this.#response.destroyed || this.#response.closed;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const left = (this.#reply.resetAtByte ?? Number.POSITIVE_INFINITY) - this.#sent;
    const isCut = bytes.length >= left;
    const sent = isCut ? bytes.subarray(0, left) : bytes;
    for (const chunk of this.#chunks?.of(sent) ?? [sent]) {
      if (this.isBroken) return;
      if (!this.#response.write(chunk)) await drained(this.#response);
    }
    this.#sent += sent.length;
    if (isCut) await reset(this.#response);
  }
}

async function drained(response: ServerResponse): Promise<void> {
  const stop = new AbortController();
  const gone = (): void => stop.abort();
  response.once("close", gone);
  await once(response, "drain", { signal: stop.signal }).catch(() => {});
  response.off("close", gone);
}

/** What was written goes out first; then nothing more, not even an end. */
async function reset(response: ServerResponse): Promise<void> {
  if (!response.destroyed) await new Promise<void>((resolve) => response.write("", () => resolve()));
  response.socket?.resetAndDestroy();
  response.destroy();
}

function headOf(reply: ScriptedReply, contentType: string): Record<string, string> {
  return {
    "content-type": reply.contentType ?? contentType,
    ...(reply.isGzip === true ? { "content-encoding": "gzip" } : {}),
    ...reply.headers,
  };
}

/** @returns whether the client is still there */
export async function sendWhole(
  response: ServerResponse,
  reply: ScriptedReply,
  { status, contentType, body }: { status: number; contentType: string; body: string | Uint8Array },
): Promise<boolean> {
  if (!(await waited(response, reply))) return false;
  const plain = typeof body === "string" ? Buffer.from(body) : body;
  const bytes = reply.isGzip === true ? gzipSync(plain) : plain;
  const isOneWrite = reply.chunkBytes === undefined && reply.resetAtByte === undefined;
  // The length is known, unless what is told of it is to be cut.
  const length = isOneWrite && reply.headers?.["content-length"] === undefined ? { "content-length": String(bytes.length) } : {};
  response.writeHead(status, { ...length, ...headOf(reply, contentType) });
  const writer = new BodyWriter(response, reply);
  await writer.write(bytes);
  if (!writer.isBroken) response.end();
  return !writer.isBroken;
}

/** @returns the output tokens made until the end, or until the client had gone */
export async function sendStream(
  response: ServerResponse,
  reply: ScriptedReply,
  { contentType, events }: { contentType: string; events: readonly StreamEvent[] },
): Promise<{ produced: number; isComplete: boolean }> {
  if (!(await waited(response, reply))) return { produced: 0, isComplete: false };
  response.writeHead(200, { "cache-control": "no-cache", ...headOf(reply, contentType) });
  const writer = new BodyWriter(response, reply);
  if (reply.isGzip === true) {
    await writer.write(gzipSync(events.map(({ text }) => text).join("")));
    if (!writer.isBroken) response.end();
    return { produced: events.at(-1)?.produced ?? 0, isComplete: !writer.isBroken };
  }
  let produced = 0;
  for (const [index, event] of events.entries()) {
    if (index === reply.stallAfterEvents) {
      response.flushHeaders();
      await gone(response);
    }
    if (writer.isBroken) return { produced, isComplete: false };
    produced = event.produced;
    await writer.write(Buffer.from(event.text));
    if (reply.eventDelayMs !== undefined) await pause(reply.eventDelayMs);
  }
  if (writer.isBroken) return { produced, isComplete: false };
  response.end();
  return { produced, isComplete: true };
}

/** The pause before the head, and a reset in place of it. */
async function waited(response: ServerResponse, reply: ScriptedReply): Promise<boolean> {
  if (reply.delayMs !== undefined) await Promise.race([pause(reply.delayMs), gone(response)]);
  if (reply.resetAtByte === 0) {
    response.socket?.resetAndDestroy();
    response.destroy();
  }
  return !response.destroyed;
}

async function gone(response: ServerResponse): Promise<void> {
  if (!response.destroyed) await new Promise<void>((resolve) => response.once("close", () => resolve()));
}
