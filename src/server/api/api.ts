/** The server's own answers, beside the gateway's: whether it lives, whether it is ready, and what a call has used. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Ledger } from "../../ledger/index.ts";
import { answerInFormat, type Gateway } from "../gateway/gateway.ts";
import { refusalOf } from "../gateway/refusal-of.ts";
import { answer } from "../http/answer.ts";
import { Refusal } from "../http/refusal.ts";
import type { Target } from "../http/target.ts";
import type { Upstreams } from "../upstreams/upstreams.ts";
import { usageDocument } from "./usage-document.ts";

type Answerer = (target: Target, request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

export interface ApiOptions {
  ledger: Ledger;
  upstreams: Upstreams;
  gateway: Gateway;
  log: (line: string) => void;
}

export class Api {
  /** Set when the server begins to close: who sends it calls should look elsewhere. */
  isClosing = false;
  readonly #options: ApiOptions;
  readonly #paths: ReadonlyMap<string, Answerer>;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#paths = new Map<string, Answerer>([
      ["/health", (_target, request, response) => sendJson(request, response, 200, { status: "ok" })],
      ["/ready", (_target, request, response) => this.#ready(request, response)],
      ["/api/v1/usage", (target, request, response) => this.#usage(target, request, response)],
    ]);
  }

  /** Never throws. What is not one of its paths is 404. */
  async answer(target: Target, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const answerer = this.#paths.get(target.path);
      if (answerer === undefined) throw new Refusal(404, "not_found", "There is nothing at this path.");
      if (request.method !== "GET" && request.method !== "HEAD") {
        throw new Refusal(405, "method_not_allowed", "This path takes GET.", { headers: ["allow", "GET, HEAD"] });
      }
      await answerer(target, request, response);
    } catch (error) {
      const requestId = randomUUID();
      answerInFormat(
        "openai",
        refusalOf(error, (what) => this.#options.log(`request ${requestId}: ${what}`)),
        requestId,
        request,
        response,
      );
    }
  }

  /** Whether calls would be let in: the book answers, and no settled call waits for it. */
  async #ready(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { ledger, upstreams, gateway } = this.#options;
    const problems: string[] = [];
    if (this.isClosing) problems.push("closing");
    if (upstreams.all.length === 0) problems.push("no provider is configured");
    if (gateway.settling.length > 0) problems.push("calls wait to be settled");
    try {
      await ledger.keys.revision();
    } catch {
      problems.push("the book can't be reached");
    }
    const isReady = problems.length === 0;
    sendJson(request, response, isReady ? 200 : 503, isReady ? { status: "ready" } : { status: "not_ready", problems });
  }

  /** Admins and viewers see every call; a key that makes calls sees its own, and of others not even that there are any. */
  async #usage({ query }: Target, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { gateway, ledger } = this.#options;
    const caller = await gateway.authentication.callerOf(request);
    const requestId = new URLSearchParams(query).get("request_id");
    if (requestId === null || requestId === "")
      throw new Refusal(400, "invalid_request", "request_id is missing: /api/v1/usage?request_id=…");
    const own = caller.role === "member" ? caller.key?.name : undefined;
    const document = await usageDocument(ledger, requestId, own);
    if (caller.role === "member" && document.records.length === 0) {
      throw new Refusal(404, "not_found", "This API key has made no call of this request_id.");
    }
    sendJson(request, response, 200, document);
  }
}

function sendJson(request: IncomingMessage, response: ServerResponse, status: number, document: unknown): void {
  answer(request, response, {
    status,
    headers: ["content-type", "application/json", "cache-control", "no-store"],
    body: JSON.stringify(document),
  });
}
