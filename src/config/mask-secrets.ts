/** The configuration as it may be shown: in the file's own form, with every secret masked. */

import { type BudgetDefinition, durationText } from "../budget/index.ts";
import { formatUsd } from "../money.ts";
import type { Config, ServerConfig, VirtualKeyDefinition } from "./config.ts";

const MASK = "***";
const SECRET_PARAMETER = /pass|secret|token|key|auth|sig/i;

/** A URL without its password, or parameters that hold secrets. What can't be understood is masked whole; a path has no secrets. */
export function maskUrl(url: string): string {
  if (/^sqlite3?:|^file:/i.test(url) || !/^[a-z][a-z0-9+.-]+:/i.test(url)) return url;
  if (!URL.canParse(url)) return MASK;
  const parsed = new URL(url);
  if (parsed.password !== "") parsed.password = MASK;
  for (const name of new Set(parsed.searchParams.keys())) {
    if (SECRET_PARAMETER.test(name)) parsed.searchParams.set(name, MASK);
  }
  return parsed.href;
}

/** A webhook's path often is its secret. */
function maskWebhook(url: string): string {
  return `${new URL(url).origin}/${MASK}`;
}

/** A plain object in the form of `tokenledger.yaml`: what is printed where the configuration is shown. */
export function maskSecrets(config: Config): Record<string, unknown> {
  return withoutAbsent({
    database: config.databaseUrl === undefined ? undefined : { url: maskUrl(config.databaseUrl) },
    providers: nonEmpty(
      Array.from(config.providers, ([name, provider]) => [
        name,
        withoutAbsent({
          api: provider.api,
          base_url: provider.baseUrl === undefined ? undefined : maskUrl(provider.baseUrl),
          api_key: provider.apiKey === undefined ? undefined : MASK,
          organization: provider.organization,
          models: provider.models,
          default_model: provider.defaultModel,
          retries: provider.retries,
          timeout: provider.timeoutMs === undefined ? undefined : durationText(provider.timeoutMs),
          idle_timeout: provider.idleTimeoutMs === undefined ? undefined : durationText(provider.idleTimeoutMs),
          fallback: provider.fallback,
        }),
      ]),
    ),
    rate_limits:
      config.rateLimits &&
      withoutAbsent({ default: config.rateLimits.defaultPerMinute, by_team: nonEmpty([...config.rateLimits.perMinuteByTeam]) }),
    budgets: config.budgets.length > 0 ? config.budgets.map(shownBudget) : undefined,
    server: config.server && shownServer(config.server),
    timezone: config.timeZone,
    virtual_keys: config.virtualKeys.length > 0 ? config.virtualKeys.map(shownKey) : undefined,
    unpriced: config.unpriced,
  });
}

function shownServer({
  host,
  port,
  auth,
  maxBodyBytes,
  maxConnections,
  log,
  logsCalls,
  promptHashes,
}: ServerConfig): Record<string, unknown> {
  return withoutAbsent({
    host,
    port,
    auth,
    max_body_bytes: maxBodyBytes,
    max_connections: maxConnections,
    log,
    log_calls: logsCalls,
    prompt_hashes: promptHashes,
  });
}

function shownKey(key: VirtualKeyDefinition): Record<string, unknown> {
  return withoutAbsent({
    name: key.name,
    key: MASK,
    role: key.role,
    org: key.org,
    team: key.team,
    user: key.user,
    project: key.project,
    models: key.models,
    requests_per_minute: key.requestsPerMinute,
    tokens_per_minute: key.tokensPerMinute,
    max_concurrent_calls: key.maxConcurrentCalls,
    max_output_tokens: key.maxOutputTokens,
    max_choices: key.maxChoices,
    expires: key.expiresMs === undefined ? undefined : new Date(key.expiresMs).toISOString(),
  });
}

function shownBudget(budget: BudgetDefinition): Record<string, unknown> {
  return withoutAbsent({
    name: budget.name,
    scope: Object.keys(budget.scope).length > 0 ? budget.scope : undefined,
    amount: budget.amountNanoUsd === undefined ? undefined : formatUsd(budget.amountNanoUsd),
    max_tokens: budget.maxTokens,
    period: budget.period,
    window: budget.windowMs === undefined ? undefined : `${budget.windowMs / 1000}s`,
    timezone: budget.timeZone,
    week_start: budget.weekStart,
    year_start: budget.yearStart && monthAndDay(budget.yearStart),
    alerts: budget.alerts.length > 0 ? budget.alerts : undefined,
    enforcement: budget.enforcement,
    switch_to: budget.switchTo,
    tolerance: budget.tolerance,
    hard: budget.hard,
    clamp: budget.clamp,
    stream_overrun: budget.streamOverrun,
    shadow: budget.shadow,
    override: budget.override && {
      amount: formatUsd(budget.override.amountNanoUsd),
      until: new Date(budget.override.untilMs).toISOString(),
    },
    webhook: budget.webhook === undefined ? undefined : maskWebhook(budget.webhook),
    webhook_secret: budget.webhookSecret === undefined ? undefined : MASK,
  });
}

function monthAndDay({ month, day }: { month: number; day: number }): string {
  return [month, day].map((part) => String(part).padStart(2, "0")).join("-");
}

function nonEmpty(entries: [string, unknown][]): Record<string, unknown> | undefined {
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function withoutAbsent(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
