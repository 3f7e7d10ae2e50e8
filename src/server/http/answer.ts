/** Replies that are made here, also where the request's body was not read. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { isWaitingForContinue } from "./continuations.ts";
import { type Refusal, refusalBody } from "./refusal.ts";

export interface Answer {
  status: number;
  /** Names and values in turn; the length is computed here. */
  headers: readonly string[];
  body?: string | Uint8Array;
}

/** So much of an unread body is thrown away for the connection's sake; above, the connection is the smaller loss. */
const DRAINED_BYTES = 65_536;
/** A client that is still sending needs time to see the answer: closing at once would reset the connection under it. */
const LINGER_MS = 2_000;

/** Sends the whole reply. Does nothing when the client has gone. */
export function answer(request: IncomingMessage, response: ServerResponse, { status, headers, body = "" }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  // Of what is not sent anew, the length would be that of the whole.
  const head = status === 304 ? [...headers] : [...headers, "content-length", String(length)];
  if (!hasUnreadBody(request)) {
    response.writeHead(status, head);
    response.end(body);
    return;
  }
  if (isWaitingForContinue(request)) {
    // The body will never come, or may come all the same: what follows on this connection can't be told from it.
    response.writeHead(status, [...head, "connection", "close"]);
    response.end(body);
    return;
  }
  const declared = Number(request.headers["content-length"]);
  if (declared <= DRAINED_BYTES) {
    response.writeHead(status, head);
    response.end(body);
    request.resume();
    return;
  }
  response.writeHead(status, [...head, "connection", "close"]);
  response.write(body);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once("end", end).once("close", end).resume();
}

/** In OpenAI's shape. */
export function answerRefusal(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  answer(request, response, {
    status: refusal.status,
    headers: ["content-type", "application/json", ...refusal.headers],
    body: refusalBody(refusal),
  });
}

/** While the head is being handled, `complete` is false for requests without a body, too. */
function hasUnreadBody(request: IncomingMessage): boolean {
  return !request.complete && hasBody(request);
}

export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && Number(length) !== 0);
}
