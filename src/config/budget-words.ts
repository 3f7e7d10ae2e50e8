/** Budgets in the words of the configuration that come from elsewhere than its file: read and checked by the same rules. */
import { type BudgetDefinition, type BudgetScope, durationText, SCOPE_KEYS, yearStartText } from "../budget/index.ts";
import { formatUsd } from "../money.ts";
import { readBudget } from "./read-budget.ts";
import { nodeOf, type Words } from "./word-nodes.ts";

/** One budget as a configuration file would have it, every value as text. */
export interface BudgetWords extends BudgetScope {
  name?: string;
  amount?: string;
  max_tokens?: string;
  period?: string;
  window?: string;
  timezone?: string;
  week_start?: string;
  year_start?: string;
  alerts?: readonly string[];
  enforcement?: string;
  switch_to?: string;
  tolerance?: string;
  hard?: boolean;
  clamp?: boolean;
  stream_overrun?: string;
  shadow?: boolean;
  override?: { amount?: string; until?: string };
  webhook?: string;
  webhook_secret?: string;
}

export interface BudgetWordsOptions {
  /** How messages name a word: `amount` may be typed as `--amount`, `override.until` as `--until`. */
  nameOf: (word: string) => string;
  /** Takes what is accepted but surprising. */
  warn: (message: string) => void;
}

/**
 * The budget that the words define.
 *
 * @throws InvalidInput with the sentence that a configuration file would get, without the place.
 */
export function budgetFromWords(words: BudgetWords, { nameOf, warn }: BudgetWordsOptions): BudgetDefinition {
  return readBudget({ node: nodeOf(words as Words, nameOf), name: "The budget" }, { warn }).budget;
}

/** The words that define this budget: what follows from others is left out. */
export function wordsOfBudget(definition: BudgetDefinition): BudgetWords {
  const { amountNanoUsd, maxTokens, period, windowMs, timeZone, weekStart, yearStart, switchTo, tolerance, override } = definition;
  const { webhook, webhookSecret } = definition;
  return {
    name: definition.name,
    ...Object.fromEntries(SCOPE_KEYS.flatMap((key) => (definition.scope[key] === undefined ? [] : [[key, definition.scope[key]]]))),
    ...(amountNanoUsd !== undefined && { amount: formatUsd(amountNanoUsd) }),
    ...(maxTokens !== undefined && { max_tokens: String(maxTokens) }),
    ...(period !== undefined && { period }),
    ...(windowMs !== undefined && { window: durationText(windowMs) }),
    ...(timeZone !== undefined && { timezone: timeZone }),
    ...(weekStart !== undefined && { week_start: weekStart }),
    ...(yearStart && { year_start: yearStartText(yearStart) }),
    ...(definition.alerts.length > 0 && { alerts: definition.alerts.map(String) }),
    enforcement: definition.enforcement,
    ...(switchTo !== undefined && { switch_to: switchTo }),
    ...(tolerance !== undefined && { tolerance: plainDecimal(tolerance) }),
    ...(definition.hard && definition.enforcement !== "block_requests" && { hard: true }),
    ...(definition.clamp && { clamp: true }),
    ...(definition.streamOverrun !== undefined && { stream_overrun: definition.streamOverrun }),
    ...(definition.shadow && { shadow: true }),
    ...(override && { override: { amount: formatUsd(override.amountNanoUsd), until: new Date(override.untilMs).toISOString() } }),
    ...(webhook !== undefined && { webhook }),
    ...(webhookSecret !== undefined && { webhook_secret: webhookSecret }),
  };
}

/** Without an exponent, to the fifteen places that a file may give. */
const plainDecimal = (value: number): string => value.toFixed(15).replace(/\.?(?<!0)0+$/, "");
