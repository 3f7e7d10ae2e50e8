/** Makes a call that was let in: holds, sends, settles; again or elsewhere where that helps. Each attempt has its own hold and record. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../../clock.ts";
import type { ActualUsage, CallOwner, SettledCall } from "../../../ledger/index.ts";
import {
  changedBody,
  type MeteredCall,
  needsUsageEvent,
  type Reading,
  readReply,
  streamedUsage,
  unansweredUsage,
  wholeUsage,
} from "../../../providers/index.ts";
import { answer } from "../../http/answer.ts";
import { forwardedRequestHeaders, headerValue } from "../../http/headers.ts";
import { Refusal } from "../../http/refusal.ts";
import type { CallEvent } from "../../observing/happenings.ts";
import type { Observing } from "../../observing/observing.ts";
import type { AttemptSpan } from "../../observing/tracing.ts";
import { type NextAttempt, nextAttempt } from "../../upstreams/next-attempt.ts";
import type { OutgoingRequest, Upstream } from "../../upstreams/upstream.ts";
import { type Admission, type AdmittedCall, HOLD_MS } from "../admission/admission.ts";
import { callAt, mayGoTo } from "../admission/changed-call.ts";
import type { GatewayPrices } from "../admission/gateway-prices.ts";
import type { GatewayCall } from "../gateway-call.ts";
import { type KeptWork, keptNames } from "../kept-work.ts";
import type { SavedPlace } from "../savings/saving-rules.ts";
import { settledEvent, unrecordedEvent } from "../settling/call-event.ts";
import { trackPending } from "../settling/later-usage.ts";
import type { SettleQueue } from "../settling/settle-queue.ts";
import { Attempt, type AttemptEnd, type FailedAttempt, type WholeReply } from "./attempt.ts";
import { AttemptTiming } from "./attempt-timing.ts";
import { ownHeaders } from "./own-headers.ts";
import { gatewayRefused, refusesGateway, unanswered } from "./upstream-refusals.ts";

/** A hold's time is made anew at a third of it, long before it runs out. */
const RENEW_MS = HOLD_MS / 3;

export interface CallRunnerOptions {
  admission: Admission;
  prices: GatewayPrices;
  settling: SettleQueue;
  keptWork: KeptWork;
  clock: Clock;
  observing: Observing;
}

interface UnderWay {
  /** In the list of all. */
  index: number;
  attempt: Attempt;
  admitted: AdmittedCall;
  renewedMs: number;
}

export class CallRunner {
  readonly #options: CallRunnerOptions;
  /** A list in which each knows its place: sets that every call enters and leaves keep the garbage collector busy. */
  readonly #underWay: UnderWay[] = [];

  constructor(options: CallRunnerOptions) {
    this.#options = options;
  }

  /**
   * @param saved where saving rules send it first
   * @throws Refusal where no provider was asked
   */
  async run(
    call: GatewayCall,
    upstreams: readonly Upstream[],
    saved: SavedPlace | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const untried = upstreams.filter((upstream) => mayGoTo(call, upstream));
    let place: Place | undefined = saved ?? nextPlace(call, untried);
    if (place === undefined) throw mayNotAnswer();
    let attemptsHere = 1;
    for (let attempt = 1; ; attempt++) {
      const asked: Place = place;
      const admitted = await this.#admit(asked, attempt, asked === saved && untried.length > 0, response);
      if (admitted === undefined) {
        place = nextPlace(call, untried);
        if (place === undefined) throw mayNotAnswer();
        attempt -= 1;
        continue;
      }
      if (response.destroyed) return this.#options.settling.release(admitted.hold);
      const timing = new AttemptTiming(this.#options.clock);
      const span = this.#beginSpan(admitted);
      const end = await this.#send(admitted, response, timing, span);
      timing.ended();
      const settled = await this.#settle(admitted, end, timing, span);
      this.#options.admission.waiting.roomCame(admitted.counting);
      if (end.kind === "streamed") return;
      const isRefused = asked === saved && end.kind === "whole" && end.status >= 400 && end.status < 500;
      if (isRefused) saved?.refused(end.status);
      const next = isRefused ? OTHER : this.#next(end, admitted.upstream, attemptsHere, untried.length > 0);
      const other = next.kind === "other" ? nextPlace(call, untried) : undefined;
      const isOver = next.kind === "give_up" || (next.kind === "other" && other === undefined);
      if (isOver || response.destroyed) return this.#reply(admitted, end, settled, request, response);
      if (other !== undefined && !isRefused) this.#noteMove(call.requestId, asked.upstream.name, other.upstream.name);
      if (next.kind === "retry") await sleep(next.delayMs);
      attemptsHere = other === undefined ? attemptsHere + 1 : 1;
      place = other ?? asked;
    }
  }

  /** Undefined where budgets refuse what saving rules have made of a call: as it came, they may allow it. */
  async #admit({ call, upstream }: Place, attempt: number, isSaved: boolean, response: ServerResponse): Promise<AdmittedCall | undefined> {
    try {
      return await this.#options.admission.admit(call, upstream, attempt, response);
    } catch (error) {
      if (isSaved && error instanceof Refusal && (error.status === 402 || error.status === 429)) return undefined;
      throw error;
    }
  }

  #next(end: WholeReply | FailedAttempt, upstream: Upstream, attempt: number, hasOther: boolean): NextAttempt {
    const { clock } = this.#options;
    if (end.kind === "failed") return nextAttempt({ attempt, upstream, failure: end.failure, hasOther, clock });
    if (end.status < 300) return GIVE_UP;
    const retryAfter = headerValue(end.rawHeaders, "retry-after");
    return nextAttempt({ attempt, upstream, status: end.status, retryAfter, hasOther, clock });
  }

  /** Called a few times a second. */
  tick(): void {
    const nowMs = this.#options.clock.monotonic();
    for (const underWay of this.#underWay) {
      underWay.attempt.tick(nowMs);
      if (nowMs - underWay.renewedMs < RENEW_MS) continue;
      underWay.renewedMs = nowMs;
      // What can't be renewed is charged at its estimate when its time is over, and corrected when it settles.
      underWay.admitted.hold.extend({ ttlMs: HOLD_MS }).catch(() => undefined);
    }
  }

  /** Ends all that is under way; each is settled by what was seen of it. */
  stop(): void {
    for (const { attempt } of [...this.#underWay]) attempt.stop();
  }

  /** Whose reply of this id is on its way to a client. */
  ownerUnderWay(upstreamName: string, id: string): CallOwner | undefined {
    const found = this.#underWay.find(
      ({ attempt, admitted }) =>
        admitted.upstream.name === upstreamName && admitted.call.reading.keepsReply === true && attempt.providerId === id,
    );
    return found?.admitted.call.scope;
  }

  get underWay(): number {
    return this.#underWay.length;
  }

  /** In nano-USD: what is held for all that is under way. */
  get held(): bigint {
    return this.#underWay.reduce((sum, { admitted }) => sum + admitted.hold.estimate.costNanoUsd, 0n);
  }

  async #send(admitted: AdmittedCall, response: ServerResponse, timing: AttemptTiming, span: AttemptSpan | undefined): Promise<AttemptEnd> {
    const { prices, clock } = this.#options;
    const { call } = admitted;
    const hidesUsage = needsUsageEvent(call.reading);
    const attempt = new Attempt({ call, admitted, response, prices, hidesUsage, ownHeaders: ownHeaders(call, admitted), timing });
    const underWay = { index: this.#underWay.length, attempt, admitted, renewedMs: clock.monotonic() };
    this.#underWay.push(underWay);
    const left = (): void => attempt.clientLeft(clock.monotonic());
    response.once("close", left);
    try {
      return await attempt.run(outgoing(call, hidesUsage, span));
    } finally {
      response.off("close", left);
      this.#remove(underWay);
    }
  }

  #remove({ index }: UnderWay): void {
    const last = this.#underWay.pop() as UnderWay;
    if (last.index === index) return;
    last.index = index;
    this.#underWay[index] = last;
  }

  async #settle(
    admitted: AdmittedCall,
    end: AttemptEnd,
    timing: AttemptTiming,
    span: AttemptSpan | undefined,
  ): Promise<SettledCall | undefined> {
    const { settling, prices, observing } = this.#options;
    const { call, kind, priced, wholeOutputTokens } = admitted;
    const about: MeteredCall = { reading: call.reading, kind, priced, wholeOutputTokens, prices, latencyMs: timing.latencyMs };
    const settle = (actual: ActualUsage, externalIds?: readonly string[]): Promise<SettledCall | undefined> =>
      settling.settle(admitted.hold, actual, {
        externalIds,
        ended(settled) {
          const event = settledEvent(admitted, timing, actual, settled);
          observing.call(event);
          span?.end(event, errorOf(end, event.status), actual.metadata?.provider_id);
        },
      });
    if (end.kind === "failed") {
      if (end.failure.wasSent) return settle(unansweredUsage(about, end.failure.message));
      this.#noteUnsent(admitted, end);
      await settling.release(admitted.hold);
      this.#tellUnrecorded(unrecordedEvent(admitted, timing, "unsent"), end, span);
      return undefined;
    }
    const reading = end.kind === "whole" ? readWhole(call, end) : end.reading;
    const kept = this.#kept(admitted, reading);
    if (call.reading.isBackground && (await trackPending(admitted, reading, end, (line) => this.#noteUntracked(admitted, line)))) {
      this.#tellUnrecorded(unrecordedEvent(admitted, timing, "pending"), end, span);
      return undefined;
    }
    return settle(end.kind === "whole" ? wholeUsage(about, end.status, reading, end.body.length) : streamedUsage(about, end), kept);
  }

  /** What the provider keeps of the reply; undefined where it is nothing. */
  #kept({ call, upstream }: AdmittedCall, reading: Reading): readonly string[] | undefined {
    if (call.reading.keepsReply !== true && reading.keptIds === undefined) return undefined;
    const names = keptNames(call.reading, upstream.name, reading);
    this.#options.keptWork.remember(names, call.scope);
    return names;
  }

  #beginSpan({ call, hold, upstream, model }: AdmittedCall): AttemptSpan | undefined {
    return this.#options.observing.tracing?.begin({
      provider: upstream.name,
      model,
      operation: call.reading.operation,
      isStream: call.reading.isStream,
      requestId: call.requestId,
      attempt: hold.attempt,
      rawHeaders: call.rawHeaders,
    });
  }

  #tellUnrecorded(event: CallEvent, end: AttemptEnd, span: AttemptSpan | undefined): void {
    this.#options.observing.call(event);
    span?.end(event, errorOf(end, event.status));
  }

  #noteUnsent({ call: { requestId }, upstream: { name: provider } }: AdmittedCall, { failure }: FailedAttempt): void {
    const message = `${provider}: ${failure.message}; nothing of request ${requestId} has left`;
    this.#options.observing.note({ level: "warn", kind: "provider", provider, requestId, message });
  }

  #noteMove(requestId: string, provider: string, other: string): void {
    const message = `${provider} failed; request ${requestId} goes to ${other}`;
    this.#options.observing.note({ level: "warn", kind: "provider", provider, requestId, message });
  }

  #noteUntracked({ call: { requestId }, upstream: { name: provider } }: AdmittedCall, message: string): void {
    this.#options.observing.note({ level: "error", kind: "book", provider, requestId, message });
  }

  #reply(
    admitted: AdmittedCall,
    end: WholeReply | FailedAttempt,
    settled: SettledCall | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    if (end.kind === "failed") throw unanswered(end.failure);
    if (refusesGateway(end.status)) {
      const { name: provider } = admitted.upstream;
      const message = `${provider} refuses the gateway itself with status ${end.status}`;
      this.#options.observing.note({ level: "error", kind: "provider", provider, requestId: admitted.call.requestId, message });
      throw gatewayRefused();
    }
    answer(request, response, {
      status: end.status,
      headers: [...end.headers, ...ownHeaders(admitted.call, admitted, settled)],
      body: end.body,
    });
  }
}

function mayNotAnswer(): Refusal {
  return new Refusal(403, "model_not_allowed", "This API key may not use the model that would answer.");
}

const GIVE_UP = { kind: "give_up" } as const;
const OTHER = { kind: "other" } as const;

/** What went wrong with an attempt, in one word, as spans have it; a client that has left has no complaint. */
function errorOf(end: AttemptEnd, status: string): string | undefined {
  if (end.kind === "failed") return end.failure.kind;
  if (end.status > 299) return String(end.status);
  if (end.kind === "streamed" && (end.ending === "failed" || end.ending === "cut")) return end.ending;
  return status === "error" ? status : undefined;
}

interface Place {
  call: GatewayCall;
  upstream: Upstream;
}

/** The next provider to which the call can go, and the call as it goes there. */
function nextPlace(call: GatewayCall, untried: Upstream[]): Place | undefined {
  for (let upstream = untried.shift(); upstream !== undefined; upstream = untried.shift()) {
    const there = callAt(call, upstream);
    if (there !== undefined) return { call: there, upstream };
  }
  return undefined;
}

function outgoing(
  { reading, path, query, body, rawHeaders }: GatewayCall,
  includeUsage: boolean,
  span: AttemptSpan | undefined,
): OutgoingRequest {
  const sent = includeUsage ? changedBody(body, reading, { includeUsage }) : body;
  const headers = forwardedRequestHeaders(rawHeaders);
  return { method: "POST", path: path + query, headers: span === undefined ? headers : span.under(headers), body: sent };
}

/** Amazon's: token counts of models that tell none in their replies. */
const USAGE_HEADERS = "x-amzn-bedrock-";

function isUsageHeader(name: string): boolean {
  return name.slice(0, USAGE_HEADERS.length).toLowerCase() === USAGE_HEADERS;
}

function readWhole({ reading: { operation } }: GatewayCall, { body, rawHeaders }: WholeReply): Reading {
  const headers: Record<string, string> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    // Only these tell of usage, and most replies have none of them.
    const name = rawHeaders[index] as string | Buffer;
    if (name.length >= USAGE_HEADERS.length && isUsageHeader(String(name)))
      headers[String(name).toLowerCase()] = String(rawHeaders[index + 1]);
  }
  return readReply(body, { operation, headers });
}
