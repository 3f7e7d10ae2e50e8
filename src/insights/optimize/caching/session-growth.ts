/** What a cache would have saved on conversations of which only the lengths are known: a prompt that goes on from the one before it begins with it. */
import type { PriceBook } from "../../../pricing/index.ts";
import { Recent } from "../habits/recent.ts";
import type { Call, CalledModel } from "../replay/call.ts";
import { type Cell, FLAGS } from "../replay/cell.ts";
import { Retokener } from "../replay/retokener.ts";
import type { CallFlagger, CallObserver } from "../replay/watching.ts";
import { CACHE_POLICIES, type CachePolicy, type CacheTerms, cacheTermsOf } from "./cache-policies.ts";

const HOUR_MS = 3_600_000;
/** Conversations of one session side by side: an agent and those that it sent out. */
const MOST_CONVERSATIONS = 4;
const MOST_SESSIONS = 200_000;
const MOST_MODELS = 4096;
/** What somebody says between two calls: at most that many tokens, or that share of what was there. */
const ADDED_TOKENS = 200;
const ADDED_SHARE = 0.2;

/** Only what was seen before is written: whether a first call is followed by another is not known when it is made. */
const POLICIES: readonly CachePolicy[] = CACHE_POLICIES.filter(({ writes }) => writes === "second-sight");

interface Conversation {
  timestampMs: number;
  inputTokens: number;
  outputTokens: number;
  /** How much of it a cache would hold, by policy. */
  cachedTokens: number[];
}

export class SessionGrowth implements CallFlagger, CallObserver {
  readonly #retokener: Retokener;
  readonly #terms: CacheTerms[] = [];
  readonly #sessions = new Recent<number, Conversation[]>({ keptMs: HOUR_MS, most: MOST_SESSIONS });
  /** The conversation that the last call went on with. */
  #goesOn: Conversation | undefined;

  constructor(prices: PriceBook) {
    this.#retokener = new Retokener(prices);
  }

  flagsOf(call: Call): number {
    this.#goesOn = undefined;
    const { session, tokens, model, timestampMs } = call;
    if (session === 0 || model.index >= MOST_MODELS || tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h > 0) return 0;
    if ((call.facts?.promptBlocks?.length ?? 0) > 0 || !this.#termsOf(model).hasBreakpoints) return 0;
    this.#sessions.at(timestampMs);
    const conversations = this.#sessions.keep(session * MOST_MODELS + model.index, () => []);
    const before = closest(conversations, call);
    if (before === undefined) {
      begin(conversations, call);
      return 0;
    }
    this.#goesOn = before;
    return FLAGS.grows;
  }

  take(call: Call, cell: Cell): void {
    const conversation = this.#goesOn;
    if (conversation === undefined) return;
    this.#goesOn = undefined;
    const hasPrices = this.#retokener.begin(call, cell);
    const { minimumTokens } = this.#termsOf(call.model);
    const gapMs = call.timestampMs - conversation.timestampMs;
    const before = conversation.inputTokens >= minimumTokens ? conversation.inputTokens : 0;
    for (let index = 0; index < POLICIES.length; index++) {
      const { name, lifetimeMs, writeKind } = POLICIES[index] as CachePolicy;
      const cached = conversation.cachedTokens[index] as number;
      const read = gapMs <= lifetimeMs ? Math.min(cached, before) : 0;
      const written = before - read;
      const isShort = writeKind === "cacheWrite5m";
      if (hasPrices) this.#retokener.add(name, call.tokens.input - before, read, isShort ? written : 0, isShort ? 0 : written);
      conversation.cachedTokens[index] = before;
    }
    conversation.timestampMs = call.timestampMs;
    conversation.inputTokens = call.inputTokens;
    conversation.outputTokens = call.outputTokens;
  }

  #termsOf(model: CalledModel): CacheTerms {
    let terms = this.#terms[model.index];
    if (terms === undefined) {
      terms = cacheTermsOf(model);
      this.#terms[model.index] = terms;
    }
    return terms;
  }
}

/** Of those that the call can go on with, the one that it adds least to. */
function closest(conversations: readonly Conversation[], { timestampMs, inputTokens, tokens }: Call): Conversation | undefined {
  let best: Conversation | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const conversation of conversations) {
    const added = inputTokens - conversation.inputTokens - conversation.outputTokens;
    const most = Math.max(ADDED_TOKENS, ADDED_SHARE * conversation.inputTokens);
    const isOfIt = added >= 0 && added <= most && conversation.inputTokens > 0 && conversation.inputTokens <= tokens.input;
    if (!isOfIt || added >= least || timestampMs - conversation.timestampMs > HOUR_MS) continue;
    best = conversation;
    least = added;
  }
  return best;
}

function begin(conversations: Conversation[], { timestampMs, inputTokens, outputTokens }: Call): void {
  if (conversations.length === MOST_CONVERSATIONS) {
    let oldest = 0;
    for (let place = 1; place < conversations.length; place++) {
      if ((conversations[place] as Conversation).timestampMs < (conversations[oldest] as Conversation).timestampMs) oldest = place;
    }
    conversations.splice(oldest, 1);
  }
  conversations.push({ timestampMs, inputTokens, outputTokens, cachedTokens: POLICIES.map(() => 0) });
}
