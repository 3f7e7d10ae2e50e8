/**
 * One family of errors. `code` is stable and made for programs; `message` is one sentence for people:
 * what is wrong, where, and what is accepted.
 */
import { formatUsd } from "./format-usd.ts";

export type ErrorCode =
  | "PROVIDER_ERROR"
  | "DATABASE_ERROR"
  | "RATE_LIMIT_EXCEEDED"
  | "BUDGET_EXCEEDED"
  | "CONFIG_ERROR"
  | "INVALID_INPUT"
  | "ALREADY_SETTLED"
  | "UNPRICED_MODEL"
  | "ANALYSIS_INPUT";

/**
 * The base of every error that TokenLedger throws on purpose.
 *
 * @example
 * ```ts
 * import { TokenLedgerError } from "tokenledger";
 * const error = new TokenLedgerError("INVALID_INPUT", "--start 2026-02-30 is not a day that exists.");
 * TokenLedgerError.is(error) && error.code === "INVALID_INPUT"; // => true
 * ```
 */
export class TokenLedgerError extends Error {
  readonly code: ErrorCode;
  /** Survives two copies of the package, where `instanceof` does not. */
  readonly isTokenLedgerError = true;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }

  /** True for errors of this family, also when two copies of the package are loaded. */
  static is(value: unknown): value is TokenLedgerError {
    return typeof value === "object" && value !== null && "isTokenLedgerError" in value;
  }
}

/** A value that can't be accepted; nothing has changed. */
export class InvalidInput extends TokenLedgerError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("INVALID_INPUT", message, options);
  }
}

/** Another key that is in use has the name. */
export class NameInUse extends InvalidInput {}

/** Numbers that can't be analysed: not finite, too few for the question, or of another form than asked for. */
export class AnalysisInputError extends TokenLedgerError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("ANALYSIS_INPUT", message, options);
  }
}

/** A configuration or price file that can't be used; the message names file, place and remedy. */
export class ConfigError extends TokenLedgerError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("CONFIG_ERROR", message, options);
  }
}

/** The book can't be opened, read or written. */
export class DatabaseError extends TokenLedgerError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("DATABASE_ERROR", message, options);
  }
}

/** There is no book at the address, and it was to be read only. */
export class NoBookYet extends DatabaseError {}

/** The book was made by an older version, and was to be read only: opened once for writing, it is brought up to date. */
export class OutdatedBook extends DatabaseError {}

/** A model provider failed, or no provider of that name is registered. */
export class ProviderError extends TokenLedgerError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("PROVIDER_ERROR", message, options);
  }
}

/** The axis of a budget whose ceiling would be passed. */
export type BreachedCap = "input_tokens" | "output_tokens" | "total_tokens" | "cost_usd";

/** One ceiling that a call would pass. */
export interface Breach {
  /** The name of the budget or of the window; a pool has none. */
  budget?: string;
  /** Whose share of a budget that counts each value by itself. */
  value?: string;
  cap: BreachedCap;
  /** Tokens, or USD for `cost_usd`. */
  limit: number;
  /** What used + reserved would have become, in the same unit. */
  attempted: number;
  /** The exact amounts behind `limit` and `attempted`, for `cost_usd`. */
  limitNanoUsd?: bigint | number;
  attemptedNanoUsd?: bigint | number;
  /** How much of `attempted` other calls under way only hold, in the same unit: their ends may give it back. Told by the book's budgets. */
  reserved?: number;
  reservedNanoUsd?: bigint | number;
  /** After so long it fits, if nothing else is spent; absent where no time can be told, as for a call that is larger than the cap. */
  retryAfterMs?: number;
  enforcement?: "notify_only" | "rate_limit" | "block_requests" | "switch_provider";
  /** The provider to which the budget lets the call move. */
  switchTo?: string;
  /** False for budgets that only tell. */
  refuses: boolean;
}

/** A call that would pass a cap. Nothing was counted, in any budget. */
export class BudgetExceeded extends TokenLedgerError {
  /** Every cap that would be passed; `cap`, `limit` and `attempted` are those of the first that refuses. */
  readonly breaches: readonly Breach[];
  readonly cap: BreachedCap;
  readonly limit: number;
  readonly attempted: number;
  /** After so long all of it fits, if nothing else is spent; `undefined` where it can never fit, or no time can be told. */
  readonly retryAfterMs: number | undefined;

  constructor(breaches: readonly [Breach, ...Breach[]], message?: string) {
    const refusing = breaches.filter((breach) => breach.refuses);
    const first = refusing[0] ?? breaches[0];
    super("BUDGET_EXCEEDED", message ?? `${refusing.map(describeBreach).join("; ")}.`);
    this.breaches = breaches;
    this.cap = first.cap;
    this.limit = first.limit;
    this.attempted = first.attempted;
    this.retryAfterMs = longestWait(refusing);
  }
}

/** A call that would pass a cap of a sliding window. Nothing was counted, in any window. */
export class WindowBreached extends BudgetExceeded {
  readonly windowName: string;
  readonly axis: "tokens" | "cost";

  constructor(breaches: readonly [Breach, ...Breach[]]) {
    const [first] = breaches;
    const windowName = first.budget ?? "";
    const axis = first.cap === "cost_usd" ? "cost" : "tokens";
    const { attempted, limit } = amountsOf(first);
    super(breaches, `window ${quoteValue(windowName)} on axis ${axis} would breach: attempted ${attempted} > cap ${limit}`);
    this.windowName = windowName;
    this.axis = axis;
  }
}

/** Too many calls, or tokens, for now. Nothing was counted. */
export class RateLimitExceeded extends TokenLedgerError {
  /** After so long it passes, if nothing else does; `undefined` where it asks for more than the limit ever allows at once. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs: number | undefined) {
    super("RATE_LIMIT_EXCEEDED", message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** A reservation that has ended already. */
export class AlreadySettled extends TokenLedgerError {
  constructor(message: string) {
    super("ALREADY_SETTLED", message);
  }
}

/** A call whose price nobody knows, where a budget must know it. */
export class UnpricedModel extends TokenLedgerError {
  constructor(message: string) {
    super("UNPRICED_MODEL", message);
  }
}

function describeBreach(breach: Breach): string {
  const { attempted, limit } = amountsOf(breach);
  const whose = breach.value === undefined || breach.value === "" ? "" : ` for ${quoteValue(breach.value)}`;
  const where = breach.budget === undefined ? `cap ${breach.cap}` : `budget ${quoteValue(breach.budget)}${whose} on ${breach.cap}`;
  return `${where} would be exceeded: attempted ${attempted} > limit ${limit}`;
}

/** As exact decimals: a number in USD may print as 0.30000000000000004. */
function amountsOf(breach: Breach): { attempted: string; limit: string } {
  const { limitNanoUsd, attemptedNanoUsd } = breach;
  return {
    limit: limitNanoUsd === undefined ? String(breach.limit) : formatUsd(limitNanoUsd),
    attempted: attemptedNanoUsd === undefined ? String(breach.attempted) : formatUsd(attemptedNanoUsd),
  };
}

function longestWait(breaches: readonly Breach[]): number | undefined {
  let longest: number | undefined;
  for (const { retryAfterMs } of breaches) {
    if (retryAfterMs === undefined) return undefined;
    longest = Math.max(longest ?? 0, retryAfterMs);
  }
  return longest;
}

/**
 * A value as it may stand in a message: cut to `maxLength`, control characters escaped, quoted.
 *
 * @example
 * ```ts
 * import { quoteValue } from "tokenledger";
 * quoteValue("\u001b[31m"); // => "\"\\u001b[31m\""
 * ```
 */
export function quoteValue(value: unknown, maxLength = 80): string {
  const text = typeof value === "string" ? value : (safeJson(value) ?? String(value));
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  // JSON escapes C0; DEL, C1 and the characters that reorder or hide text are escaped here.
  const quoted = typeof value === "string" || text !== safeJson(value) ? JSON.stringify(cut) : cut;
  return quoted.replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function safeJson(value: unknown): string | undefined {
  // JSON would show these as null.
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    // In a circle, or too deep: so would be its text.
    return typeof value === "object" ? (Array.isArray(value) ? "[…]" : "{…}") : undefined;
  }
}

/** Longer words are no typing errors, and comparing them would take long. */
const MAX_LENGTH = 64;
/** Fewer letters begin too many words to say which one was meant. */
const SHORTEST_BEGINNING = 3;

/**
 * "Did you mean": the accepted word that differs least from what was typed, if it differs by little or begins with it; ties go to the first.
 *
 * @example
 * ```ts
 * import { closestWord } from "tokenledger";
 * closestWord("reprot", ["report", "import"]); // => "report"
 * ```
 */
export function closestWord(typed: string, accepted: Iterable<string>): string | undefined {
  if (typed.length > MAX_LENGTH) return undefined;
  const word = typed.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of accepted) {
    const distance = distanceTo(candidate.toLowerCase(), word);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function distanceTo(candidate: string, word: string): number {
  const distance = editDistance(word, candidate);
  return word.length >= SHORTEST_BEGINNING && candidate.startsWith(word) ? Math.min(1, distance) : distance;
}

/** Letters to add, drop, replace or swap with their neighbour. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let distance = Math.min((row[j - 1] as number) + 1, (last[j] as number) + 1, (last[j - 1] as number) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        distance = Math.min(distance, (beforeLast[j - 2] as number) + 1);
      row.push(distance);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] as number;
}

/** `what` of the given value, or a refusal that says what is accepted. */
export function oneOf<Accepted extends string>(what: string, value: string, accepted: readonly Accepted[]): Accepted {
  const found = accepted.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  const suggestion = closestWord(value, accepted);
  throw new InvalidInput(
    `${what} ${quoteValue(value)} is unknown; ${suggestion ? `did you mean ${suggestion}? Accepted` : "accepted"}: ${accepted.join(", ")}.`,
  );
}
