/** `Expect: 100-continue`: the client sends its body when it is told to, so it is told when the body is wanted. */
import type { IncomingMessage, ServerResponse } from "node:http";

const waiting = new WeakMap<IncomingMessage, ServerResponse>();

export function awaitContinue(request: IncomingMessage, response: ServerResponse): void {
  waiting.set(request, response);
}

export function isWaitingForContinue(request: IncomingMessage): boolean {
  return request.headers.expect !== undefined && waiting.has(request);
}

export function sendContinue(request: IncomingMessage): void {
  if (request.headers.expect === undefined) return;
  waiting.get(request)?.writeContinue();
  waiting.delete(request);
}
