/** A budget as the configuration defines it: scope × amount × period or window × what happens at the limit. */

/** What a budget counts: the calls that match all of these. Empty: every call. */
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

export const PERIODS = ["daily", "weekly", "monthly", "quarterly", "yearly"] as const;
/** A calendar period in the budget's time zone. */
export type BudgetPeriod = (typeof PERIODS)[number];

export const ENFORCEMENTS = ["notify_only", "rate_limit", "block_requests", "switch_provider"] as const;
/** What happens when the amount is spent. */
export type Enforcement = (typeof ENFORCEMENTS)[number];

export interface BudgetDefinition {
  name: string;
  scope: BudgetScope;
  amountNanoUsd: bigint;
  /** Exactly one of `period` (calendar) and `windowMs` (sliding) is set. */
  period?: BudgetPeriod;
  windowMs?: number;
  timeZone?: string;
  /** Percent of the amount, rising: each notifies once per period. */
  alerts: readonly number[];
  enforcement: Enforcement;
  /** The provider that calls move to, where `enforcement` is `switch_provider`. */
  switchTo?: string;
  /** How far above the amount a soft budget may be spent, as a share: 0.1 is a tenth. */
  tolerance?: number;
  /** Used + reserved never exceeds the amount. */
  hard: boolean;
  webhook?: string;
}
