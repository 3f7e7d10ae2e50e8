/** What calls that use a cache would have cost with another lifetime of what they write, or without a cache at all. */
import type { PriceBook } from "../../../pricing/index.ts";
import { Recent } from "../habits/recent.ts";
import type { Call, CalledModel } from "../replay/call.ts";
import type { Cell } from "../replay/cell.ts";
import { Retokener } from "../replay/retokener.ts";
import type { CallObserver } from "../replay/watching.ts";
import { cacheTermsOf } from "./cache-policies.ts";

const MINUTE_MS = 60_000;
const SHORT_MS = 5 * MINUTE_MS;
const LONG_MS = 60 * MINUTE_MS;
const MOST_CONVERSATIONS = 4;
const MOST_SESSIONS = 200_000;
const MOST_MODELS = 4096;
const MOST_WORKLOADS = 4096;
/** What is read is what was there before, but for how tokens are counted. */
const SAME_SHARE = 0.02;

export const WITHOUT_CACHE = "without-cache";
export const SHORT_LIFE = "lifetime-5m";
export const LONG_LIFE = "lifetime-1h";

interface Cached {
  timestampMs: number;
  inputTokens: number;
  /** How much of its prompt is in the cache since. */
  tokens: number;
}

export class CacheLifetimes implements CallObserver {
  readonly #retokener: Retokener;
  readonly #hasLifetimes: boolean[] = [];
  readonly #sessions = new Recent<number, Cached[]>({ keptMs: LONG_MS, most: MOST_SESSIONS });
  /** When a workload's calls last used the cache of a model. */
  readonly #lastUses = new Map<number, number>();

  constructor(prices: PriceBook) {
    this.#retokener = new Retokener(prices);
  }

  take(call: Call, cell: Cell): void {
    const { cacheRead, cacheWrite5m, cacheWrite1h } = call.tokens;
    if (cacheRead + cacheWrite5m + cacheWrite1h === 0 || !this.#canChoose(call.model)) return;
    const { timestampMs, inputTokens, session } = call;
    const user = call.workload.index * MOST_MODELS + call.model.index;
    const conversations = this.#conversationsOf(call);
    const source = cacheRead === 0 ? undefined : readFrom(conversations, cacheRead);
    const isReadSoon = timestampMs - (source?.timestampMs ?? this.#lastUse(user)) <= SHORT_MS;
    const again = cacheWrite5m > 0 ? writtenAnew(conversations, call) : 0;
    if (call.workload.index < MOST_WORKLOADS && call.model.index < MOST_MODELS) this.#lastUses.set(user, timestampMs);
    if (session !== 0) remember(conversations, source, { timestampMs, inputTokens, tokens: cacheRead + cacheWrite5m + cacheWrite1h });

    const retokener = this.#retokener;
    if (!retokener.begin(call, cell)) return;
    const { input } = call.tokens;
    const written = cacheWrite5m + cacheWrite1h;
    retokener.add(WITHOUT_CACHE, input + cacheRead + written, 0, 0, 0);
    retokener.add(SHORT_LIFE, input, isReadSoon ? cacheRead : 0, isReadSoon ? written : written + cacheRead, 0);
    retokener.add(LONG_LIFE, input, cacheRead + again, 0, written - again);
  }

  #canChoose(model: CalledModel): boolean {
    let known = this.#hasLifetimes[model.index];
    if (known === undefined) {
      known = cacheTermsOf(model).hasBreakpoints;
      this.#hasLifetimes[model.index] = known;
    }
    return known;
  }

  #conversationsOf({ session, model, timestampMs }: Call): Cached[] {
    if (session === 0 || model.index >= MOST_MODELS) return [];
    this.#sessions.at(timestampMs);
    return this.#sessions.keep(session * MOST_MODELS + model.index, () => []);
  }

  /** Never: what nobody is known to have used is taken to be lost with a shorter life. */
  #lastUse(user: number): number {
    return this.#lastUses.get(user) ?? Number.NEGATIVE_INFINITY;
  }
}

/** Who left in the cache what was read now; undefined where that was no call of the session. */
function readFrom(conversations: readonly Cached[], tokens: number): Cached | undefined {
  let best: Cached | undefined;
  let least = SAME_SHARE * tokens;
  for (const conversation of conversations) {
    const difference = Math.abs(conversation.tokens - tokens);
    if (difference > least) continue;
    best = conversation;
    least = difference;
  }
  return best;
}

/** How much a cache of an hour would still have held of what a call again, as the call goes on from one of five minutes to an hour before. */
function writtenAnew(conversations: readonly Cached[], { timestampMs, inputTokens, tokens }: Call): number {
  let most = 0;
  for (const before of conversations) {
    const gapMs = timestampMs - before.timestampMs;
    if (gapMs <= SHORT_MS || gapMs > LONG_MS || before.inputTokens > inputTokens) continue;
    most = Math.max(most, before.tokens - tokens.cacheRead);
  }
  return Math.min(most, tokens.cacheWrite5m);
}

function remember(conversations: Cached[], source: Cached | undefined, now: Cached): void {
  const before = source ?? longest(conversations, now);
  if (before !== undefined) Object.assign(before, now);
  else if (conversations.length < MOST_CONVERSATIONS) conversations.push(now);
  else
    Object.assign(
      conversations.reduce((oldest, each) => (each.timestampMs < oldest.timestampMs ? each : oldest)),
      now,
    );
}

/** A prompt that begins anew goes on with the longest one that fits into it. */
function longest(conversations: readonly Cached[], { inputTokens }: Cached): Cached | undefined {
  let best: Cached | undefined;
  for (const each of conversations) {
    if (each.inputTokens <= inputTokens && each.inputTokens > (best?.inputTokens ?? 0)) best = each;
  }
  return best;
}
