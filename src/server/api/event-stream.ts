/** One listener's stream of server-sent events: what is in its reach, for as long as its key is accepted and it keeps up. */
import type { ServerResponse } from "node:http";
import { documentOf, type EventType, type Happening, type Listener } from "../observing/event-hub.ts";
import { jsonLine } from "../observing/legible.ts";
import type { ApiCall, ApiContext } from "./route.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

const TICK_MS = 1_000;
/** A key that is revoked ends its streams within five seconds: authentication itself may be two seconds old. */
const ASK_AGAIN_MS = 2_000;
/** Proxies close what is silent for a minute, some for half of that. */
const HEARTBEAT_MS = 15_000;
/** Who has so much unread does not keep up. */
const MOST_UNREAD_BYTES = 1_048_576;
/** Who takes nothing for so long has gone without a word. */
const STALLED_MS = 60_000;
const RECONNECT_MS = 3_000;

export const EVENT_STREAM = "text/event-stream; charset=utf-8";
// Some proxies keep what they pass on until there is enough of it.
const HEAD = ["content-type", EVENT_STREAM, ...SECURITY_HEADERS, "x-accel-buffering", "no"];

export class EventStream implements Listener {
  readonly keyId: string | undefined;
  readonly #call: Pick<ApiCall, "request" | "caller">;
  readonly #context: ApiContext;
  readonly #response: ServerResponse;
  readonly #types: ReadonlySet<EventType>;
  #reach: ApiCall["reach"];
  #timer: NodeJS.Timeout | undefined;
  #askedMs: number;
  #wroteMs: number;
  #stalledSinceMs: number | undefined;
  #isAsking = false;

  constructor(call: ApiCall, types: ReadonlySet<EventType>) {
    this.keyId = call.caller.key?.id;
    this.#call = call;
    this.#context = call.context;
    this.#response = call.response;
    this.#reach = call.reach;
    this.#types = types;
    this.#askedMs = this.#wroteMs = call.context.clock.monotonic();
  }

  /** @param lastId of the last event that the client has seen */
  begin(lastId: string | undefined): void {
    const { events } = this.#context.observing;
    const response = this.#response;
    response.writeHead(200, HEAD);
    this.#write(`retry: ${RECONNECT_MS}\n\n`);
    response.on("close", () => this.#forget());
    response.on("drain", () => {
      this.#stalledSinceMs = undefined;
    });
    if (lastId !== undefined) this.#resume(lastId);
    events.listen(this);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
    // What other processes have raised before shall not be told as new.
    this.#context.observing.alerts.poll();
  }

  happened(sequence: number, happening: Happening): void {
    if (!this.#types.has(happening.type) || !this.#mayHear(happening)) return;
    const id = this.#context.observing.events.idOf(sequence);
    this.#write(`id: ${id}\nevent: ${happening.type}\ndata: ${jsonLine(documentOf(happening))}\n\n`);
  }

  ended(): void {
    this.#end("The server closes.");
  }

  #resume(lastId: string): void {
    const { events } = this.#context.observing;
    const { events: missed, isGap } = events.since(lastId);
    if (isGap) {
      const data = {
        schema: "tokenledger.event/1",
        type: "gap",
        last_event_id: lastId,
        message: "Events between this one and the next are not known any more.",
      };
      this.#write(`id: ${events.idOf(events.last - missed.length)}\nevent: gap\ndata: ${jsonLine(data)}\n\n`);
    }
    for (const [sequence, happening] of missed) this.happened(sequence, happening);
  }

  #mayHear(happening: Happening): boolean {
    const reach = this.#reach;
    if (reach.isWhole) return true;
    switch (happening.type) {
      case "call":
        return reach.covers(happening.event.owner);
      case "refusal":
        return happening.event.owner !== undefined && reach.covers(happening.event.owner);
      case "alert":
        return happening.event.definition !== undefined && reach.coversBudget(happening.event.definition);
      case "budget":
      case "key":
        return happening.event.what === "budget" ? reach.coversBudget(happening.event.definition) : reach.coversKey(happening.event.key);
      default:
        // Of the server itself: its operators' concern.
        return false;
    }
  }

  #write(text: string): void {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    const { clock } = this.#context;
    this.#wroteMs = clock.monotonic();
    if (response.write(text)) return;
    this.#stalledSinceMs ??= this.#wroteMs;
    if (response.writableLength > MOST_UNREAD_BYTES) this.#drop();
  }

  #tick(): void {
    const { clock, observing } = this.#context;
    const nowMs = clock.monotonic();
    if (this.#stalledSinceMs !== undefined && nowMs - this.#stalledSinceMs > STALLED_MS) {
      this.#drop();
      return;
    }
    if (nowMs - this.#wroteMs >= HEARTBEAT_MS) this.#write(":\n\n");
    observing.alerts.poll();
    if (nowMs - this.#askedMs >= ASK_AGAIN_MS && !this.#isAsking) void this.#askAgain(nowMs);
  }

  /** Whether its key is still accepted; what can't be told any more counts as no. */
  async #askAgain(nowMs: number): Promise<void> {
    this.#isAsking = true;
    try {
      const caller = await this.#context.callerOf(this.#call.request);
      if (caller.role !== this.#call.caller.role || caller.key?.id !== this.keyId) {
        this.#end("The key is not what it was.");
        return;
      }
      this.#reach = this.#context.reachOf(caller);
      this.#askedMs = nowMs;
    } catch {
      this.#end("The key is not accepted any more.");
    } finally {
      this.#isAsking = false;
    }
  }

  #end(message: string): void {
    this.#write(`event: end\ndata: ${jsonLine({ schema: "tokenledger.event/1", type: "end", message })}\n\n`);
    this.#forget();
    this.#response.end();
  }

  #drop(): void {
    this.#forget();
    this.#response.destroy();
  }

  #forget(): void {
    clearInterval(this.#timer);
    this.#context.observing.events.forget(this);
  }
}
