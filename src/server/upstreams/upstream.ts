/** One configured provider: its address, its key, its models, and how well it is. */
import type { Clock } from "../../clock.ts";
import type { ProviderConfig } from "../../config/index.ts";
import { defaultBaseUrl, pathUnder, retryAfterMs, type WireFormat } from "../../providers/index.ts";
import { headerValue } from "../http/headers.ts";
import { type UpstreamCall, UpstreamConnection, type UpstreamReceiver, type UpstreamRequest } from "../http/upstream-connection.ts";
import type { UpstreamFailure } from "../http/upstream-failure.ts";
import type { NoteEvent } from "../observing/happenings.ts";
import { ANTHROPIC_VERSION, authenticationHeaders } from "./authentication.ts";
import { type BreakerChange, type BreakerState, type CallMark, CircuitBreaker } from "./circuit-breaker.ts";

const DEFAULT_HEAD_TIMEOUT_MS = 600_000;
const DEFAULT_IDLE_TIMEOUT_MS = 60_000;
const SHORTEST_SECRET = 8;

/** What is sent: the format's own path and the client's headers, without address and key. */
export type OutgoingRequest = Omit<UpstreamRequest, "headTimeoutMs" | "idleTimeoutMs">;

export interface Upstream {
  /** The provider of its records. */
  readonly name: string;
  readonly api: WireFormat;
  readonly defaultModel: string | undefined;
  /** Takes the calls that this one fails. */
  readonly fallback: string | undefined;
  /** Further attempts after one that failed without an answer. */
  readonly retries: number;
  readonly headTimeoutMs: number;
  readonly state: BreakerState;
  /** Plain ids of what it lists, as far as they are known. */
  readonly models: readonly string[];
  lists(model: string): boolean;
  send(request: OutgoingRequest, receiver: UpstreamReceiver): UpstreamCall;
}

export interface UpstreamOptions {
  name: string;
  config: ProviderConfig & { api: WireFormat };
  lists: (model: string) => boolean;
  models: () => readonly string[];
  clock: Clock;
  note: (event: NoteEvent) => void;
}

export class ConfiguredUpstream implements Upstream {
  readonly name: string;
  readonly api: WireFormat;
  readonly defaultModel: string | undefined;
  readonly fallback: string | undefined;
  readonly retries: number;
  readonly headTimeoutMs: number;
  readonly lists: (model: string) => boolean;
  readonly #models: () => readonly string[];
  readonly #idleTimeoutMs: number;
  readonly #base: URL;
  readonly #authentication: readonly string[];
  /** The key's bytes, where there is a key that could not stand in any text by chance. */
  readonly #secret: Buffer | undefined;
  readonly #connection: UpstreamConnection;
  readonly #breaker: CircuitBreaker;
  readonly #clock: Clock;

  constructor({ name, config, lists, models, clock, note }: UpstreamOptions) {
    this.name = name;
    this.api = config.api;
    this.defaultModel = config.defaultModel;
    this.fallback = config.fallback;
    this.retries = config.retries ?? 0;
    this.headTimeoutMs = config.timeoutMs ?? DEFAULT_HEAD_TIMEOUT_MS;
    this.lists = lists;
    this.#models = models;
    this.#idleTimeoutMs = config.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS;
    this.#base = new URL(config.baseUrl ?? defaultBaseUrl(name, config.api));
    this.#authentication = authenticationHeaders({
      base: this.#base,
      api: config.api,
      apiKey: config.apiKey,
      organization: config.organization,
    });
    this.#secret = (config.apiKey?.length ?? 0) < SHORTEST_SECRET ? undefined : Buffer.from(config.apiKey as string);
    this.#connection = new UpstreamConnection(this.#base.origin);
    this.#clock = clock;
    this.#breaker = new CircuitBreaker(clock, (change) => note(noteOf(name, change)));
  }

  get state(): BreakerState {
    return this.#breaker.state;
  }

  get models(): readonly string[] {
    return this.#models();
  }

  send(request: OutgoingRequest, receiver: UpstreamReceiver): UpstreamCall {
    const headers = request.headers.concat(this.#authentication);
    if (this.api === "anthropic" && headerValue(headers, "anthropic-version") === undefined) headers.push(...ANTHROPIC_VERSION);
    const scored = new ScoredReceiver(receiver, this.#breaker, this.#clock, this.#secret);
    return this.#connection.send(
      {
        method: request.method,
        path: pathUnder(this.#base, request.path),
        headers,
        body: request.body,
        headTimeoutMs: this.headTimeoutMs,
        idleTimeoutMs: this.#idleTimeoutMs,
      },
      scored,
    );
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

/** Tells the breaker what each reply says about the provider's health. */
class ScoredReceiver implements UpstreamReceiver {
  readonly #receiver: UpstreamReceiver;
  readonly #breaker: CircuitBreaker;
  readonly #clock: Clock;
  readonly #mark: CallMark;
  /** What errors shall not show. */
  #secret: Buffer | undefined;

  constructor(receiver: UpstreamReceiver, breaker: CircuitBreaker, clock: Clock, secret: Buffer | undefined) {
    this.#secret = secret;
    this.#receiver = receiver;
    this.#breaker = breaker;
    this.#clock = clock;
    this.#mark = breaker.begin();
  }

  head(status: number, rawHeaders: readonly (string | Buffer)[]): void {
    const waitMs = (): number | undefined => retryAfterMs(headerValue(rawHeaders, "retry-after"), this.#clock.now());
    if (status === 429) this.#breaker.askedToWait(this.#mark, "it answers 429", waitMs());
    // 401, 402: our key is wrong or has no money left, and no caller can help it. 3xx: no provider sends its calls elsewhere.
    else if (status >= 500 || status === 401 || status === 402 || (status >= 300 && status < 400))
      this.#breaker.failed(this.#mark, `it answers ${status}`);
    else if (status >= 400) this.#breaker.abandoned(this.#mark);
    else this.#breaker.succeeded(this.#mark);
    if (status < 300) this.#secret = undefined;
    const secret = this.#secret;
    this.#receiver.head(
      status,
      secret === undefined ? rawHeaders : rawHeaders.map((text) => masked(Buffer.from(text as string, "latin1"), secret)),
    );
  }

  chunk(chunk: Buffer): void {
    this.#receiver.chunk(this.#secret === undefined ? chunk : masked(chunk, this.#secret));
  }

  end(): void {
    this.#receiver.end();
  }

  failed(failure: UpstreamFailure): void {
    if (failure.kind === "aborted") this.#breaker.abandoned(this.#mark);
    else this.#breaker.failed(this.#mark, failure.message);
    this.#receiver.failed(failure);
  }
}

/** Errors of services tend to show the key that they were sent: it is the operator's, and nobody else shall see it. */
function masked(text: Buffer, secret: Buffer): Buffer {
  for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at)) text.fill("*", at, at + secret.length);
  return text;
}

function noteOf(provider: string, { state, reason, waitMs }: BreakerChange): NoteEvent {
  if (state === "closed") {
    return { level: "info", kind: "provider", provider, message: `Provider ${provider} is back: calls go to it again.` };
  }
  const seconds = Math.ceil(waitMs / 1000);
  const message = `Provider ${provider} is ailing: ${reason}. For ${seconds} s calls go to others where there are any.`;
  return { level: "warn", kind: "provider", provider, message };
}
