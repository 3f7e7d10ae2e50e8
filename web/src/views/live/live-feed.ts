/** What has been heard since the view was opened: the last events, counters of the last minutes, sums. It stands outside of React. */
import { parseUsd } from "../../../../src/money.ts";
import type { ServerEvent, StreamState } from "../../api/event-stream.ts";
import { SecondCounters, type SecondSeries } from "./second-counters.ts";

export const MOST_EVENTS = 500;
const SECONDS = 300;

export const KINDS = ["call", "refusal", "alert", "change", "note"] as const;
export type Kind = (typeof KINDS)[number];

export interface LiveEvent {
  /** Counts up from the view's opening. */
  number: number;
  /** `gap`: what happened between the event before and the next is not known. */
  kind: Kind | "gap";
  type: string;
  atMs: number;
  data: Readonly<Record<string, unknown>>;
  /** All its words, in small letters, for the search. */
  words: string;
}

export interface Sums {
  calls: number;
  /** Calls of a status other than ok. */
  failed: number;
  /** Calls without a price, which are not in the cost. */
  unpriced: number;
  refusals: number;
  alerts: number;
  inputTokens: number;
  outputTokens: number;
  costNanoUsd: bigint;
  /** Times that something was missed. */
  gaps: number;
}

const KIND_OF: Readonly<Record<string, LiveEvent["kind"]>> = {
  call: "call",
  refusal: "refusal",
  alert: "alert",
  budget: "change",
  key: "change",
  note: "note",
  gap: "gap",
};

/** Of an attempt at which nothing was sent, so that there is nothing in the book. */
const UNSENT = "unsent";

export class LiveFeed {
  readonly openedMs: number;
  state: StreamState = "connecting";
  /** Why it waits, where the server has said so. */
  reason: string | undefined;
  readonly sums: Sums = {
    calls: 0,
    failed: 0,
    unpriced: 0,
    refusals: 0,
    alerts: 0,
    inputTokens: 0,
    outputTokens: 0,
    costNanoUsd: 0n,
    gaps: 0,
  };
  readonly #nowMs: () => number;
  readonly #ring: (LiveEvent | undefined)[] = new Array(MOST_EVENTS).fill(undefined);
  readonly #counters: SecondCounters;
  #heard = 0;
  #brokenMs: number | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.openedMs = nowMs();
    this.#counters = new SecondCounters(SECONDS, this.openedMs);
  }

  /** How many events have been heard: another number, another picture. */
  get heard(): number {
    return this.#heard;
  }

  became(state: StreamState, reason?: string): void {
    if (this.state === "listening" && state !== "listening") this.#brokenMs = this.#nowMs();
    this.state = state;
    this.reason = reason;
  }

  take({ type, data }: ServerEvent): void {
    const kind = KIND_OF[type];
    if (kind === undefined) return;
    const told = Date.parse(String(data.at));
    const atMs = Number.isNaN(told) ? this.#nowMs() : told;
    this.#heard++;
    this.#ring[this.#heard % MOST_EVENTS] = { number: this.#heard, kind, type, atMs, data, words: wordsOf(data) };
    if (kind === "call") this.#takeCall(atMs, data);
    else if (kind === "refusal") {
      this.sums.refusals++;
      this.#counters.add(atMs, { refusals: 1 });
    } else if (kind === "alert") this.sums.alerts++;
    else if (kind === "gap") {
      this.sums.gaps++;
      this.#counters.forget(this.#brokenMs ?? atMs, this.#nowMs());
    }
  }

  series(): SecondSeries {
    return this.#counters.series(this.#nowMs());
  }

  /** The newest first. */
  newest(most: number, isWanted: (event: LiveEvent) => boolean): LiveEvent[] {
    const found: LiveEvent[] = [];
    const oldest = Math.max(1, this.#heard - MOST_EVENTS + 1);
    for (let number = this.#heard; number >= oldest && found.length < most; number--) {
      const event = this.#ring[number % MOST_EVENTS];
      if (event !== undefined && isWanted(event)) found.push(event);
    }
    return found;
  }

  #takeCall(atMs: number, { status, cost_usd: costUsd, input_tokens: input, output_tokens: output }: LiveEvent["data"]): void {
    if (status === UNSENT) return;
    const { sums } = this;
    const isPriced = typeof costUsd === "string";
    const costNanoUsd = isPriced ? parseUsd(costUsd) : 0n;
    const [inputTokens, outputTokens] = [Number(input ?? 0), Number(output ?? 0)];
    sums.calls++;
    if (status !== "ok") sums.failed++;
    if (!isPriced) sums.unpriced++;
    sums.costNanoUsd += costNanoUsd;
    sums.inputTokens += inputTokens;
    sums.outputTokens += outputTokens;
    this.#counters.add(atMs, { calls: 1, tokens: inputTokens + outputTokens, costNanoUsd });
  }
}

const UNSEARCHED = new Set(["schema", "at", "last_event_id"]);

function wordsOf(data: LiveEvent["data"]): string {
  const words: string[] = [];
  for (const [name, value] of Object.entries(data)) {
    if (!UNSEARCHED.has(name) && value !== null && value !== undefined) words.push(String(value));
  }
  return words.join(" ").toLowerCase();
}

/** All words of the text must be in the event; gaps are always told. */
export function isWantedBy(kinds: ReadonlySet<Kind>, text: string): (event: LiveEvent) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return ({ kind, words: own }) => kind === "gap" || (kinds.has(kind) && words.every((word) => own.includes(word)));
}
