/** Makes a call that was let in: holds, sends, settles; again or elsewhere where that helps. Each attempt has its own hold and record. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../../clock.ts";
import type { ActualUsage, SettledCall } from "../../../ledger/index.ts";
import { changedBody, type Reading, type RequestReading, readReply } from "../../../providers/index.ts";
import { answer } from "../../http/answer.ts";
import { forwardedRequestHeaders, headerValue } from "../../http/headers.ts";
import { Refusal } from "../../http/refusal.ts";
import { type NextAttempt, nextAttempt } from "../../upstreams/next-attempt.ts";
import type { OutgoingRequest, Upstream } from "../../upstreams/upstream.ts";
import type { Admission, AdmittedCall } from "../admission/admission.ts";
import type { GatewayPrices } from "../admission/gateway-prices.ts";
import type { GatewayCall } from "../gateway-call.ts";
import { trackPending } from "../settling/later-usage.ts";
import type { SettleQueue } from "../settling/settle-queue.ts";
import { streamedUsage, unansweredUsage, wholeUsage } from "../settling/settlement.ts";
import { Attempt, type AttemptEnd, type FailedAttempt, type WholeReply } from "./attempt.ts";
import { ownHeaders } from "./own-headers.ts";
import { isOwnTrouble } from "./own-trouble.ts";

/** The hold's time is made anew at a third of it, long before it runs out. */
const HOLD_MS = 600_000;
const RENEW_MS = 200_000;

export interface CallRunnerOptions {
  admission: Admission;
  prices: GatewayPrices;
  settling: SettleQueue;
  clock: Clock;
  log: (line: string) => void;
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

  /** @throws Refusal where no provider was asked */
  async run(call: GatewayCall, upstreams: readonly Upstream[], request: IncomingMessage, response: ServerResponse): Promise<void> {
    const untried = [...upstreams];
    let upstream = untried.shift() as Upstream;
    let attemptsHere = 1;
    for (let attempt = 1; ; attempt++) {
      const admitted = await this.#options.admission.admit(call, upstream, modelAt(upstream, call.reading), attempt, response);
      if (response.destroyed) return this.#options.settling.release(admitted.hold);
      const startedMs = this.#options.clock.monotonic();
      const end = await this.#send(call, admitted, response);
      const settled = await this.#settle(call, admitted, end, this.#options.clock.monotonic() - startedMs);
      this.#options.admission.waiting.roomCame();
      if (end.kind === "streamed") return;
      const next = this.#next(end, admitted.upstream, attemptsHere, untried.length > 0);
      if (next.kind === "give_up" || response.destroyed) return this.#reply(call, admitted, end, settled, request, response);
      const other = next.kind === "other" ? untried.shift() : undefined;
      if (other !== undefined) this.#options.log(`${upstream.name} failed; request ${call.requestId} goes to ${other.name}`);
      if (next.kind === "retry") await sleep(next.delayMs);
      attemptsHere = other === undefined ? attemptsHere + 1 : 1;
      upstream = other ?? upstream;
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

  get underWay(): number {
    return this.#underWay.length;
  }

  async #send(call: GatewayCall, admitted: AdmittedCall, response: ServerResponse): Promise<AttemptEnd> {
    const { prices, clock } = this.#options;
    const hidesUsage = asksForUsageHere(call.reading);
    const attempt = new Attempt({ call, admitted, response, prices, hidesUsage, ownHeaders: ownHeaders(call, admitted) });
    const underWay = { index: this.#underWay.length, attempt, admitted, renewedMs: clock.monotonic() };
    this.#underWay.push(underWay);
    const left = (): void => attempt.clientLeft(clock.monotonic());
    response.once("close", left);
    try {
      return await attempt.run(outgoing(call, admitted, hidesUsage));
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

  async #settle(call: GatewayCall, admitted: AdmittedCall, end: AttemptEnd, elapsedMs: number): Promise<SettledCall | undefined> {
    const { settling, prices, log } = this.#options;
    const about = { call, admitted, prices, latencyMs: Math.round(elapsedMs) };
    if (end.kind === "failed") {
      if (end.failure.wasSent) return settling.settle(admitted.hold, unansweredUsage(about, end.failure.message));
      log(`${admitted.upstream.name}: ${end.failure.message}; nothing of request ${call.requestId} has left`);
      await settling.release(admitted.hold);
      return undefined;
    }
    const reading = end.kind === "whole" ? readWhole(call, end) : end.reading;
    if (call.reading.isBackground && (await trackPending(admitted, reading, end, log))) return undefined;
    const actual: ActualUsage = end.kind === "whole" ? wholeUsage(about, end.status, reading, end.body.length) : streamedUsage(about, end);
    return settling.settle(admitted.hold, actual);
  }

  #reply(
    call: GatewayCall,
    admitted: AdmittedCall,
    end: WholeReply | FailedAttempt,
    settled: SettledCall | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    if (end.kind === "failed") throw unanswered(end);
    if (isOwnTrouble(end.status)) {
      this.#options.log(`${admitted.upstream.name} refuses the gateway itself with status ${end.status}`);
      throw new Refusal(502, "upstream_refused", "The provider does not accept the gateway's own credentials.");
    }
    answer(request, response, { status: end.status, headers: [...end.headers, ...ownHeaders(call, admitted, settled)], body: end.body });
  }
}

const GIVE_UP = { kind: "give_up" } as const;

/** The hold has been charged, or released; the client learns no more than that. */
function unanswered({ failure }: FailedAttempt): Refusal {
  if (failure.kind === "head_timeout" || failure.kind === "idle_timeout") {
    return new Refusal(504, "upstream_timeout", "The provider did not answer in time.");
  }
  return new Refusal(502, "upstream_unreachable", "The provider could not be reached, or broke its reply off.");
}

function modelAt(upstream: Upstream, reading: RequestReading): string {
  return upstream.lists(reading.model) ? reading.model : (upstream.defaultModel ?? reading.model);
}

function asksForUsageHere({ isStream, operation, asksForUsage }: RequestReading): boolean {
  return isStream && !asksForUsage && (operation === "chat" || operation === "completions");
}

function outgoing(call: GatewayCall, { model, maxOutputTokens }: AdmittedCall, includeUsage: boolean): OutgoingRequest {
  const { reading, route } = call;
  const isOtherModel = model !== reading.model;
  let { body, path } = call as { body: Uint8Array; path: string };
  if (isOtherModel && route.model !== undefined) path = path.replace(`/${route.model}:`, `/${encodeURIComponent(model)}:`);
  if ((isOtherModel && route.model === undefined) || maxOutputTokens !== undefined || includeUsage) {
    body = changedBody(body, reading, {
      ...(isOtherModel && route.model === undefined ? { model } : {}),
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      ...(includeUsage ? { includeUsage } : {}),
    });
  }
  return { method: "POST", path: path + call.query, headers: forwardedRequestHeaders(call.rawHeaders), body };
}

function readWhole({ reading: { operation } }: GatewayCall, { body, rawHeaders }: WholeReply): Reading {
  const headers: Record<string, string> = {};
  for (let index = 0; index < rawHeaders.length; index += 2)
    headers[String(rawHeaders[index]).toLowerCase()] = String(rawHeaders[index + 1]);
  return readReply(body, { operation, headers });
}
