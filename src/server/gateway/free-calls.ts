/** Calls that cost nothing: counting tokens, and asking for what an earlier call has made. They need a budget with something left, too. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { BudgetExceeded } from "../../errors.ts";
import type { ActualUsage, Ledger, LedgerReservation } from "../../ledger/index.ts";
import { batchUsage, laterUsage, type Operation, type Reading, readReply } from "../../providers/index.ts";
import { answer } from "../http/answer.ts";
import { forwardedRequestHeaders } from "../http/headers.ts";
import { Refusal } from "../http/refusal.ts";
import type { Observing } from "../observing/observing.ts";
import type { OutgoingRequest, Upstream } from "../upstreams/upstream.ts";
import type { Upstreams } from "../upstreams/upstreams.ts";
import type { Caller } from "./access/caller.ts";
import type { GatewayPrices } from "./admission/gateway-prices.ts";
import type { WholeReply } from "./forwarding/attempt.ts";
import { plain } from "./forwarding/own-headers.ts";
import { gatewayRefused, refusesGateway, unanswered } from "./forwarding/upstream-refusals.ts";
import { wholeReply } from "./forwarding/whole-reply.ts";
import { type KeptWork, workName } from "./kept-work.ts";
import { budgetRefusal } from "./refusal-of.ts";
import type { Route } from "./routes.ts";
import { laterEvent } from "./settling/call-event.ts";
import { trackedAt } from "./settling/later-usage.ts";
import type { SettleQueue } from "./settling/settle-queue.ts";

/** The least that an exhausted budget refuses. */
const LEAST = { inputTokens: 1, outputTokens: 0, costUsd: "0.000000001" } as const;

export interface FreeCall {
  requestId: string;
  caller: Caller;
  scope: Parameters<Ledger["reserve"]>[0]["scope"] & object;
  /** What goes to the provider. */
  outgoing: OutgoingRequest;
}

export class FreeCalls {
  readonly #ledger: Ledger;
  readonly #upstreams: Upstreams;
  readonly #prices: GatewayPrices;
  readonly #settling: SettleQueue;
  readonly #keptWork: KeptWork;
  readonly #observing: Observing;

  constructor(options: {
    ledger: Ledger;
    upstreams: Upstreams;
    prices: GatewayPrices;
    settling: SettleQueue;
    keptWork: KeptWork;
    observing: Observing;
  }) {
    this.#ledger = options.ledger;
    this.#upstreams = options.upstreams;
    this.#prices = options.prices;
    this.#settling = options.settling;
    this.#keptWork = options.keptWork;
    this.#observing = options.observing;
  }

  /** Counting tokens. */
  async count(call: FreeCall, upstream: Upstream, model: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.#check(call, upstream.name, model);
    passOn(call, await received(upstream, call.outgoing), request, response);
  }

  /** Whoever asks first for a result that is final, settles its call. */
  async poll(
    call: FreeCall,
    route: Route,
    provider: string | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const speaking = this.#upstreams.all.filter(({ api }) => api === route.format);
    if (speaking.length === 0) throw new Refusal(404, "not_found", "No provider is configured for this path.");
    const id = route.externalId as string;
    const keeper = await this.#keptWork.find(call.caller, route.format, id);
    const tracked = await trackedAt(this.#ledger, keeper === undefined ? speaking : [keeper], id);
    const wanted = keeper?.name ?? tracked?.upstreamName ?? provider;
    const upstream = speaking.find(({ name }) => name === wanted) ?? (speaking[0] as Upstream);
    if (tracked === undefined) await this.#check(call, upstream.name, "poll");
    const reply = await received(upstream, call.outgoing);
    if (tracked !== undefined && reply.status < 300) await this.#settle(call, route, tracked.hold, upstream, reply);
    passOn(call, reply, request, response);
  }

  async #settle(call: FreeCall, route: Route, hold: LedgerReservation, { name }: Upstream, reply: WholeReply): Promise<void> {
    const operation = route.operation ?? "responses";
    const actual = this.#usageOf(operation, reply, name, hold.reservedMs);
    if (actual === undefined) return;
    // An administrator may ask for others' work.
    const owner = (await this.#ledger.ownerOf(workName(name, route.externalId as string))) ?? call.scope;
    await this.#settling.settle(hold, actual, {
      ended: (settled) => {
        if (settled !== undefined) this.#observing.call(laterEvent({ hold, provider: name, operation, owner, actual, settled }));
      },
    });
  }

  /** Undefined where the work goes on, or nobody tells. */
  #usageOf(operation: Operation, { body }: WholeReply, provider: string, atMs: number): ActualUsage | undefined {
    if (operation === "message_batches") return batchUsage(body, provider, this.#prices, atMs);
    const reading: Reading = readReply(body, { operation });
    return reading.isPending === true ? undefined : laterUsage(reading, { prices: this.#prices, provider, atMs });
  }

  /** Sets next to nothing aside and gives it back: what is exhausted refuses that as it refuses all else. */
  async #check({ caller, scope }: FreeCall, provider: string, model: string): Promise<void> {
    try {
      const hold = await this.#ledger.reserve({
        // Its own name: the call's may be that of a call that costs something, whose hold must stay.
        requestId: randomUUID(),
        provider,
        model,
        scope,
        estimate: LEAST,
        source: "gateway",
        durability: "commit",
      });
      await this.#settling.release(hold);
    } catch (error) {
      if (!(error instanceof BudgetExceeded)) throw error;
      throw budgetRefusal(error, await this.#ledger.budgets.counting({ provider, model, scope }), caller);
    }
  }
}

export function outgoingRequest(
  method: "GET" | "POST" | "DELETE",
  path: string,
  rawHeaders: readonly string[],
  body?: Buffer,
): OutgoingRequest {
  const headers = forwardedRequestHeaders(rawHeaders);
  return body === undefined || body.length === 0 ? { method, path, headers } : { method, path, headers, body };
}

async function received(upstream: Upstream, outgoing: OutgoingRequest): Promise<WholeReply> {
  const reply = await wholeReply(upstream, outgoing);
  if (reply.kind === "failed") throw unanswered(reply.failure);
  return reply;
}

function passOn({ requestId }: FreeCall, reply: WholeReply, request: IncomingMessage, response: ServerResponse): void {
  if (refusesGateway(reply.status)) throw gatewayRefused();
  answer(request, response, {
    status: reply.status,
    headers: [...reply.headers, "x-tokenledger-request-id", plain(requestId)],
    body: reply.body,
  });
}
