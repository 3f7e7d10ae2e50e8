/** A budget: scope × caps × window × policy. */

/**
 * What a budget counts: the calls that match all of these. Empty: every call. `*` counts each value by itself: `{ user: "*" }`
 * gives every user the whole amount, and leaves out calls without a user.
 */
export interface BudgetScope {
  org?: string;
  team?: string;
  user?: string;
  project?: string;
  key?: string;
  tag?: string;
  provider?: string;
  model?: string;
}

export const SCOPE_KEYS: readonly (keyof BudgetScope)[] = ["org", "team", "user", "project", "key", "tag", "provider", "model"];

export const EACH_VALUE = "*";

export const PERIODS = ["daily", "weekly", "monthly", "quarterly", "yearly", "lifetime"] as const;
/** A calendar period in the budget's time zone, or all time. */
export type BudgetPeriod = (typeof PERIODS)[number];

export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export const ENFORCEMENTS = ["notify_only", "rate_limit", "block_requests", "switch_provider"] as const;
/** What happens when the amount is spent. */
export type Enforcement = (typeof ENFORCEMENTS)[number];

export const STREAM_OVERRUNS = ["finish", "cut", "switch"] as const;
/** What becomes of a streamed reply that outgrows what could be reserved for it. */
export type StreamOverrun = (typeof STREAM_OVERRUNS)[number];

/** The book sums money in 64-bit integers of nano-USD: above this, sums could overflow. */
export const MAX_AMOUNT_NANO_USD: bigint = 9_000_000_000n * 1_000_000_000n;

/** How time is cut into the spans over which a budget counts. */
export interface WindowRule {
  /** Exactly one of `period` (calendar) and `windowMs` (sliding) is set. */
  period?: BudgetPeriod;
  windowMs?: number;
  /** An IANA zone; default UTC. */
  timeZone?: string;
  /** The first day of a week; default Monday. */
  weekStart?: Weekday;
  /** The month (1 to 12) and day (1 to 28) with which quarters and years begin; default 1 January. */
  yearStart?: { month: number; day: number };
}

export interface BudgetDefinition extends WindowRule {
  name: string;
  scope: BudgetScope;
  /** The cap on spending; at least one of it and `maxTokens` is set. */
  amountNanoUsd?: bigint;
  /** The cap on input and output tokens together. */
  maxTokens?: number;
  /** Percent of the amount, rising: each notifies once per window. Thresholds never enforce. */
  alerts: readonly number[];
  enforcement: Enforcement;
  /** The provider that calls move to, where `enforcement` is `switch_provider`. */
  switchTo?: string;
  /** How far above its caps a soft budget lets spending go before it enforces, as a share: 0.1 is a tenth. Default 0. */
  tolerance?: number;
  /** Used + reserved never exceeds the caps. A soft budget admits the call that crosses them, and enforces from the next one on. */
  hard: boolean;
  /** A call that does not fit a hard cap is made with less output, as much as fits, in place of being refused. */
  clamp?: boolean;
  /**
   * Where a stream can't be extended: it runs on, ends with what was reserved, or runs on and the next call moves to `switchTo`.
   * A hard budget only cuts. Default {@link streamOverrunOf}.
   */
  streamOverrun?: StreamOverrun;
  /** Decides and tells, and lets every call pass. */
  shadow?: boolean;
  /** Another amount until an instant. */
  override?: { amountNanoUsd: bigint; untilMs: number };
  /** Where alerts are posted; Slack's incoming webhooks get Slack's form. */
  webhook?: string;
  /** With which posts are signed. */
  webhookSecret?: string;
}
