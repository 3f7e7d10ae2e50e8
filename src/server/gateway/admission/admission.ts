/** Setting money aside for a call before it leaves: in all budgets that count it, or the call does not leave. */
import type { ServerResponse } from "node:http";
import { type BudgetDefinition, isHard, streamOverrunOf } from "../../../budget/index.ts";
import { BudgetExceeded, InvalidInput } from "../../../errors.ts";
import type { Ledger, LedgerReservation, ReserveCall } from "../../../ledger/index.ts";
import {
  callEstimate,
  type EstimateKind,
  estimatedCost,
  hidesReasoning,
  outputThatFits,
  type PriceQuery,
  priceQueryOf,
} from "../../../providers/index.ts";
import { Refusal } from "../../http/refusal.ts";
import type { Upstream } from "../../upstreams/upstream.ts";
import type { Upstreams } from "../../upstreams/upstreams.ts";
import type { GatewayCall } from "../gateway-call.ts";
import { budgetRefusal } from "../refusal-of.ts";
import { callAt, changedCall, mayGoTo } from "./changed-call.ts";
import type { GatewayPrices } from "./gateway-prices.ts";
import { RecentRoom } from "./recent-room.ts";
import { WaitingRoom, type Want } from "./waiting-room.ts";

/** So long a hold lasts unless it is renewed: what a gateway that was killed had set aside is charged, and free, soon. */
export const HOLD_MS = 120_000;
/** What a stream holds at first, where its bound is larger; the second is tried where the first is refused. */
const SLICES_TOKENS = [4096, 256] as const;
/** The whole bound of a stream is held at once where it takes at most this share of what is left: far from the cap nothing need be cut. */
const FAR_FROM_CAP = 8n;
/** A call is not clamped to less: nobody wants such an answer. */
const LEAST_CLAMPED_TOKENS = 16;
/** For a call that has waited in vain for others to end. */
const RETRY_MS = 1000;

export interface AdmittedCall {
  /** As it leaves: a budget may have moved it to another model, or lowered its limit. */
  call: GatewayCall;
  hold: LedgerReservation;
  upstream: Upstream;
  model: string;
  kind: EstimateKind;
  /** The price query with which the hold was computed; extensions use the same. */
  priced: PriceQuery;
  /** Output tokens that the hold covers, and up to which it may grow. */
  heldOutputTokens: number;
  wholeOutputTokens: number;
  /** What becomes of a stream that outgrows its hold when no more can be held. */
  overrun: "cut" | "finish";
  /** A budget moved the call to another provider. */
  isSwitched: boolean;
  /** The budgets that count it: when it ends, there is room in them. */
  counting: readonly BudgetDefinition[];
}

interface Place {
  call: GatewayCall;
  upstream: Upstream;
  model: string;
  isSwitched: boolean;
}

export class Admission {
  readonly #ledger: Ledger;
  readonly #prices: GatewayPrices;
  readonly #upstreams: Upstreams;
  readonly #room = new RecentRoom();
  readonly waiting: WaitingRoom = new WaitingRoom();

  constructor(options: { ledger: Ledger; prices: GatewayPrices; upstreams: Upstreams }) {
    this.#ledger = options.ledger;
    this.#prices = options.prices;
    this.#upstreams = options.upstreams;
  }

  /** @throws Refusal 402 or 429 where budgets do not allow the call */
  async admit(call: GatewayCall, upstream: Upstream, attempt: number, response: ServerResponse): Promise<AdmittedCall> {
    let place: Place = { call, upstream, model: call.reading.model, isSwitched: false };
    let waitsUntilMs: number | undefined;
    for (;;) {
      const counting = await this.#ledger.budgets.counting({ provider: place.upstream.name, model: place.model, scope: call.scope });
      try {
        const admitted = await this.#hold(place, attempt, counting);
        // What has made room for one may have made room for the next.
        if (waitsUntilMs !== undefined) this.waiting.roomCame(counting);
        return admitted;
      } catch (error) {
        if (error instanceof InvalidInput && call.hasOwnId) throw requestIdUsed();
        if (!(error instanceof BudgetExceeded)) throw error;
        const other = place.isSwitched ? undefined : this.#switched(call, error);
        if (other !== undefined) {
          place = other;
          continue;
        }
        const isFirst = waitsUntilMs === undefined;
        waitsUntilMs ??= wouldFitWithoutHolds(error) ? this.waiting.deadlineMs() : undefined;
        const mayAsk =
          waitsUntilMs !== undefined &&
          wouldFitWithoutHolds(error) &&
          (await this.waiting.turn(wantOf(place, error), waitsUntilMs, response, isFirst));
        if (waitsUntilMs !== undefined && this.waiting.isClosed)
          throw new Refusal(503, "closing", "The gateway closes.", { retryAfterMs: RETRY_MS });
        if (!mayAsk) throw heldByOthers(budgetRefusal(error, counting, call.caller), waitsUntilMs !== undefined);
      }
    }
  }

  async #hold(place: Place, attempt: number, counting: readonly BudgetDefinition[]): Promise<AdmittedCall> {
    const { call } = place;
    const { reading } = call;
    const binding = counting.filter(bindsHard);
    const kind: EstimateKind = binding.length > 0 ? "bound" : "likely";
    const priced = priceQueryOf(reading, { provider: place.upstream.name, model: place.model, atMs: call.startedMs });
    const whole = reading.output[kind];
    const overrun = binding.length > 0 || counting.some((budget) => streamOverrunOf(budget) === "cut" && !budget.shadow) ? "cut" : "finish";
    // A soft budget that cuts is asked for what goes beyond the likely figure.
    const wholeOutputTokens = overrun === "cut" ? reading.output.bound : whole;
    const admitted = { ...place, kind, priced, wholeOutputTokens, overrun, counting } as const;
    const reserve = (outputTokens: number): Promise<LedgerReservation> => {
      const estimate = callEstimate(reading, kind, outputTokens, this.#prices, priced);
      return this.#reserve(place, attempt, estimate);
    };
    if (kind === "bound" && isProgressive(call, whole)) {
      const { hold, heldOutputTokens } = await this.#holdSlice(call, admitted, reserve);
      return { ...admitted, hold, heldOutputTokens };
    }
    try {
      return { ...admitted, hold: await reserve(whole), heldOutputTokens: whole };
    } catch (error) {
      if (!(error instanceof BudgetExceeded) || kind !== "bound" || reading.isStream) throw error;
      const clamped = this.#clamped(call, error, binding, priced);
      if (clamped === undefined) throw error;
      const heldOutputTokens = clamped.reading.output.bound;
      return { ...admitted, call: clamped, hold: await reserve(heldOutputTokens), heldOutputTokens, wholeOutputTokens: heldOutputTokens };
    }
  }

  /** A first slice, and the rest at once where that takes little of what is left. */
  async #holdSlice(
    call: GatewayCall,
    { priced, wholeOutputTokens: whole }: Pick<AdmittedCall, "priced" | "wholeOutputTokens">,
    reserve: (outputTokens: number) => Promise<LedgerReservation>,
  ): Promise<Pick<AdmittedCall, "hold" | "heldOutputTokens">> {
    const wholeNanoUsd = BigInt(estimatedCost(call.reading, "bound", whole, this.#prices, priced) ?? 0);
    const room = this.#room.of(call);
    if (room !== undefined && wholeNanoUsd * FAR_FROM_CAP <= room) {
      try {
        const hold = await reserve(whole);
        this.#room.saw(call, hold.remainingNanoUsd);
        return { hold, heldOutputTokens: whole };
      } catch (error) {
        if (!(error instanceof BudgetExceeded)) throw error;
        this.#room.saw(call, undefined);
      }
    }
    const [slice, least] = SLICES_TOKENS;
    let heldOutputTokens: number = slice;
    let hold: LedgerReservation;
    try {
      hold = await reserve(slice);
    } catch (error) {
      if (!(error instanceof BudgetExceeded)) throw error;
      heldOutputTokens = least;
      hold = await reserve(least);
    }
    const { remainingNanoUsd } = hold;
    this.#room.saw(call, remainingNanoUsd);
    const growthNanoUsd = wholeNanoUsd - hold.estimate.costNanoUsd;
    if (heldOutputTokens === least || remainingNanoUsd === undefined || growthNanoUsd * FAR_FROM_CAP > remainingNanoUsd) {
      return { hold, heldOutputTokens };
    }
    try {
      await hold.extend({ estimate: callEstimate(call.reading, "bound", whole, this.#prices, priced) });
      return { hold, heldOutputTokens: whole };
    } catch (error) {
      if (error instanceof BudgetExceeded) return { hold, heldOutputTokens };
      throw error;
    }
  }

  /** With answers so short that it fits; undefined where not every budget that refuses wants that, or too little would be left. */
  #clamped(
    call: GatewayCall,
    { breaches }: BudgetExceeded,
    binding: readonly BudgetDefinition[],
    priced: PriceQuery,
  ): GatewayCall | undefined {
    const { reading } = call;
    const whole = reading.output.bound;
    if (reading.places.outputLimit.length === 0) return undefined;
    const wholeNanoUsd = estimatedCost(reading, "bound", whole, this.#prices, priced);
    if (wholeNanoUsd === undefined) return undefined;
    const room = { nanoUsd: wholeNanoUsd, tokens: reading.input.bound + whole };
    for (const breach of breaches) {
      if (!breach.refuses) continue;
      if (binding.find(({ name }) => name === breach.budget)?.clamp !== true) return undefined;
      if (breach.cap === "cost_usd") {
        const excess = Number(breach.attemptedNanoUsd ?? 0) - Number(breach.limitNanoUsd ?? 0);
        room.nanoUsd = Math.min(room.nanoUsd, wholeNanoUsd - excess);
      } else {
        room.tokens = Math.min(room.tokens, reading.input.bound + whole - (breach.attempted - breach.limit));
      }
    }
    const least = LEAST_CLAMPED_TOKENS * reading.choices;
    const fitting = outputThatFits(reading, { least, most: whole }, room, this.#prices, priced);
    return fitting === undefined ? undefined : shortened(call, fitting);
  }

  /** Where every budget that refuses lets the call move to one and the same provider, which speaks its format and has a model for it. */
  #switched(call: GatewayCall, { breaches }: BudgetExceeded): Place | undefined {
    const refusing = breaches.filter(({ refuses }) => refuses);
    const name = refusing[0]?.switchTo;
    if (name === undefined || !refusing.every(({ enforcement, switchTo }) => enforcement === "switch_provider" && switchTo === name)) {
      return undefined;
    }
    const upstream = this.#upstreams.get(name);
    if (upstream === undefined || upstream.api !== call.route.format || !mayGoTo(call, upstream)) return undefined;
    if (upstream.defaultModel === undefined && !upstream.lists(call.reading.model)) return undefined;
    const moved = callAt(call, upstream);
    return moved && { call: moved, upstream, model: moved.reading.model, isSwitched: true };
  }

  async #reserve({ call, upstream, model }: Place, attempt: number, estimate: ReserveCall["estimate"]): Promise<LedgerReservation> {
    const hold = await this.#ledger.reserve({
      requestId: call.requestId,
      attempt,
      provider: upstream.name,
      model,
      scope: call.scope,
      estimate,
      source: "gateway",
      ttlMs: HOLD_MS,
      dispatched: true,
      durability: "commit",
      // A spread last costs nothing where it adds nothing; before others it makes each of them dear.
      ...(model === call.requestedModel ? undefined : { requestedModel: call.requestedModel }),
    });
    if (hold.isNew) return hold;
    throw requestIdUsed();
  }
}

function requestIdUsed(): Refusal {
  return new Refusal(409, "request_id_used", "A call with this x-tokenledger-request-id was made before, or is under way.", {
    headers: ["x-should-retry", "false"],
  });
}

/** Only what calls under way hold is in the way: most of it will not be spent. */
function wouldFitWithoutHolds({ breaches }: BudgetExceeded): boolean {
  return breaches.every(({ refuses, ...breach }) => {
    const { limit, attempted, reserved = 0, limitNanoUsd = 0, attemptedNanoUsd = 0, reservedNanoUsd } = breach;
    if (!refuses) return true;
    if (reservedNanoUsd !== undefined)
      return reservedNanoUsd > 0 && BigInt(attemptedNanoUsd) - BigInt(reservedNanoUsd) <= BigInt(limitNanoUsd);
    return reserved > 0 && attempted - reserved <= limit;
  });
}

function wantOf({ call, upstream, model }: Place, { breaches }: BudgetExceeded): Want {
  const budgets = breaches.flatMap(({ refuses, budget }) => (refuses && budget !== undefined ? [budget] : []));
  return { line: JSON.stringify([budgets, call.scope, upstream.name, model]), budgets };
}

function heldByOthers(refusal: Refusal, hasWaited: boolean): Refusal {
  if (!hasWaited) return refusal;
  const message = `${refusal.message} What is left is held by calls under way.`;
  return new Refusal(refusal.status, refusal.code, message, { headers: refusal.headers, retryAfterMs: refusal.retryAfterMs ?? RETRY_MS });
}

function bindsHard(budget: BudgetDefinition): boolean {
  return isHard(budget) && !budget.shadow && budget.enforcement !== "notify_only";
}

/** What is seen of a stream tells how much of its hold is used, unless the model thinks unseen. */
function isProgressive({ reading }: GatewayCall, whole: number): boolean {
  return reading.isStream && !reading.isBackground && whole > SLICES_TOKENS[0] && !hidesReasoning(reading);
}

/** With a limit for each answer, so that all its output together is at most what fits: a provider may run several times for one answer. */
function shortened(call: GatewayCall, fittingTokens: number): GatewayCall | undefined {
  let limit = Math.floor(fittingTokens / call.reading.choices);
  for (let tries = 0; tries < 2 && limit >= LEAST_CLAMPED_TOKENS; tries++) {
    const shorter = changedCall(call, { maxOutputTokens: limit });
    const { bound } = shorter.reading.output;
    if (bound <= fittingTokens) return shorter;
    limit = Math.floor((limit * fittingTokens) / bound);
  }
  return undefined;
}
