/** So many calls and tokens a minute, for each key. */
import { type Clock, systemClock } from "../clock.ts";
import { InvalidInput, quoteValue, RateLimitExceeded } from "../errors.ts";
import { checkKeys, tokensOf } from "./amounts.ts";
import { checkObject } from "./engine.ts";

/** What is left out is not limited; in `byKey`, it is as for all keys. */
export interface RateLimits {
  requestsPerMinute?: number;
  tokensPerMinute?: number;
}

export interface RateLimiterLimits extends RateLimits {
  byKey?: Readonly<Record<string, RateLimits>>;
}

export type RateLimitAnswer =
  | { ok: true }
  | {
      ok: false;
      limit: "requests_per_minute" | "tokens_per_minute";
      /** What the limit allows in a minute, and at once. */
      perMinute: number;
      /** After so long it passes, if nothing else does; absent where it asks for more than ever passes at once. */
      retryAfterMs?: number;
    };

const MINUTE_MS = 60_000;
/** In parts of a request so small that each millisecond gives back a whole number of them, debts stay below 2^53. */
const MOST_PER_MINUTE = 100_000_000_000;
const PASSED: RateLimitAnswer = Object.freeze({ ok: true });

/**
 * What a key owes: each request adds a minute's milliseconds, each millisecond takes away as much as passes in a minute.
 * A debt of a full minute's limit lets nothing pass. One of zero is as if the key had never been seen.
 */
class KeyDebt {
  readonly requestsPerMinute: number;
  readonly tokensPerMinute: number;
  requests = 0;
  tokens = 0;
  atMs: number;

  constructor(limits: Required<RateLimits>, nowMs: number) {
    this.requestsPerMinute = limits.requestsPerMinute;
    this.tokensPerMinute = limits.tokensPerMinute;
    this.atMs = nowMs;
  }

  moveTo(nowMs: number): void {
    const elapsedMs = nowMs - this.atMs;
    if (!(elapsedMs > 0)) return;
    this.atMs = nowMs;
    this.requests = Math.max(0, this.requests - elapsedMs * this.requestsPerMinute);
    this.tokens = Math.max(0, this.tokens - elapsedMs * this.tokensPerMinute);
  }
}

/**
 * Limits on calls and tokens per minute. A key may use a whole minute's limit at once; then it comes back evenly: 1,000 a
 * minute is one every 60 ms. What is refused changes nothing. Time is the steady clock's. A key that has been idle for a
 * minute has its whole limit back and is forgotten, so that memory depends only on the keys in use.
 *
 * @example
 * ```ts
 * import { RateLimiter } from "tokenledger";
 * const limiter = new RateLimiter({ requestsPerMinute: 1000, byKey: { research: { requestsPerMinute: 3000 } } });
 * limiter.check("engineering");
 * limiter.tryCheck("engineering", { tokens: 500 }); // => { ok: true }
 * ```
 */
export class RateLimiter {
  private readonly clock: Clock;
  private readonly limits: Required<RateLimits>;
  private readonly byKey: ReadonlyMap<string, Required<RateLimits>>;
  private keys = new Map<string, KeyDebt>();
  /** Those not seen since the last change of guard. */
  private idleKeys = new Map<string, KeyDebt>();
  private guardChangesMs = Number.NEGATIVE_INFINITY;
  private nowMs = Number.NEGATIVE_INFINITY;

  constructor(limits: RateLimiterLimits, options: { clock?: Clock } = {}) {
    checkKeys(limits, ["requestsPerMinute", "tokensPerMinute", "byKey"], "limits");
    checkKeys(options, ["clock"], "options");
    this.clock = options.clock ?? systemClock;
    this.limits = {
      requestsPerMinute: perMinute(limits.requestsPerMinute, "requestsPerMinute") ?? Number.POSITIVE_INFINITY,
      tokensPerMinute: perMinute(limits.tokensPerMinute, "tokensPerMinute") ?? Number.POSITIVE_INFINITY,
    };
    this.byKey = new Map(
      Object.entries(limits.byKey ?? {}).map(([key, own]) => {
        const place = `byKey[${quoteValue(key)}]`;
        checkKeys(own, ["requestsPerMinute", "tokensPerMinute"], place);
        return [
          key,
          {
            requestsPerMinute: perMinute(own.requestsPerMinute, `${place}.requestsPerMinute`) ?? this.limits.requestsPerMinute,
            tokensPerMinute: perMinute(own.tokensPerMinute, `${place}.tokensPerMinute`) ?? this.limits.tokensPerMinute,
          },
        ];
      }),
    );
  }

  /**
   * Counts a call of the key.
   *
   * @throws RateLimitExceeded where it comes too early; nothing is counted then.
   */
  check(key: string, call?: { tokens?: number }): void {
    const answer = this.tryCheck(key, call);
    if (!answer.ok) throw new RateLimitExceeded(describeRefusal(key, answer), answer.retryAfterMs);
  }

  /** As `check`, and a refusal is a value. */
  tryCheck(key: string, call?: { tokens?: number }): RateLimitAnswer {
    const tokens = tokensToCount(key, call);
    const debt = this.debtOf(key);
    const { requestsPerMinute, tokensPerMinute } = debt;
    const requestsOwed = requestsPerMinute === Number.POSITIVE_INFINITY ? 0 : debt.requests + MINUTE_MS;
    const tokensOwed = tokensPerMinute === Number.POSITIVE_INFINITY ? 0 : debt.tokens + tokens * MINUTE_MS;
    if (requestsOwed > requestsPerMinute * MINUTE_MS || (tokens > 0 && tokensOwed > tokensPerMinute * MINUTE_MS))
      return refusal(debt, requestsOwed, tokens, tokensOwed);
    debt.requests = requestsOwed;
    debt.tokens = tokensOwed;
    return PASSED;
  }

  /** Takes back a call that passed here and was refused elsewhere: as if it had not been counted. */
  giveBack(key: string, call?: { tokens?: number }): void {
    const tokens = tokensToCount(key, call);
    const debt = this.debtOf(key);
    debt.requests = Math.max(0, debt.requests - MINUTE_MS);
    debt.tokens = Math.max(0, debt.tokens - tokens * MINUTE_MS);
  }

  private debtOf(key: string): KeyDebt {
    const now = this.clock.monotonic();
    if (now > this.nowMs) this.nowMs = now;
    if (this.nowMs >= this.guardChangesMs) this.forgetIdle();
    let debt = this.keys.get(key);
    if (debt === undefined) {
      debt = this.idleKeys.get(key) ?? new KeyDebt(this.byKey.get(key) ?? this.limits, this.nowMs);
      this.keys.set(key, debt);
    }
    debt.moveTo(this.nowMs);
    return debt;
  }

  /** A debt is at most a minute's, and a minute pays it: who was not seen for so long owes nothing. */
  private forgetIdle(): void {
    this.idleKeys = this.nowMs < this.guardChangesMs + MINUTE_MS ? this.keys : new Map();
    this.keys = new Map();
    this.guardChangesMs = this.nowMs + MINUTE_MS;
  }
}

function tokensToCount(key: string, call: { tokens?: number } | undefined): number {
  if (typeof key !== "string") throw new InvalidInput(`key: ${quoteValue(key)} is not a text.`);
  if (call === undefined) return 0;
  checkObject(call, "call");
  return tokensOf(call.tokens, "tokens");
}

function refusal(debt: KeyDebt, requestsOwed: number, tokens: number, tokensOwed: number): RateLimitAnswer {
  const { requestsPerMinute, tokensPerMinute } = debt;
  const requestsWait = waitFor(requestsOwed, requestsPerMinute, 1);
  const tokensWait = tokens > 0 ? waitFor(tokensOwed, tokensPerMinute, tokens) : 0;
  const byRequests = requestsWait >= tokensWait;
  const wait = byRequests ? requestsWait : tokensWait;
  return {
    ok: false,
    limit: byRequests ? "requests_per_minute" : "tokens_per_minute",
    perMinute: byRequests ? requestsPerMinute : tokensPerMinute,
    ...(wait < Number.POSITIVE_INFINITY && { retryAfterMs: wait }),
  };
}

/** Infinite for what never passes at once. */
function waitFor(owed: number, limit: number, asked: number): number {
  if (asked > limit) return Number.POSITIVE_INFINITY;
  const excess = owed - limit * MINUTE_MS;
  return excess > 0 ? Math.ceil(excess / limit) : 0;
}

function describeRefusal(key: string, refused: RateLimitAnswer & { ok: false }): string {
  const unit = refused.limit === "requests_per_minute" ? "requests" : "tokens";
  const when = refused.retryAfterMs === undefined ? "more than that never passes at once" : `try again after ${refused.retryAfterMs} ms`;
  return `${quoteValue(key)} may use ${refused.perMinute} ${unit} per minute; ${when}.`;
}

function perMinute(value: number | undefined, what: string): number | undefined {
  const limit = value === undefined ? undefined : tokensOf(value, what);
  if (limit !== undefined && limit > MOST_PER_MINUTE)
    throw new InvalidInput(`${what}: ${quoteValue(value)} is too much; at most ${MOST_PER_MINUTE} a minute are counted exactly.`);
  return limit;
}
