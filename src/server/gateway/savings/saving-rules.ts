/**
 * What somebody has decided to do about spending, done to each call: another model, or the wish to have its prompt cached. A call that
 * could go as it came never fails because of a rule: what its rule made of it is only tried first.
 */
import { hash } from "node:crypto";
import { isSameName } from "../../../budget/index.ts";
import type { Clock } from "../../../clock.ts";
import type { AppliedRule, RuledModel, RuleScope } from "../../../config/index.ts";
import { InvalidInput } from "../../../errors.ts";
import type { CallOwner } from "../../../ledger/index.ts";
import { canonicalProvider } from "../../../pricing/index.ts";
import { modelLimits, type Operation, PromptHasher, type RequestReading, readRequest, withCacheMarks } from "../../../providers/index.ts";
import type { PromptBlock } from "../../../usage/index.ts";
import { Refusal } from "../../http/refusal.ts";
import type { NoteEvent } from "../../observing/happenings.ts";
import type { Upstream } from "../../upstreams/upstream.ts";
import type { Upstreams } from "../../upstreams/upstreams.ts";
import { changedCall, withBody, withinPolicy } from "../admission/changed-call.ts";
import type { GatewayPrices } from "../admission/gateway-prices.ts";
import type { GatewayCall } from "../gateway-call.ts";
import { SeenPrompts } from "./seen-prompts.ts";
import { sendableModel } from "./sendable-model.ts";

/** Vectors of other models are other vectors, and other voices are other voices. */
const ROUTED: ReadonlySet<Operation> = new Set(["chat", "completions", "responses", "messages", "generate"]);
/** A rule whose model is not known where it leads rests so long. */
const REST_MS = 300_000;
const RANDOM_KEY_BYTES = 32;

type RouteRule = AppliedRule & { action: Extract<AppliedRule["action"], { type: "route" }> };
type CacheRule = AppliedRule & { action: Extract<AppliedRule["action"], { type: "cache" }> };

/** A call as its rules want it. */
export interface SavedPlace {
  call: GatewayCall;
  upstream: Upstream;
  /** The provider would not have it so. */
  refused(status: number): void;
}

export interface SavingRulesOptions {
  upstreams: Upstreams;
  prices: GatewayPrices;
  clock: Clock;
  note: (event: NoteEvent) => void;
}

export class SavingRules {
  readonly #options: SavingRulesOptions;
  /** What is in force. */
  rules: readonly AppliedRule[] = [];
  #routes: readonly RouteRule[] = [];
  #caches: readonly CacheRule[] = [];
  #restUntilMs = new Map<string, number>();
  #text = "";
  #seen = new SeenPrompts();
  #hasher: PromptHasher | undefined;

  constructor(options: SavingRulesOptions, rules: readonly AppliedRule[]) {
    this.#options = options;
    this.replace(rules);
  }

  /** From the next call on. */
  replace(rules: readonly AppliedRule[]): void {
    const text = JSON.stringify(rules);
    if (text === this.#text) return;
    this.#text = text;
    this.rules = rules;
    this.#routes = rules.filter((rule): rule is RouteRule => rule.action.type === "route");
    this.#caches = rules.filter((rule): rule is CacheRule => rule.action.type === "cache");
    this.#restUntilMs = new Map();
  }

  /** Undefined where the call goes as it came. @param isProviderChosen by the caller, in a header of the call */
  placeFor(call: GatewayCall, upstream: Upstream, isProviderChosen: boolean): SavedPlace | undefined {
    if (this.#routes.length === 0 && this.#caches.length === 0) return undefined;
    const { operation, isBackground } = call.reading;
    if (!ROUTED.has(operation) || isBackground) return undefined;
    const routed = this.#routed(call, upstream, isProviderChosen);
    const cached = this.#cached(routed?.call ?? call, routed?.upstream ?? upstream);
    if (routed === undefined && cached === undefined) return undefined;
    return {
      call: cached ?? (routed as { call: GatewayCall }).call,
      upstream: routed?.upstream ?? upstream,
      refused: (status) => this.#refused(routed?.rule, status),
    };
  }

  #routed(
    call: GatewayCall,
    upstream: Upstream,
    isProviderChosen: boolean,
  ): { call: GatewayCall; upstream: Upstream; rule: RouteRule } | undefined {
    for (const rule of this.#routes) {
      const { from, to, keptShare } = rule.action;
      if (!this.#isModel(from, upstream, call.reading.model) || !isInScope(rule.scopes, call.scope) || this.#rests(rule)) continue;
      // Kept back, so that both models can be compared; of which calls, nobody chooses.
      if (shareOf(rule.id, call.requestId) < keptShare) continue;
      const target = to.provider === from.provider ? upstream : this.#upstreamOf(to.provider, upstream);
      if (target === undefined || target.api !== upstream.api || target.state === "open") continue;
      if (target !== upstream && (isProviderChosen || call.reading.storedIds !== undefined)) continue;
      const moved = this.#moved(call, target, to.model);
      if (moved !== undefined) return { call: moved, upstream: target, rule };
    }
    return undefined;
  }

  #upstreamOf(provider: string, own: Upstream): Upstream | undefined {
    const home = canonicalProvider(provider);
    if (own.name === provider) return own;
    const { upstreams } = this.#options;
    return upstreams.get(provider) ?? upstreams.all.find(({ name }) => canonicalProvider(name) === home);
  }

  /** Undefined where the key does not allow it, or the model is known not to take it. */
  #moved(call: GatewayCall, target: Upstream, named: string): GatewayCall | undefined {
    const model = sendableModel(this.#options.prices.book, target, named);
    if (!target.lists(model)) return undefined;
    try {
      const moved = changedCall(call, { model });
      if (!fits(moved.reading)) return undefined;
      return { ...withinPolicy(moved), isMoved: true };
    } catch (error) {
      if (error instanceof InvalidInput || error instanceof Refusal) return undefined;
      throw error;
    }
  }

  #cached(call: GatewayCall, upstream: Upstream): GatewayCall | undefined {
    const { reading } = call;
    if (this.#caches.length === 0 || reading.operation !== "messages" || reading.dearKinds.cacheWrite !== undefined) return undefined;
    const rule = this.#caches.find(({ action, scopes }) => this.#isModel(action, upstream, reading.model) && isInScope(scopes, call.scope));
    if (rule === undefined) return undefined;
    const place = `${upstream.name}/${reading.model}`;
    const marks = this.#seen.marks(rule.action.policy, place, this.#blocksOf(call), this.#options.clock.now());
    const body = marks && withCacheMarks(call.body, marks);
    return body && withBody(call, body);
  }

  /** Where records tell nothing of prompts, they are known here all the same, under a key that nobody learns. */
  #blocksOf({ reading, body }: GatewayCall): readonly PromptBlock[] {
    if (reading.facts?.promptBlocks !== undefined) return reading.facts.promptBlocks;
    this.#hasher ??= new PromptHasher(crypto.getRandomValues(new Uint8Array(RANDOM_KEY_BYTES)));
    return readRequest(reading.operation, body, { hasher: this.#hasher }).facts?.promptBlocks ?? [];
  }

  #isModel({ provider, model }: RuledModel, upstream: Upstream, asked: string): boolean {
    if (upstream.name !== provider && canonicalProvider(upstream.name) !== canonicalProvider(provider)) return false;
    const { book } = this.#options.prices;
    return asked === model || book.canonicalModel(provider, asked) === book.canonicalModel(provider, model);
  }

  #rests({ id }: RouteRule): boolean {
    const untilMs = this.#restUntilMs.get(id);
    return untilMs !== undefined && this.#options.clock.monotonic() < untilMs;
  }

  #refused(rule: RouteRule | undefined, status: number): void {
    if (rule === undefined || status !== 404 || this.#rests(rule)) return;
    this.#restUntilMs.set(rule.id, this.#options.clock.monotonic() + REST_MS);
    const { provider, model } = rule.action.to;
    const message = `${provider} knows no model ${model}: the saving ${rule.id} rests for five minutes, and its calls go as they came.`;
    this.#options.note({ level: "warn", kind: "provider", provider, message });
  }
}

/** As far as the model's limits are known: what would be refused for its length is not sent. */
function fits({ model, input, outputLimit = 0 }: RequestReading): boolean {
  const { windowTokens, outputTokens } = modelLimits(model);
  return input.likely + outputLimit <= windowTokens && outputLimit <= outputTokens;
}

/** A name that a rule leaves empty is one that the call does not have. */
function isInScope(scopes: readonly RuleScope[], owner: CallOwner): boolean {
  return scopes.some((scope) =>
    (["org", "team", "project", "key"] as const).every((name) => {
      const wanted = scope[name];
      const own = owner[name];
      if (wanted === undefined) return true;
      return wanted === "" ? own === undefined : own !== undefined && isSameName(wanted, own);
    }),
  );
}

/** From 0 to 1, the same for the same request, and as good as drawn. */
function shareOf(ruleId: string, requestId: string): number {
  return Number.parseInt(hash("sha256", `${ruleId} ${requestId}`).slice(0, 8), 16) / 2 ** 32;
}
