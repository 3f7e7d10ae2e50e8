/** The API: a request is matched to its route, its caller let in or not, what was sent is checked, and the answer goes out in one form. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { closestWord } from "../../errors.ts";
import type { VirtualKey } from "../../ledger/index.ts";
import { type Caller, ownerOf } from "../gateway/access/caller.ts";
import { type CallLoad, Load } from "../gateway/load.ts";
import { refusalOf } from "../gateway/refusal-of.ts";
import { answer } from "../http/answer.ts";
import { Refusal } from "../http/refusal.ts";
import type { Target } from "../http/target.ts";
import { AnswerDesk } from "./answers/answer-desk.ts";
import { KeptAnswers } from "./answers/kept-answers.ts";
import { apiErrorBody, RETRY_UNIT_MS } from "./api-error.ts";
import { type FoundRoute, RouteTable } from "./find-route.ts";
import { checkOwnPage, identify } from "./identity.ts";
import { NO_REACH, reachOf } from "./reach.ts";
import { readJson } from "./read-json.ts";
import { readQuery } from "./read-query.ts";
import type { ApiAnswer, ApiCall, ApiContext, ApiRoute } from "./route.ts";
import { API_ROUTES } from "./routes.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

export type ApiSurroundings = Omit<ApiContext, "answers" | "keptAnswers" | "callerOf" | "reachOf" | "isClosing" | "routes">;

/** Of a caller's own id for the request, that is told back. */
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,200}$/;

/** One request, and what has become known of it. */
interface Exchange {
  readonly target: Target;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  caller?: Caller;
  load?: CallLoad;
}

export class Api {
  /** Set when the server begins to close: who sends it calls should look elsewhere. */
  isClosing = false;
  readonly #context: ApiContext;
  readonly #table: RouteTable;
  readonly #load = new Load();

  constructor(surroundings: ApiSurroundings, routes: readonly ApiRoute[] = API_ROUTES) {
    this.#table = new RouteTable(routes);
    this.#context = {
      ...surroundings,
      routes,
      answers: new AnswerDesk(surroundings.ledger),
      keptAnswers: new KeptAnswers(),
      isClosing: () => this.isClosing,
      callerOf: (request) => identify(request, surroundings.gateway.authentication, surroundings.ledger),
      reachOf,
    };
  }

  /** Never throws. What is not one of its paths is 404. */
  async answer(target: Target, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = exchangeOf(target, request, response);
    try {
      const found = this.#find(exchange);
      if (found.route.body !== undefined) exchange.load = this.#load.begin();
      const made = await found.route.handle(await this.#let(found, exchange));
      if (!made.isTaken) send(exchange, made);
    } catch (error) {
      this.#refuse(error, exchange);
    } finally {
      exchange.load?.end();
    }
  }

  /** What is beside the API says no in its form. */
  refuse(refusal: Refusal, target: Target, request: IncomingMessage, response: ServerResponse): void {
    this.#refuse(refusal, exchangeOf(target, request, response));
  }

  /** Ends the answers that are still made. */
  close(): Promise<void> {
    return this.#context.answers.close();
  }

  #find({ target: { path }, request: { method = "GET" } }: Exchange): FoundRoute {
    const found = this.#table.find(method, path);
    if (found === undefined) throw new Refusal(404, "not_found", nothingThere(path, this.#table.routes));
    if ("allowed" in found) {
      throw new Refusal(405, "method_not_allowed", `This path takes ${found.allowed}.`, { headers: ["allow", found.allowed] });
    }
    return found;
  }

  /** Nothing of the request but its head is looked at before its caller may ask for this. */
  async #let({ route, path }: FoundRoute, exchange: Exchange): Promise<ApiCall> {
    const { target, request, response, requestId, load } = exchange;
    const context = this.#context;
    const caller = route.access === "anyone" ? NOBODY : await context.callerOf(request);
    exchange.caller = caller;
    if (route.access !== "anyone" && !route.access.includes(caller.role)) {
      throw new Refusal(403, "permission_denied", `This API key is a ${caller.role}'s; this asks for ${route.access.join(" or ")}.`);
    }
    if (route.body?.fromOwnPage) checkOwnPage(request);
    const values = readQuery(target.query, route.parameters ?? {});
    const body =
      route.body === undefined || route.body.readsItself ? undefined : await readJson(request, route.body, (bytes) => load?.hold(bytes));
    return {
      caller,
      reach: route.access === "anyone" ? NO_REACH : context.reachOf(caller),
      path,
      query: new Map([...values].map(([name, [first = ""]]) => [name, first])),
      values,
      body,
      request,
      response,
      requestId,
      actor: actorOf(caller.key),
      context,
    };
  }

  #refuse(error: unknown, exchange: Exchange): void {
    const { requestId, caller } = exchange;
    const { observing } = this.#context;
    const refusal = refusalOf(error, (what) =>
      observing.note({ level: "error", kind: "request", requestId, message: `request ${requestId}: ${what}` }),
    );
    observing.refusal({ requestId, status: refusal.status, reason: refusal.code, owner: ownerOf(caller), keyId: caller?.key?.id });
    const headers = [...refusal.headers];
    const { retryAfterMs } = refusal;
    if (retryAfterMs !== undefined) headers.push("retry-after", String(Math.max(1, Math.ceil(retryAfterMs / RETRY_UNIT_MS))));
    send(exchange, { status: refusal.status, text: apiErrorBody(refusal, requestId), headers });
  }
}

/** Of routes that need no key: may do nothing that depends on who it is. */
const NOBODY: Caller = Object.freeze({ role: "member" });

function exchangeOf(target: Target, request: IncomingMessage, response: ServerResponse): Exchange {
  return { target, request, response, requestId: ownRequestId(request) ?? randomUUID() };
}

function send({ request, response, requestId }: Exchange, made: ApiAnswer): void {
  const { status, document, headers = [], contentType = "application/json" } = made;
  const body = made.text ?? (document === undefined ? "" : JSON.stringify(document));
  const type = body === "" ? [] : ["content-type", contentType];
  answer(request, response, { status, headers: [...type, ...SECURITY_HEADERS, "x-tokenledger-request-id", requestId, ...headers], body });
}

function ownRequestId({ headers }: IncomingMessage): string | undefined {
  const own = headers["x-tokenledger-request-id"];
  return typeof own === "string" && REQUEST_ID.test(own) ? own : undefined;
}

function nothingThere(path: string, routes: readonly ApiRoute[]): string {
  const meant = closestWord(path, new Set(routes.map((route) => route.path).filter((known) => !known.includes("{"))));
  return `There is nothing at this path${meant === undefined ? "; /api/v1/openapi.json lists what there is." : `; did you mean ${meant}?`}`;
}

/** As the audit log names who changes something. */
function actorOf(key: VirtualKey | undefined): string {
  return key === undefined ? "local" : `key:${key.id}`;
}
