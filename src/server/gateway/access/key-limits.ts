/** How often, and how many at once: the limits that a key carries itself. Budgets and teams' rates are the book's. */
import { RateLimiter } from "../../../budget/index.ts";
import type { Clock } from "../../../clock.ts";
import type { VirtualKey } from "../../../ledger/index.ts";
import { Refusal } from "../../http/refusal.ts";

/** Without a hint, clients that are refused because too many of their calls are under way would come back at once. */
const CONCURRENCY_RETRY_MS = 1000;

export class KeyLimits {
  readonly #clock: Clock;
  /** Keys with the same limits share a limiter, which counts each key by itself. */
  readonly #limiters = new Map<string, RateLimiter>();
  readonly #underWay = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Counts a call that begins.
   *
   * @returns what to call when it has ended
   * @throws Refusal 429
   */
  begin(key: VirtualKey, tokens: number): () => void {
    const { maxConcurrentCalls } = key;
    const underWay = this.#underWay.get(key.id) ?? 0;
    if (maxConcurrentCalls !== undefined && underWay >= maxConcurrentCalls) {
      throw new Refusal(429, "too_many_concurrent_calls", `This API key may make ${maxConcurrentCalls} calls at a time.`, {
        retryAfterMs: CONCURRENCY_RETRY_MS,
      });
    }
    this.#checkRate(key, tokens);
    if (maxConcurrentCalls === undefined) return NOTHING;
    this.#underWay.set(key.id, underWay + 1);
    return () => {
      const left = (this.#underWay.get(key.id) ?? 1) - 1;
      if (left > 0) this.#underWay.set(key.id, left);
      else this.#underWay.delete(key.id);
    };
  }

  /** Takes back what {@link begin} counted against the rate, for a call that was refused elsewhere. */
  giveBack(key: VirtualKey, tokens: number): void {
    this.#limiterOf(key)?.giveBack(key.id, { tokens });
  }

  #checkRate(key: VirtualKey, tokens: number): void {
    const answer = this.#limiterOf(key)?.tryCheck(key.id, { tokens });
    if (answer === undefined || answer.ok) return;
    const unit = answer.limit === "requests_per_minute" ? "requests" : "tokens";
    throw new Refusal(429, "rate_limit_exceeded", `This API key may use ${answer.perMinute} ${unit} per minute.`, {
      retryAfterMs: answer.retryAfterMs ?? 60_000,
    });
  }

  #limiterOf({ requestsPerMinute, tokensPerMinute }: VirtualKey): RateLimiter | undefined {
    if (requestsPerMinute === undefined && tokensPerMinute === undefined) return undefined;
    const limits = `${requestsPerMinute}/${tokensPerMinute}`;
    let limiter = this.#limiters.get(limits);
    if (limiter === undefined) {
      const given = {
        ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
        ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
      };
      limiter = new RateLimiter(given, { clock: this.#clock });
      this.#limiters.set(limits, limiter);
    }
    return limiter;
  }
}

const NOTHING = (): void => undefined;
