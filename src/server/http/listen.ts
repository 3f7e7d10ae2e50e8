/** The server's socket: who may connect, for how long they may take, and how it ends. */
import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { ConfigError } from "../../errors.ts";
import { answerRefusal } from "./answer.ts";
import { awaitContinue } from "./continuations.ts";
import { Refusal, refusalBody } from "./refusal.ts";
import { strictRefusal } from "./strict-request.ts";

export interface ListenOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Called for requests that passed every check of their head; those of one connection may overlap, their replies keep the order. */
  handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Told of those that did not pass. */
  refused?: (refusal: Refusal) => void;
  maxConnections?: number | undefined;
  /** For tests of them. */
  timeouts?: { headersMs: number; requestMs: number; idleMs: number };
}

export interface Listener {
  readonly port: number;
  /** `http://127.0.0.1:4180`. */
  readonly url: string;
  /** No new connections; idle ones are closed, and the others after the reply they wait for. */
  stopAccepting(): void;
  /** After {@link stopAccepting}: when the last reply has been sent. */
  closed(): Promise<void>;
  /** Whatever is under way. */
  closeNow(): void;
}

const TIMEOUTS = { headersMs: 10_000, requestMs: 60_000, idleMs: 65_000 };
const HEADER_BYTES = 16_384;
const MOST_CONNECTIONS = 8_192;
const MOST_REQUESTS_PER_CONNECTION = 100_000;

/** @throws ConfigError where the address can't be listened on */
export async function listen({
  host,
  port,
  handle,
  refused = () => undefined,
  maxConnections = MOST_CONNECTIONS,
  timeouts = TIMEOUTS,
}: ListenOptions): Promise<Listener> {
  const server = createServer({
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.idleMs,
    // How late a timeout may come.
    connectionsCheckingInterval: Math.min(1_000, timeouts.headersMs),
    requireHostHeader: true,
    insecureHTTPParser: false,
    noDelay: true,
    ServerResponse: Reply,
  });
  // Node would drop what is above its own limit in silence; the size is limited, and strictRefusal counts.
  server.maxHeadersCount = 0;
  server.maxConnections = maxConnections;
  server.maxRequestsPerSocket = MOST_REQUESTS_PER_CONNECTION;
  const replies = new OpenReplies(server);
  const onRequest = (request: IncomingMessage, response: Reply): void => {
    replies.add(response);
    const refusal = strictRefusal(request);
    if (refusal === undefined) {
      handle(request, response);
      return;
    }
    refused(refusal);
    answerRefusal(request, response, refusal);
  };
  server.on("request", onRequest);
  server.on("checkContinue", (request: IncomingMessage, response: Reply) => {
    awaitContinue(request, response);
    onRequest(request, response);
  });
  server.on("connect", (_request, socket: Socket) =>
    refuseOn(socket, new Refusal(405, "method_not_allowed", "CONNECT is not served here."), "405 Method Not Allowed"),
  );
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const [status, refusal] = parserRefusal(error.code);
    if (replies.mayAnswer(socket)) refuseOn(socket, refusal, status);
    // Replies that are written, but for this turn held back, still go out.
    else setImmediate(() => socket.destroy());
  });
  await bind(server, host, port);
  const { address, port: bound, family } = server.address() as AddressInfo;
  return {
    port: bound,
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${bound}`,
    stopAccepting: () => replies.stopAccepting(),
    closed: () => replies.closed(),
    closeNow: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A reply, and its place among those that have not ended. */
class Reply extends ServerResponse {
  openIndex = -1;
}

type ReplyServer = Server<typeof IncomingMessage, typeof Reply>;

/**
 * Replies that have not ended, so that closing can wait for them and for nothing else. In an array: a set that so many enter and
 * leave keeps making new tables, and their remains keep what was in them from being collected early.
 */
class OpenReplies {
  readonly #server: ReplyServer;
  readonly #open: Reply[] = [];
  readonly #onClose: (this: Reply) => void;
  #isClosing = false;
  #whenClosed: (() => void)[] = [];

  constructor(server: ReplyServer) {
    this.#server = server;
    const closed = (reply: Reply): void => this.#remove(reply);
    // One function for all replies.
    this.#onClose = function () {
      closed(this);
    };
  }

  add(reply: Reply): void {
    if (this.#isClosing) reply.shouldKeepAlive = false;
    reply.openIndex = this.#open.push(reply) - 1;
    reply.on("close", this.#onClose);
  }

  /** What can't be parsed is answered where the answer can't be taken for that of a request before it. */
  mayAnswer(socket: Socket): boolean {
    return socket.writable && !this.#open.some(({ req, headersSent }) => req.socket === socket && (headersSent || req.complete));
  }

  stopAccepting(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#server.close();
    for (const reply of this.#open) {
      if (!reply.headersSent) reply.shouldKeepAlive = false;
    }
    this.#closeRest();
  }

  closed(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenClosed.push(resolve);
      this.#closeRest();
    });
  }

  #remove(reply: Reply): void {
    const last = this.#open.pop() as Reply;
    if (last !== reply) {
      this.#open[reply.openIndex] = last;
      last.openIndex = reply.openIndex;
    }
    if (this.#isClosing) this.#closeRest();
  }

  /** Connections without a reply under way may hold half a request: nobody waits for its other half. */
  #closeRest(): void {
    if (this.#open.length > 0) {
      this.#server.closeIdleConnections();
      return;
    }
    this.#server.closeAllConnections();
    for (const resolve of this.#whenClosed.splice(0)) resolve();
  }
}

function bind(server: ReplyServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(new ConfigError(bindMessage(error.code, host, port), { cause: error })));
    server.listen({ host, port }, resolve);
  });
}

function bindMessage(code: string | undefined, host: string, port: number): string {
  if (code === "EADDRINUSE") return `Port ${port} on ${host} is in use: stop the program that listens there, or take another with --port.`;
  if (code === "EACCES") return `Port ${port} on ${host} is not allowed for this user: take one from 1024 upwards with --port.`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "EAFNOSUPPORT")
    return `This machine has no address ${host}: give one that it has with --host.`;
  return `Can't listen on port ${port} of ${host}: ${code ?? "unknown reason"}.`;
}

function parserRefusal(code: string | undefined): [status: string, Refusal] {
  if (code === "HPE_HEADER_OVERFLOW")
    return [
      "431 Request Header Fields Too Large",
      new Refusal(431, "headers_too_large", `The request's head is larger than ${HEADER_BYTES} bytes.`),
    ];
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW")
    return ["413 Payload Too Large", new Refusal(413, "body_too_large", "The body's chunks have too many extensions.")];
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return ["408 Request Timeout", new Refusal(408, "request_timeout", "The request did not come in time.")];
  return ["400 Bad Request", new Refusal(400, "invalid_request", "The request is not valid HTTP/1.1.")];
}

/** Where there is no request to answer. */
function refuseOn(socket: Socket, refusal: Refusal, status: string): void {
  const body = refusalBody(refusal);
  socket.once("error", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
