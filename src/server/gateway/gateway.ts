/** The way of a call through the gateway: who asks, for what, within which limits; then it is held for, sent and settled. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../clock.ts";
import type { Config } from "../../config/index.ts";
import type { Ledger } from "../../ledger/index.ts";
import { errorBody, PromptHasher, readRequest, type WireFormat } from "../../providers/index.ts";
import { answer } from "../http/answer.ts";
import { readBody } from "../http/read-body.ts";
import { Refusal } from "../http/refusal.ts";
import { forwardedQuery, type Target } from "../http/target.ts";
import type { NoteEvent } from "../observing/happenings.ts";
import type { Observing } from "../observing/observing.ts";
import type { Upstream } from "../upstreams/upstream.ts";
import type { Upstreams } from "../upstreams/upstreams.ts";
import { Authentication } from "./access/authentication.ts";
import { callScope, headerText } from "./access/call-scope.ts";
import { type Caller, ownerOf } from "./access/caller.ts";
import { KeyLimits } from "./access/key-limits.ts";
import { Admission } from "./admission/admission.ts";
import { withinPolicy } from "./admission/changed-call.ts";
import type { GatewayPrices } from "./admission/gateway-prices.ts";
import { CallRunner } from "./forwarding/call-runner.ts";
import { plain } from "./forwarding/own-headers.ts";
import { FreeCalls, outgoingRequest } from "./free-calls.ts";
import type { GatewayCall } from "./gateway-call.ts";
import { KeptWork } from "./kept-work.ts";
import { type CallLoad, Load } from "./load.ts";
import { modelFor, modelsFor } from "./models-list.ts";
import { refusalOf } from "./refusal-of.ts";
import type { Route } from "./routes.ts";
import { type SavedPlace, SavingRules } from "./savings/saving-rules.ts";
import { SettleQueue } from "./settling/settle-queue.ts";

const BODY_BYTES = 33_554_432;
/** Of those who ask for an earlier call's work: there is next to nothing to say. */
const POLL_BODY_BYTES = 65_536;
const LONGEST_ID = 200;

export interface GatewayOptions {
  ledger: Ledger;
  config: Config;
  upstreams: Upstreams;
  prices: GatewayPrices;
  clock: Clock;
  observing: Observing;
  /** Under which hashes of prompts are made; absent: records tell nothing of prompts. */
  promptKey?: Uint8Array | undefined;
}

type CallId = Pick<GatewayCall, "requestId" | "hasOwnId">;

export class Gateway {
  readonly authentication: Authentication;
  readonly settling: SettleQueue;
  readonly #options: GatewayOptions;
  readonly #limits: KeyLimits;
  readonly #runner: CallRunner;
  readonly #admission: Admission;
  readonly #free: FreeCalls;
  readonly #keptWork: KeptWork;
  readonly #load = new Load();
  readonly #bodyBytes: number;
  readonly #hasher: PromptHasher | undefined;
  /** What was decided about spending. */
  readonly savings: SavingRules;

  constructor(options: GatewayOptions) {
    const { ledger, config, upstreams, prices, clock, observing } = options;
    this.#options = options;
    this.authentication = new Authentication(ledger.keys, { clock, trustsThisMachine: config.server?.auth !== "always" });
    this.settling = new SettleQueue({ clock, note: (event) => observing.note(event) });
    const note = (event: NoteEvent): void => observing.note(event);
    this.savings = new SavingRules({ upstreams, prices, clock, note }, config.savings ?? []);
    this.#limits = new KeyLimits(clock);
    this.#admission = new Admission({ ledger, prices, upstreams });
    this.#keptWork = new KeptWork({ ledger, upstreams, underWay: (upstreamName, id) => this.#runner.ownerUnderWay(upstreamName, id) });
    const { settling } = this;
    this.#runner = new CallRunner({ admission: this.#admission, prices, settling, keptWork: this.#keptWork, clock, observing });
    this.#free = new FreeCalls({ ledger, upstreams, prices, settling, keptWork: this.#keptWork, observing });
    this.#bodyBytes = config.server?.maxBodyBytes ?? BODY_BYTES;
    this.#hasher = options.promptKey && new PromptHasher(options.promptKey);
  }

  /** Never throws: what goes wrong is answered, in the shape of the route's format. */
  async answer(route: Route, target: Target, request: IncomingMessage, response: ServerResponse): Promise<void> {
    let requestId: string | undefined;
    let caller: Caller | undefined;
    try {
      const own = headerText(request.headers, "x-tokenledger-request-id", LONGEST_ID);
      requestId = own ?? randomUUID();
      const authenticated = this.authentication.callerOf(request);
      caller = authenticated instanceof Promise ? await authenticated : authenticated;
      if (caller.role === "viewer") throw new Refusal(403, "permission_denied", "This API key reads; it can't call models.");
      if (route.kind === "models") this.#models(route, caller, request, response);
      else if (route.kind === "poll") await this.#poll(route, target, requestId, caller, request, response);
      else await this.#loaded(route, target, { requestId, hasOwnId: own !== undefined }, caller, request, response);
    } catch (error) {
      this.#refuse(route.format, error, requestId ?? randomUUID(), caller, request, response);
    }
  }

  /** Called a few times a second. */
  tick(): void {
    this.#runner.tick();
  }

  get underWay(): number {
    return this.#runner.underWay;
  }

  /** In nano-USD. */
  get held(): bigint {
    return this.#runner.held;
  }

  /** Calls that wait for room are told that there is none. */
  stopWaiting(): void {
    this.#admission.waiting.close();
  }

  /** Ends what is under way, as if the providers had failed. */
  stop(): void {
    this.#runner.stop();
  }

  async #loaded(
    route: Route,
    target: Target,
    id: CallId,
    caller: Caller,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const load = this.#load.begin();
    try {
      const call = await this.#read(route, target, id, caller, load, request);
      await this.#call(call, request, response);
    } finally {
      load.end();
    }
  }

  async #call(call: GatewayCall, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { route, caller } = call;
    const upstreams = this.#upstreamsFor(route.format, call.reading.model, request);
    const { storedIds } = call.reading;
    if (storedIds !== undefined) await this.#keptWork.check(caller, route.format, storedIds);
    if (route.kind === "count") {
      const outgoing = outgoingRequest("POST", call.path + call.query, call.rawHeaders, call.body);
      return this.#free.count({ ...call, outgoing }, upstreams[0] as Upstream, call.reading.model, request, response);
    }
    const { key } = caller;
    const saved = this.#savedPlace(call, upstreams[0] as Upstream, request);
    if (key === undefined) return this.#runner.run(call, upstreams, saved, request, response);
    const tokens = call.reading.input.likely + call.reading.output.likely;
    const ended = this.#limits.begin(key, tokens);
    try {
      await this.#runner.run(call, upstreams, saved, request, response);
    } catch (error) {
      // What was refused, here or by a provider that could not be reached, has used nothing of the rate.
      this.#limits.giveBack(key, tokens);
      throw error;
    } finally {
      ended();
    }
  }

  #savedPlace(call: GatewayCall, upstream: Upstream, request: IncomingMessage): SavedPlace | undefined {
    const isChosen = request.headers["x-tokenledger-provider"] !== undefined;
    return this.savings.placeFor(call, upstream, isChosen);
  }

  async #read(
    route: Route,
    { path, query }: Target,
    id: CallId,
    caller: Caller,
    load: CallLoad,
    request: IncomingMessage,
  ): Promise<GatewayCall> {
    const operation = route.operation ?? "chat";
    const scope = callScope(caller, request.headers);
    const content = operation === "transcription" ? "bytes" : "json";
    const body = await readBody(request, { maxBytes: this.#bodyBytes, content, onBytes: (bytes) => load.hold(bytes) });
    const contentType = request.headers["content-type"];
    const reading = readRequest(operation, body, {
      modelInPath: route.model,
      isStreamPath: route.isStream,
      contentType,
      hasher: this.#hasher,
    });
    // No spread: what stands beside one is defined property by property, at ten times the cost.
    return withinPolicy({
      requestId: id.requestId,
      hasOwnId: id.hasOwnId,
      route,
      caller,
      scope,
      requestedModel: reading.model,
      reading,
      body,
      path,
      query: forwardedQuery(query),
      rawHeaders: request.rawHeaders,
      startedMs: this.#options.clock.now(),
    });
  }

  #upstreamsFor(api: WireFormat, model: string, request: IncomingMessage): readonly Upstream[] {
    const { upstreams } = this.#options;
    const provider = headerText(request.headers, "x-tokenledger-provider");
    const wanted = { api, model, ...(provider === undefined ? {} : { provider }) };
    const chosen = upstreams.choose(wanted);
    if (chosen.length > 0) return chosen;
    const isUnknown = provider !== undefined && upstreams.get(provider)?.api !== api;
    throw new Refusal(isUnknown ? 400 : 404, isUnknown ? "unknown_provider" : "model_not_found", upstreams.whyNone(wanted));
  }

  async #poll(
    route: Route,
    { path, query }: Target,
    requestId: string,
    caller: Caller,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const scope = callScope(caller, request.headers);
    const body = request.method === "POST" ? await readBody(request, { maxBytes: POLL_BODY_BYTES }) : undefined;
    const method = request.method as "GET" | "POST" | "DELETE";
    const outgoing = outgoingRequest(method, path + forwardedQuery(query), request.rawHeaders, body);
    const provider = headerText(request.headers, "x-tokenledger-provider");
    await this.#free.poll({ requestId, caller, scope, outgoing }, route, provider, request, response);
  }

  #models({ model }: Route, caller: Caller, request: IncomingMessage, response: ServerResponse): void {
    const { all } = this.#options.upstreams;
    const found = model === undefined ? { object: "list", data: modelsFor(caller, all) } : modelFor(caller, all, model);
    if (found === undefined) throw new Refusal(404, "model_not_found", "This gateway has no such model, or this API key may not use it.");
    answer(request, response, { status: 200, headers: ["content-type", "application/json"], body: JSON.stringify(found) });
  }

  #refuse(
    format: WireFormat,
    error: unknown,
    requestId: string,
    caller: Caller | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const { observing } = this.#options;
    const refusal = refusalOf(error, (what) =>
      observing.note({ level: "error", kind: "request", requestId, message: `request ${plain(requestId)}: ${what}` }),
    );
    observing.refusal({ requestId, status: refusal.status, reason: refusal.code, owner: ownerOf(caller), keyId: caller?.key?.id });
    answerInFormat(format, refusal, requestId, request, response);
  }
}

export function answerInFormat(
  format: WireFormat,
  { status, code, message, headers, retryAfterMs }: Refusal,
  requestId: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const own = ["content-type", "application/json", "x-tokenledger-request-id", plain(requestId), ...headers];
  if (retryAfterMs !== undefined) own.push("retry-after", String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
  answer(request, response, { status, headers: own, body: errorBody(format, { status, code, message, requestId }) });
}
