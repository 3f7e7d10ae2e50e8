/** Budgets and how they stand, as documents. */
import { type BudgetStatus, streamOverrunOf, yearStartText } from "../ledger/index.ts";
import { formatUsd } from "../money.ts";
import { instantOrNull, instantText } from "./instant-text.ts";

type BudgetDefinition = BudgetStatus["definition"];

/** One counter of a budget: all it counts, or one value of what it counts each by itself. */
export interface BudgetDocument {
  name: string;
  /** What this counter is of, where the budget counts each value by itself. */
  value: string | null;
  scope: BudgetDefinition["scope"];
  period: string | null;
  window_seconds: number | null;
  window: { start: string; end: string };
  time_zone: string;
  amount_usd: string | null;
  max_tokens: number | null;
  spent_usd: string;
  reserved_usd: string;
  overage_usd: string;
  spent_tokens: number;
  reserved_tokens: number;
  requests: number;
  utilization_pct: number | null;
  zone: BudgetStatus["zone"];
  exceeded: boolean;
  /** When the amount is spent if spending goes on as it did in this window so far; null if it lasts. */
  runs_out_at: string | null;
  enforcement: string;
  hard: boolean;
  shadow: boolean;
  tolerance: number;
  switch_to: string | null;
  alerts: { threshold: number; triggered_at: string | null }[];
}

export function budgetDocument(status: BudgetStatus, nowMs: number): BudgetDocument {
  const { definition, window } = status;
  return {
    name: status.name,
    value: status.value ?? null,
    scope: definition.scope,
    period: definition.period ?? null,
    window_seconds: definition.windowMs === undefined ? null : definition.windowMs / 1000,
    window: { start: instantText(window.startMs), end: instantText(window.endMs) },
    time_zone: definition.timeZone ?? "UTC",
    amount_usd: status.amountNanoUsd === undefined ? null : formatUsd(status.amountNanoUsd),
    max_tokens: definition.maxTokens ?? null,
    spent_usd: formatUsd(status.spentNanoUsd),
    reserved_usd: formatUsd(status.reservedNanoUsd),
    overage_usd: formatUsd(status.overageNanoUsd),
    spent_tokens: Number(status.spentTokens),
    reserved_tokens: Number(status.reservedTokens),
    requests: status.requests,
    utilization_pct: status.utilizationPct ?? null,
    zone: status.zone,
    exceeded: isExceeded(status),
    runs_out_at: runsOutAt(status, nowMs),
    enforcement: definition.enforcement,
    hard: definition.hard,
    shadow: definition.shadow === true,
    tolerance: definition.tolerance ?? 0,
    switch_to: definition.switchTo ?? null,
    alerts: status.alerts.map(({ threshold, triggeredMs }) => ({
      threshold,
      triggered_at: instantOrNull(triggeredMs),
    })),
  };
}

/** A call that costs anything is stopped or told of, or the amount is passed though a tolerance still lets calls through. */
function isExceeded({ definition, amountNanoUsd, spentNanoUsd, spentTokens, isExhausted }: BudgetStatus): boolean {
  const passed = amountNanoUsd !== undefined && spentNanoUsd > amountNanoUsd;
  return isExhausted || passed || (definition.maxTokens !== undefined && spentTokens > BigInt(definition.maxTokens));
}

/** Earlier, a few calls would foretell a whole month. */
const SOONEST_FORECAST = 0.05;

/** A plain projection of the money; sliding windows and all time have no end that it could come before. */
function runsOutAt(status: BudgetStatus, nowMs: number): string | null {
  const { definition, window, amountNanoUsd, spentNanoUsd } = status;
  if (definition.period === undefined || definition.period === "lifetime" || amountNanoUsd === undefined) return null;
  const elapsedMs = nowMs - window.startMs;
  if (elapsedMs < SOONEST_FORECAST * (window.endMs - window.startMs) || spentNanoUsd <= 0n || spentNanoUsd >= amountNanoUsd) return null;
  const untilMs = window.startMs + Number((BigInt(Math.round(elapsedMs)) * amountNanoUsd) / spentNanoUsd);
  return untilMs < window.endMs ? instantText(untilMs) : null;
}

/** A budget as it was defined, in the words of the configuration and the API. */
export interface DefinitionDocument {
  name: string;
  scope: BudgetDefinition["scope"];
  amount_usd: string | null;
  max_tokens: number | null;
  period: string | null;
  window_seconds: number | null;
  time_zone: string;
  week_start: string;
  year_start: string;
  alerts: readonly number[];
  enforcement: string;
  switch_to: string | null;
  hard: boolean;
  clamp: boolean;
  stream_overrun: ReturnType<typeof streamOverrunOf>;
  shadow: boolean;
  tolerance: number;
  override: { amount_usd: string; until: string } | null;
  webhook: string | null;
  webhook_signed: boolean;
  /** `command`, `library`, or `config:` and the file. */
  defined_in: string;
}

export function definitionDocument({ definition, origin }: { definition: BudgetDefinition; origin: string }): DefinitionDocument {
  const { yearStart, override } = definition;
  return {
    name: definition.name,
    scope: definition.scope,
    amount_usd: definition.amountNanoUsd === undefined ? null : formatUsd(definition.amountNanoUsd),
    max_tokens: definition.maxTokens ?? null,
    period: definition.period ?? null,
    window_seconds: definition.windowMs === undefined ? null : definition.windowMs / 1000,
    time_zone: definition.timeZone ?? "UTC",
    week_start: definition.weekStart ?? "monday",
    year_start: yearStart ? yearStartText(yearStart) : "01-01",
    alerts: definition.alerts,
    enforcement: definition.enforcement,
    switch_to: definition.switchTo ?? null,
    hard: definition.hard,
    clamp: definition.clamp === true,
    stream_overrun: streamOverrunOf(definition),
    shadow: definition.shadow === true,
    tolerance: definition.tolerance ?? 0,
    override: override ? { amount_usd: formatUsd(override.amountNanoUsd), until: instantText(override.untilMs) } : null,
    webhook: definition.webhook === undefined ? null : webhookText(definition.webhook),
    webhook_signed: definition.webhookSecret !== undefined,
    defined_in: origin,
  };
}

/** An address may be a secret in itself, as Slack's are. One that this process has no key to open says so. */
function webhookText(webhook: string): string {
  return webhook.startsWith("sealed:") ? "sealed" : new URL(webhook).origin;
}
