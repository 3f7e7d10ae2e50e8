/** One sending of a call to one provider: what comes back is read whole, or passed on while it comes. */
import type { ServerResponse } from "node:http";
import { replyKind } from "../../../providers/index.ts";
import { forwardedResponseHeaders, headerValue } from "../../http/headers.ts";
import type { UpstreamCall, UpstreamReceiver } from "../../http/upstream-connection.ts";
import type { UpstreamFailure } from "../../http/upstream-failure.ts";
import type { OutgoingRequest } from "../../upstreams/upstream.ts";
import type { AdmittedCall } from "../admission/admission.ts";
import type { GatewayPrices } from "../admission/gateway-prices.ts";
import { GrowingHold } from "../admission/growing-hold.ts";
import type { GatewayCall } from "../gateway-call.ts";
import type { AttemptTiming } from "./attempt-timing.ts";
import { type Decoder, decoderFor } from "./decoder.ts";
import { type StreamedReply, StreamReply } from "./stream-reply.ts";

type RawHeaders = readonly (string | Buffer)[];

export interface WholeReply {
  kind: "whole";
  status: number;
  /** As they go to the client. */
  headers: string[];
  rawHeaders: RawHeaders;
  body: Buffer;
}

/** Nothing went to the client. */
export interface FailedAttempt {
  kind: "failed";
  failure: UpstreamFailure;
}

export type AttemptEnd = WholeReply | StreamedReply | FailedAttempt;

/** How often, and after what time, it is tried again to bring a hold to the disk. */
const SECURE_TRIES = 20;
const SECURE_AGAIN_MS = 250;
/** A reply that is larger is passed on while it comes, and can't be read. */
const LARGEST_WHOLE_BYTES = 33_554_432;
/** How long a provider is listened to after the client has left: the record is there three seconds after. */
const DRAINED_MS = 2_500;

export interface AttemptOptions {
  call: GatewayCall;
  admitted: AdmittedCall;
  response: ServerResponse;
  prices: GatewayPrices;
  /** The usage event was asked for here, not by the client. */
  hidesUsage: boolean;
  /** Headers of this gateway on streamed replies, names and values in turn. */
  ownHeaders: readonly string[];
  timing: AttemptTiming;
}

export class Attempt implements UpstreamReceiver {
  readonly #options: AttemptOptions;
  readonly #ended: Promise<AttemptEnd>;
  #resolve!: (end: AttemptEnd) => void;
  #source: UpstreamCall | undefined;
  #isSecuring = false;
  #isHeld = false;
  /** What has come while the hold was on its way to the disk. */
  #waiting: (() => void)[] | undefined;
  #status = 0;
  #headers: string[] = [];
  #rawHeaders: RawHeaders = [];
  #contentType: string | undefined;
  #decoder: Decoder | undefined;
  #chunks: Buffer[] | undefined;
  #bytes = 0;
  #stream: StreamReply | undefined;
  #clientLeftMs: number | undefined;

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.#ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /**
   * @param request as it leaves. A stream's hold must be on the disk before its first byte goes to the client; a whole reply's call
   * is settled before that, and both are on the disk soon after
   */
  run(request: OutgoingRequest): Promise<AttemptEnd> {
    const { call, admitted } = this.#options;
    if (call.reading.isStream) this.#secureHold();
    this.#source = admitted.upstream.send(request, this);
    return this.#ended;
  }

  /** The book's patience is for callers who wait to be let in; a call that is under way has more. */
  #secureHold(tries = SECURE_TRIES): void {
    this.#isSecuring = true;
    this.#options.admitted.hold.held().then(
      () => this.#holdIsSafe(),
      () => {
        if (tries > 1) setTimeout(() => this.#secureHold(tries - 1), SECURE_AGAIN_MS);
        else this.#holdIsLost();
      },
    );
  }

  head(status: number, rawHeaders: RawHeaders): void {
    this.#status = status;
    this.#rawHeaders = rawHeaders;
    this.#contentType = headerValue(rawHeaders, "content-type");
    this.#decoder = decoderFor(headerValue(rawHeaders, "content-encoding"), {
      chunk: (chunk) => this.#read(chunk),
      end: () => this.#finish(),
      broken: () => this.failed({ kind: "malformed", wasSent: true, message: "the reply's compression is broken" }),
    });
    this.#headers = forwardedResponseHeaders(rawHeaders, this.#decoder !== undefined);
    const kind = replyKind(status, this.#contentType, this.#options.call.reading);
    if (kind === "whole") this.#chunks = [];
    else this.#begin(kind === "bytes");
  }

  chunk(chunk: Buffer): void {
    this.#options.timing.byteCame();
    if (this.#decoder === undefined) this.#read(chunk);
    else this.#decoder.write(chunk);
  }

  end(): void {
    if (this.#decoder === undefined) this.#finish();
    else this.#decoder.end();
  }

  failed(failure: UpstreamFailure): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(() => this.failed(failure));
      return;
    }
    this.#decoder?.destroy();
    if (this.#stream !== undefined) this.#stream.failed(failure);
    else this.#resolve({ kind: "failed", failure });
  }

  clientLeft(nowMs: number): void {
    this.#clientLeftMs ??= nowMs;
    this.#stream?.clientGone();
  }

  /** The provider's id of a stream that has begun. */
  get providerId(): string | undefined {
    return this.#stream?.providerId;
  }

  /** Called a few times a second. */
  tick(nowMs: number): void {
    if (this.#clientLeftMs !== undefined && nowMs - this.#clientLeftMs >= DRAINED_MS) this.stop();
  }

  /** Nobody waits any longer. */
  stop(): void {
    if (this.#stream !== undefined) this.#stream.stop();
    else this.#source?.abort();
  }

  #read(chunk: Buffer): void {
    if (this.#waiting !== undefined) this.#waiting.push(() => this.#read(chunk));
    else if (this.#stream !== undefined) this.#stream.push(chunk);
    else this.#collect(chunk);
  }

  #collect(chunk: Buffer): void {
    const chunks = this.#chunks as Buffer[];
    chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes <= LARGEST_WHOLE_BYTES) return;
    this.#chunks = undefined;
    this.#begin(true);
    for (const collected of chunks) this.#read(collected);
  }

  #finish(): void {
    if (this.#waiting !== undefined) this.#waiting.push(() => this.#finish());
    else if (this.#stream !== undefined) this.#stream.end();
    else this.#resolve(this.#whole());
  }

  #whole(): WholeReply {
    const chunks = this.#chunks ?? [];
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    return { kind: "whole", status: this.#status, headers: this.#headers, rawHeaders: this.#rawHeaders, body };
  }

  #begin(isOpaque: boolean): void {
    if (!this.#isHeld) {
      this.#waiting = [() => this.#begin(isOpaque)];
      this.#source?.pause();
      if (!this.#isSecuring) this.#secureHold();
      return;
    }
    const { call, admitted, prices, response, hidesUsage, ownHeaders } = this.#options;
    const hold = new GrowingHold(call, admitted, prices, () => this.#stream?.checkHold());
    this.#stream = new StreamReply({
      call,
      response,
      source: this.#flow(this.#source as UpstreamCall),
      status: this.#status,
      headers: [...this.#headers, ...ownHeaders],
      contentType: this.#contentType,
      isOpaque,
      hidesUsage,
      hold,
      done: (reply) => this.#resolve(reply),
    });
  }

  /** Who waits for the client waits with the bytes that are still compressed, too. */
  #flow(source: UpstreamCall): UpstreamCall {
    const decoder = this.#decoder;
    if (decoder === undefined) return source;
    return {
      pause: () => {
        source.pause();
        decoder.pause();
      },
      resume: () => {
        decoder.resume();
        source.resume();
      },
      abort: () => source.abort(),
    };
  }

  #holdIsSafe(): void {
    this.#isHeld = true;
    if (this.#waiting === undefined) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const event of waiting) event();
    this.#source?.resume();
  }

  /** What is not on the disk may be forgotten: the client gets nothing for it. */
  #holdIsLost(): void {
    const failure: UpstreamFailure = { kind: "aborted", wasSent: true, message: "the book could not keep the hold" };
    this.#waiting = undefined;
    if (this.#stream === undefined) this.#resolve({ kind: "failed", failure });
    this.#source?.abort();
  }
}
