/** What a budget would have done: calls of the past, in their order, each admitted or not. Pure. */

/** A stretch of time, end exclusive. */
export interface Stretch {
  startMs: number;
  endMs: number;
}

/** The budget's arithmetic, in numbers: what a soft budget tolerates is part of its limits. */
export interface ReplayRules {
  limitNanoUsd?: bigint;
  limitTokens?: bigint;
  /** Nothing passes that would exceed a limit; otherwise the call that crosses it passes, and is the last. */
  isHard: boolean;
  /** The window of a calendar budget; for a sliding one stretches of its length that follow each other. */
  windowOf(atMs: number): Stretch;
  /** Only of a sliding window: its parts' length. The current part and as many before it as `partsBefore` are counted. */
  sliding?: { partMs: number; partsBefore: number };
}

export interface ReplayedCall {
  atMs: number;
  /** 0 where no price is known. */
  nanoUsd: number;
  tokens: number;
  /** The counters in which it counts. */
  values: readonly string[];
  /** Counts, and passes whatever is spent. */
  isExempt?: boolean;
  requestId?: string | undefined;
}

/** One counter's window: what was really spent in it, and what the budget would have stopped. */
export interface ReplayedWindow extends Stretch {
  calls: number;
  nanoUsd: bigint;
  tokens: bigint;
  blockedCalls: number;
  savedNanoUsd: bigint;
  savedTokens: bigint;
  /** Where its calls begin among those of its counter. */
  firstCall: number;
}

/** A counter's past. */
export interface CounterHistory {
  value: string;
  /** In which calls were made, by time. */
  windows: ReplayedWindow[];
  /** The calls' costs, those of none left out, for a search over amounts; empty where none was asked for. */
  costs: number[];
  /** Parallel to `costs`: the part of the sliding window. */
  parts: number[];
  /** Of `costs`, those that pass whatever is spent. */
  exempt: Set<number>;
}

export interface FirstBlock {
  atMs: number;
  value: string;
  window: Stretch;
  /** Spent in the window before, and with the call. */
  spentNanoUsd: bigint;
  attemptedNanoUsd: bigint;
  spentTokens: bigint;
  attemptedTokens: bigint;
  requestId?: string | undefined;
}

interface Counter extends CounterHistory {
  usedNanoUsd: bigint;
  usedTokens: bigint;
  /** Of a sliding window, what is counted in each part, oldest first. */
  counted: { part: number; nanoUsd: bigint; tokens: bigint }[];
}

/** Takes calls one by one, by time. A call that is stopped was not made: it counts in no counter. */
export class SpendingReplay {
  calls = 0;
  nanoUsd = 0n;
  firstBlock: FirstBlock | undefined;
  readonly #rules: ReplayRules;
  readonly #keepsCosts: boolean;
  readonly #counters = new Map<string, Counter>();

  /** @param options.keepsCosts remember every call's cost, eight bytes each */
  constructor(rules: ReplayRules, options: { keepsCosts?: boolean } = {}) {
    this.#rules = rules;
    this.#keepsCosts = options.keepsCosts === true;
  }

  get counters(): readonly CounterHistory[] {
    return [...this.#counters.values()];
  }

  take(call: ReplayedCall): void {
    const counters = call.values.map((value) => this.#counterAt(value, call.atMs));
    if (counters.length === 0) return;
    const nanoUsd = BigInt(call.nanoUsd);
    const tokens = BigInt(call.tokens);
    this.calls++;
    this.nanoUsd += nanoUsd;
    const refusing = call.isExempt ? undefined : counters.find((counter) => !this.#admits(counter, nanoUsd, tokens));
    for (const counter of counters) {
      const window = counter.windows.at(-1) as ReplayedWindow;
      window.calls++;
      window.nanoUsd += nanoUsd;
      window.tokens += tokens;
      if (this.#keepsCosts && call.nanoUsd !== 0) this.#keep(counter, call);
      if (!refusing) this.#count(counter, call.atMs, nanoUsd, tokens);
    }
    if (refusing) this.#block(refusing, call, nanoUsd, tokens);
  }

  #counterAt(value: string, atMs: number): Counter {
    let counter = this.#counters.get(value);
    if (counter === undefined) {
      counter = { value, windows: [], costs: [], parts: [], exempt: new Set(), usedNanoUsd: 0n, usedTokens: 0n, counted: [] };
      this.#counters.set(value, counter);
    }
    const window = counter.windows.at(-1);
    if (window === undefined || atMs >= window.endMs) this.#beginWindow(counter, atMs);
    if (this.#rules.sliding) this.#slide(counter, Math.floor(atMs / this.#rules.sliding.partMs) - this.#rules.sliding.partsBefore);
    return counter;
  }

  #beginWindow(counter: Counter, atMs: number): void {
    const { startMs, endMs } = this.#rules.windowOf(atMs);
    const nothing = { calls: 0, nanoUsd: 0n, tokens: 0n, blockedCalls: 0, savedNanoUsd: 0n, savedTokens: 0n };
    counter.windows.push({ startMs, endMs, ...nothing, firstCall: counter.costs.length });
    if (this.#rules.sliding) return;
    counter.usedNanoUsd = 0n;
    counter.usedTokens = 0n;
  }

  #slide(counter: Counter, oldestPart: number): void {
    while ((counter.counted[0]?.part ?? oldestPart) < oldestPart) {
      const gone = counter.counted.shift();
      counter.usedNanoUsd -= gone?.nanoUsd ?? 0n;
      counter.usedTokens -= gone?.tokens ?? 0n;
    }
  }

  #admits(counter: Counter, nanoUsd: bigint, tokens: bigint): boolean {
    const { limitNanoUsd, limitTokens, isHard } = this.#rules;
    return passes(counter.usedNanoUsd, nanoUsd, limitNanoUsd, isHard) && passes(counter.usedTokens, tokens, limitTokens, isHard);
  }

  #count(counter: Counter, atMs: number, nanoUsd: bigint, tokens: bigint): void {
    counter.usedNanoUsd += nanoUsd;
    counter.usedTokens += tokens;
    if (this.#rules.sliding === undefined) return;
    const part = Math.floor(atMs / this.#rules.sliding.partMs);
    const last = counter.counted.at(-1);
    if (last?.part === part) {
      last.nanoUsd += nanoUsd;
      last.tokens += tokens;
    } else counter.counted.push({ part, nanoUsd, tokens });
  }

  #keep(counter: Counter, { atMs, nanoUsd, isExempt }: ReplayedCall): void {
    if (isExempt) counter.exempt.add(counter.costs.length);
    counter.costs.push(nanoUsd);
    if (this.#rules.sliding) counter.parts.push(Math.floor(atMs / this.#rules.sliding.partMs));
  }

  #block(counter: Counter, { atMs, requestId }: ReplayedCall, nanoUsd: bigint, tokens: bigint): void {
    const window = counter.windows.at(-1) as ReplayedWindow;
    window.blockedCalls++;
    window.savedNanoUsd += nanoUsd;
    window.savedTokens += tokens;
    const { startMs, endMs } = window;
    const { usedNanoUsd: spentNanoUsd, usedTokens: spentTokens } = counter;
    this.firstBlock ??= {
      atMs,
      value: counter.value,
      window: { startMs, endMs },
      spentNanoUsd,
      attemptedNanoUsd: spentNanoUsd + nanoUsd,
      spentTokens,
      attemptedTokens: spentTokens + tokens,
      ...(requestId !== undefined && { requestId }),
    };
  }
}

/** A call that adds nothing passes every limit. */
function passes(used: bigint, adding: bigint, limit: bigint | undefined, isHard: boolean): boolean {
  if (limit === undefined || adding <= 0n) return true;
  return isHard ? used + adding <= limit : used < limit;
}
