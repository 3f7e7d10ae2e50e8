/** A provider on a free port of this machine, that does what it is told and knows what it would bill. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TokenCounts } from "../../usage/index.ts";
import { type Answer, answer, tokensSoFar } from "./answer.ts";
import { errorDocument, errorEvent, formatOf } from "./error-reply.ts";
import { modelList } from "./formats/openai-others.ts";
import type { StreamEvent } from "./formats/stream-event.ts";
import { Jobs } from "./jobs.ts";
import { ID_PREFIX, streamed, whole } from "./rendering.ts";
import type { BilledCall, ScriptedReply, SeenRequest } from "./scripted-reply.ts";
import { seenRequest } from "./seen-request.ts";
import { sendStream, sendWhole } from "./sending.ts";

/** One reply for every request, or one made for each. */
export type ReplyRule = ScriptedReply | ((request: SeenRequest) => ScriptedReply | undefined);

export interface ScriptedUpstreamOptions {
  /** What requests are answered with that no script is left for. Default: a healthy, honest answer. */
  reply?: ReplyRule;
  /** Told by `GET /v1/models`. */
  models?: readonly string[];
  /** Where it is given, requests with any other key are refused with 401. */
  apiKey?: string;
  /** Default: a free one. */
  port?: number;
}

export interface ScriptedUpstream {
  /** `http://127.0.0.1:40123`: the formats' own paths follow it. */
  url: string;
  /** All that came in, in order. */
  readonly requests: readonly SeenRequest[];
  /** The bill, in the order in which calls ended. */
  readonly calls: readonly BilledCall[];
  /** Requests under way. */
  readonly inFlight: number;
  /** The next requests that ask for an answer get these, one each, in order. */
  script(...replies: ScriptedReply[]): void;
  /** All requests from now on that no script is left for. */
  always(reply: ReplyRule): void;
  /** Forgets requests, calls, and scripts that are left. */
  forget(): void;
  /** Cuts what is under way. */
  close(): Promise<void>;
}

const HOST = "127.0.0.1";

/**
 * Starts a provider that speaks the formats of OpenAI, Anthropic and Gemini over HTTP, whole and streamed, answers every request the same
 * way on every run, and keeps the bill that a real one would send. Calls whose client goes away are billed for what was made until then:
 * a stream for the events that were sent, a whole answer in full.
 *
 * @example
 * ```ts
 * import { startScriptedUpstream } from "tokenledger/testing";
 * const upstream = await startScriptedUpstream();
 * upstream.script({ text: "Four springs.", cacheRead: 2 });
 * const body = { model: "gpt-4o", messages: [{ role: "user", content: "How many springs?" }] };
 * const reply = await fetch(`${upstream.url}/v1/chat/completions`, { method: "POST", body: JSON.stringify(body) });
 * reply.status; // => 200
 * upstream.calls[0]?.tokens; // => { input: 8, output: 4, cacheRead: 2 }
 * await upstream.close();
 * ```
 */
export async function startScriptedUpstream(options: ScriptedUpstreamOptions = {}): Promise<ScriptedUpstream> {
  const provider = new Provider(options);
  const server = createServer((request, response) => {
    provider.serve(request, response).catch(() => response.destroy());
  });
  // As real services do: an idle connection that ends just when a call is sent would be a fault that nobody scripted.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  provider.idPart = String(port);
  return {
    url: `http://${HOST}:${port}`,
    requests: provider.requests,
    calls: provider.calls,
    get inFlight() {
      return provider.inFlight;
    },
    script: (...replies) => void provider.scripts.push(...replies),
    always: (reply) => {
      provider.rule = reply;
    },
    forget: () => {
      for (const list of [provider.requests, provider.calls, provider.scripts]) list.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class Provider {
  readonly requests: SeenRequest[] = [];
  readonly calls: BilledCall[] = [];
  readonly scripts: ScriptedReply[] = [];
  rule: ReplyRule;
  idPart = "";
  inFlight = 0;
  readonly #models: readonly string[];
  readonly #apiKey: string | undefined;
  readonly #jobs = new Jobs((made) => this.#bill(made, made.tokens, true));
  #count = 0;

  constructor({ reply = {}, models = ["gpt-4o", "claude-sonnet-4-5", "gemini-2.5-flash"], apiKey }: ScriptedUpstreamOptions) {
    this.rule = reply;
    this.#models = models;
    this.#apiKey = apiKey;
  }

  /** Under way until its connection is done with it and it is on the bill, whichever comes last. */
  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    this.inFlight++;
    const closed = new Promise<void>((resolve) => response.once("close", () => resolve()));
    try {
      await this.#serve(incoming, response);
    } finally {
      void closed.then(() => this.inFlight--);
    }
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const { method = "GET", url = "/", headers } = incoming;
    const request = seenRequest(++this.#count, { method, url, headers, body: Buffer.concat(parts) });
    this.requests.push(request);
    if (!this.#isAllowed(request)) return void (await this.#refuse(request, {}, response, 401, "The key is not known."));
    if (request.operation === undefined) return this.#serveOther(request, response);
    const reply = this.scripts.shift() ?? (typeof this.rule === "function" ? (this.rule(request) ?? {}) : this.rule);
    await this.#answer(request, reply, response);
  }

  #isAllowed({ headers, query }: SeenRequest): boolean {
    if (this.#apiKey === undefined) return true;
    const bearer = String(headers.authorization ?? "").replace(/^Bearer /, "");
    return [bearer, headers["x-api-key"], headers["x-goog-api-key"], query.get("key")].includes(this.#apiKey);
  }

  async #serveOther(request: SeenRequest, response: ServerResponse): Promise<void> {
    const job = this.#jobs.asked(request.method, request.path);
    if (job !== undefined) return void (await sendWhole(response, {}, job));
    if (request.method !== "GET" || !request.path.endsWith("/models"))
      return void (await this.#refuse(request, {}, response, 404, `There is nothing at ${request.path}.`));
    const format = request.headers["anthropic-version"] === undefined ? formatOf(request.path) : "anthropic";
    await sendWhole(response, {}, document(modelList(this.#models, format)));
  }

  async #refuse(request: SeenRequest, reply: ScriptedReply, response: ServerResponse, status: number, message: string): Promise<void> {
    const error = errorDocument(formatOf(request.path), status, reply.errorMessage ?? message);
    await sendWhole(response, reply, { ...document(error), status });
  }

  async #answer(request: SeenRequest, reply: ScriptedReply, response: ServerResponse): Promise<void> {
    const operation = request.operation ?? "chat";
    const made = answer(request, reply, `${ID_PREFIX[operation]}${this.idPart}x${request.number}`);
    if (reply.body !== undefined) {
      if (reply.bills !== undefined) this.#bill(made, reply.bills, true);
      return void (await sendWhole(response, reply, { ...document({}), status: reply.status ?? 200, body: reply.body }));
    }
    if (reply.status !== undefined) {
      if (reply.billsError === true) this.#bill(made, made.tokens, true);
      return this.#refuse(request, reply, response, reply.status, `The script says ${reply.status}.`);
    }
    if (operation === "message_batches") return void (await sendWhole(response, reply, this.#jobs.startBatch(made.id, request, reply)));
    if (operation === "responses" && request.json?.background === true)
      return void (await sendWhole(response, reply, this.#jobs.startResponse(made)));
    const stream = request.isStream ? streamed(made) : undefined;
    if (stream !== undefined) return this.#stream(made, stream, response);
    const { tokens, ...sent } = whole(made);
    // A whole answer is made before its first byte is sent, so it is billed whoever waits for it; counting tokens is free.
    if (tokens !== undefined) this.#bill(made, tokens, true);
    await sendWhole(response, reply, sent);
  }

  async #stream(made: Answer, stream: { contentType: string; events: StreamEvent[] }, response: ServerResponse): Promise<void> {
    const { reply, request } = made;
    let { events } = stream;
    if (reply.errorAfterEvents !== undefined) {
      const before = events.slice(0, reply.errorAfterEvents);
      const text = errorEvent(formatOf(request.path), reply.errorMessage ?? "The script says so.");
      events = [...before, { text, produced: before.at(-1)?.produced ?? 0 }];
    }
    const { produced, isComplete } = await sendStream(response, reply, { ...stream, events });
    const hasFailed = reply.errorAfterEvents !== undefined;
    // What fails before it has begun to answer is an error, and errors are free.
    if (hasFailed && produced === 0) return;
    this.#bill(made, tokensSoFar(made, produced), isComplete && !hasFailed);
  }

  #bill({ id, model, request, reply }: Answer, tokens: TokenCounts, isComplete: boolean): void {
    this.calls.push({
      id,
      operation: request.operation ?? "chat",
      model,
      tokens,
      ...(reply.serviceTier === undefined ? {} : { serviceTier: reply.serviceTier }),
      isStream: request.isStream,
      isComplete,
      requestNumber: request.number,
    });
  }
}

function document(content: object): { status: number; contentType: string; body: string } {
  return { status: 200, contentType: "application/json", body: JSON.stringify(content) };
}
