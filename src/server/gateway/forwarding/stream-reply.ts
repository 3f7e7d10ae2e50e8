/** A reply that is passed on while it comes: bytes to the client, the same bytes to the meter, and a hold that grows with them. */
import type { ServerResponse } from "node:http";
import {
  hideUsageEvent,
  type MeteredStream,
  type Seen,
  type StreamEnding,
  type StreamMeter,
  streamEnd,
  streamError,
  streamMeter,
} from "../../../providers/index.ts";
import { Relay } from "../../http/relay.ts";
import type { UpstreamCall } from "../../http/upstream-connection.ts";
import type { UpstreamFailure } from "../../http/upstream-failure.ts";
import type { GrowingHold } from "../admission/growing-hold.ts";
import type { GatewayCall } from "../gateway-call.ts";
import { EventBoundary } from "./event-boundary.ts";

export interface StreamedReply extends MeteredStream {
  kind: "streamed";
  status: number;
  failure?: UpstreamFailure;
}

/** So much is read after the client has left, to learn what the call has used. */
const DRAINED_BYTES = 1_048_576;

export interface StreamReplyOptions {
  call: GatewayCall;
  response: ServerResponse;
  source: UpstreamCall;
  status: number;
  headers: string[];
  contentType: string | undefined;
  /** Not readable: passed on only. */
  isOpaque: boolean;
  /** The usage event was asked for here, not by the client. */
  hidesUsage: boolean;
  hold: GrowingHold;
  done: (reply: StreamedReply) => void;
}

export class StreamReply {
  readonly #options: StreamReplyOptions;
  readonly #relay: Relay;
  readonly #meter: StreamMeter | undefined;
  readonly #boundary: EventBoundary | undefined;
  readonly #hider: ReturnType<typeof hideUsageEvent> | undefined;
  #bytes = 0;
  #drainedBytes = 0;
  #isClientGone = false;
  /** The ending that was decided here, before the provider's side has ended. */
  #decided: StreamEnding | undefined;
  #hasEnded = false;
  #isClientSlow = false;
  #isHoldShort = false;
  #isPaused = false;

  constructor(options: StreamReplyOptions) {
    const { call, contentType, isOpaque, hidesUsage, response, status, headers } = options;
    this.#options = options;
    if (!isOpaque) {
      const { operation } = call.reading;
      this.#meter = streamMeter({ operation, ...(contentType === undefined ? {} : { contentType }) });
      if (contentType === undefined || !JSON_ARRAY.test(contentType)) this.#boundary = new EventBoundary();
      if (hidesUsage) this.#hider = hideUsageEvent();
    }
    this.#relay = new Relay(response, { pause: () => this.#clientIs(true), resume: () => this.#clientIs(false) });
    this.#relay.onGone = () => this.clientGone();
    this.#relay.head(status, headers);
    if (this.#relay.isGone) this.clientGone();
  }

  push(chunk: Buffer): void {
    if (this.#decided === "cut") return;
    this.#bytes += chunk.length;
    this.#meter?.push(chunk);
    if (this.#isClientGone) this.#drain(chunk.length);
    else this.#pass(chunk);
    if (!this.#hasEnded && this.#meter !== undefined) this.checkHold();
  }

  /** Asked again when the hold has changed. */
  checkHold(): void {
    if (this.#hasEnded || this.#decided !== undefined || this.#meter === undefined) return;
    const seen = this.#meter.seen();
    const verdict = seen.isComplete ? "go" : this.#options.hold.verdict(seen);
    if (verdict === "cut") this.#cut(seen);
    else if (this.#isHoldShort !== (verdict === "wait")) {
      this.#isHoldShort = verdict === "wait";
      this.#flow();
    }
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#meter?.end();
    if (this.#decided === undefined && !this.#isClientGone) {
      const rest = this.#boundary?.rest();
      if (rest !== undefined && rest.length > 0) this.#relay.write(this.#hider?.push(rest) ?? rest);
      const last = this.#hider?.end();
      this.#relay.end(last !== undefined && last.length > 0 ? last : undefined);
    }
    this.#finish(this.#decided ?? (this.#isClientGone ? "aborted" : "complete"));
  }

  failed(failure: UpstreamFailure): void {
    if (this.#hasEnded) return;
    this.#meter?.end();
    if (this.#decided === undefined && !this.#isClientGone) this.#tellFailure();
    this.#finish(this.#decided ?? (this.#isClientGone ? "aborted" : "failed"), failure);
  }

  /** The time for which the provider is listened to after the client has left is over; or the server closes. */
  stop(): void {
    if (this.#hasEnded) return;
    this.#decided ??= this.#isClientGone ? "aborted" : "failed";
    if (!this.#isClientGone) this.#tellFailure();
    this.#options.source.abort();
  }

  clientGone(): void {
    if (this.#isClientGone || this.#hasEnded) return;
    this.#isClientGone = true;
    this.#isClientSlow = false;
    this.#flow();
    if (this.#meter === undefined || this.#meter.seen().isComplete) this.#options.source.abort();
  }

  get providerId(): string | undefined {
    return this.#meter?.reading().id;
  }

  get isClientGone(): boolean {
    return this.#isClientGone;
  }

  #pass(chunk: Buffer): void {
    const aligned = this.#boundary === undefined ? chunk : this.#boundary.push(chunk);
    if (aligned.length === 0) return;
    const shown = this.#hider === undefined ? aligned : this.#hider.push(aligned);
    if (shown.length > 0) this.#relay.write(shown);
  }

  #drain(bytes: number): void {
    this.#drainedBytes += bytes;
    if (this.#drainedBytes > DRAINED_BYTES || this.#meter?.seen().isComplete === true) this.#options.source.abort();
  }

  #cut(seen: Seen): void {
    this.#decided = "cut";
    this.#options.source.abort();
    if (this.#isClientGone) return;
    if (this.#boundary?.isAligned !== true) {
      this.#relay.breakOff();
      return;
    }
    const last = this.#hider?.end();
    if (last !== undefined && last.length > 0) this.#relay.write(last);
    this.#relay.end(streamEnd(this.#options.call.reading.operation, this.#endOf(seen)));
  }

  #endOf(seen: Seen): Parameters<typeof streamEnd>[1] {
    const { reading, startedMs } = this.#options.call;
    const { id, model = reading.model, usage } = this.#meter?.reading() ?? {};
    const input = usage?.tokens.input ?? reading.input.likely;
    return {
      model,
      ...(id === undefined ? {} : { id }),
      ...placeOf(seen),
      usage: { input, output: Math.max(usage?.tokens.output ?? 0, Math.ceil(seen.outputBytes / 4)) },
      asksForUsage: reading.asksForUsage,
      nowMs: startedMs,
    };
  }

  #tellFailure(): void {
    if (this.#boundary?.isAligned !== true) {
      this.#relay.breakOff();
      return;
    }
    const { requestId, reading } = this.#options.call;
    const error = { status: 502, code: "upstream_failed", message: "The provider's reply broke off.", requestId };
    this.#relay.end(streamError(reading.operation, error));
  }

  #clientIs(slow: boolean): void {
    this.#isClientSlow = slow;
    this.#flow();
  }

  /** The provider waits for the slowest of those that wait for others. */
  #flow(): void {
    const mustWait = this.#isClientSlow || this.#isHoldShort;
    if (mustWait === this.#isPaused || this.#hasEnded) return;
    this.#isPaused = mustWait;
    if (mustWait) this.#options.source.pause();
    else this.#options.source.resume();
  }

  #finish(ending: StreamEnding, failure?: UpstreamFailure): void {
    this.#hasEnded = true;
    const { hold, status } = this.#options;
    const reading = this.#meter?.reading() ?? {};
    const seen = this.#meter?.seen() ?? { outputBytes: this.#bytes, outputEvents: 0, isComplete: ending === "complete", wasTooLong: false };
    const reply: StreamedReply = { kind: "streamed", status, ending, reading, seen, heldOutputTokens: hold.heldTokens };
    this.#options.done(failure === undefined ? reply : { ...reply, failure });
  }
}

const JSON_ARRAY = /^application\/json/i;

/** What a stream's end speaks of again. */
function placeOf({
  choices,
  openBlock,
  sequenceNumber,
}: Seen): Pick<Parameters<typeof streamEnd>[1], "choices" | "openBlocks" | "sequenceNumber"> {
  return {
    ...(choices === undefined ? {} : { choices }),
    ...(openBlock === undefined ? {} : { openBlocks: [openBlock] }),
    ...(sequenceNumber === undefined ? {} : { sequenceNumber }),
  };
}
