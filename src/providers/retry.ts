/** When a failed call may be tried again, and after how long. Pure: chance and time come in as arguments. */

/** Statuses that another attempt may not meet again: too early, too many, timed out, or the provider's own failure; 529 is Anthropic's "overloaded". */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status < 600 && status !== 501 && status !== 505);
}

export interface RetryDelay {
  /** After the first attempt, without chance; default 1 s. */
  baseMs?: number;
  /** Never longer than this; default 8 s. */
  capMs?: number;
  /** `full`: anything from nothing to the whole delay, so that many who failed together don't come back together. Default. */
  jitter?: "none" | "full";
  /** From 0 up to 1. */
  random?: () => number;
}

/**
 * The wait after the `attempt`th attempt (from 1): doubled each time, up to the cap.
 *
 * @example
 * ```ts
 * import { retryDelayMs } from "tokenledger/providers";
 * [1, 2, 3, 4, 5].map((attempt) => retryDelayMs(attempt, { jitter: "none" })); // => [1000, 2000, 4000, 8000, 8000]
 * ```
 */
export function retryDelayMs(attempt: number, options: RetryDelay = {}): number {
  const { baseMs = 1_000, capMs = 8_000, jitter = "full", random = Math.random } = options;
  const wholeMs = Math.min(capMs, baseMs * 2 ** (Math.max(1, attempt) - 1));
  return jitter === "none" ? wholeMs : Math.floor(wholeMs * random());
}

/** Who is told to come back in a month does not wait for it here. */
const LONGEST_WAIT_MS = 24 * 3_600_000;
const DECIMAL = /^ *[0-9]{1,15}(?:\.[0-9]{1,12})? *$/;
/** As RFC 9110 has it: `Wed, 21 Oct 2026 07:28:00 GMT`. `Date.parse` takes much else for a date. */
const HTTP_DATE = /^ *[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT *$/;

/**
 * What a `retry-after` header asks for: seconds or a date; absent where it is neither. At most a day, and nothing for a date that has passed.
 *
 * @example
 * ```ts
 * import { retryAfterMs } from "tokenledger/providers";
 * retryAfterMs("1.5", 0); // => 1500
 * ```
 */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (DECIMAL.test(value)) return bounded(Number(value) * 1000);
  if (!HTTP_DATE.test(value)) return undefined;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : bounded(atMs - nowMs);
}

/** The same of the finer `retry-after-ms`, where a provider sends it beside the other. */
export function retryAfterMsOf(headers: { "retry-after"?: string; "retry-after-ms"?: string }, nowMs: number): number | undefined {
  const exact = headers["retry-after-ms"];
  return exact !== undefined && DECIMAL.test(exact) ? bounded(Number(exact)) : retryAfterMs(headers["retry-after"], nowMs);
}

function bounded(ms: number): number {
  return Math.min(LONGEST_WAIT_MS, Math.max(0, Math.ceil(ms)));
}
