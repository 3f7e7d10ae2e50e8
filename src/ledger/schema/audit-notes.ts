/** What the audit log says of a budget and of a virtual key: all that matters of them, and nothing that is secret. */
import { type BudgetDefinition, SCOPE_KEYS, yearStartText } from "../../budget/index.ts";
import { formatUsd } from "../../money.ts";
import type { AuditAction, AuditNote } from "../audit-entry.ts";
import type { StoredKey } from "../key-store.ts";
import type { StoredAlert } from "../stored-alert.ts";

type Facts = Readonly<Record<string, unknown>>;

/** A budget as it was defined, and by whom. */
interface DefinedBudget {
  definition: BudgetDefinition;
  origin: string;
}

export function budgetNote(before: DefinedBudget | undefined, after: DefinedBudget | undefined, actor: string): AuditNote {
  const change = before === undefined ? "created" : "changed";
  return {
    actor,
    action: after === undefined ? "budget.removed" : `budget.${change}`,
    subject: (after ?? before)?.definition.name ?? "",
    before: before === undefined ? null : budgetFacts(before, undefined),
    after: after === undefined ? null : budgetFacts(after, before),
  };
}

export function keyNote(action: AuditAction, before: StoredKey | undefined, after: StoredKey | undefined, actor: string): AuditNote {
  return {
    actor,
    action,
    subject: (after ?? before)?.name ?? "",
    before: before === undefined ? null : keyFacts(before),
    after: after === undefined ? null : keyFacts(after),
  };
}

/** Under the name of its budget. */
export function alertNote({ id, budgetName, kind, threshold }: StoredAlert, actor: string): AuditNote {
  return { actor, action: "alerts.acknowledged", subject: budgetName, before: null, after: { alert: id, kind, threshold } };
}

/** @param source where they come from */
export function pricesNote(source: string, entries: number, actor: string): AuditNote {
  return { actor, action: "prices.put", subject: source, before: null, after: { entries } };
}

/** @param rebuilt what was made anew from the records */
export function repairNote(rebuilt: readonly string[], actor: string): AuditNote {
  return { actor, action: "book.repaired", subject: "book", before: null, after: { rebuilt } };
}

/** In the words of the configuration. */
function budgetFacts({ definition, origin }: DefinedBudget, before: DefinedBudget | undefined): Facts {
  const { scope, amountNanoUsd, maxTokens, windowMs, yearStart, override, webhook, webhookSecret } = definition;
  const earlier = before?.definition;
  return present({
    scope: present(Object.fromEntries(SCOPE_KEYS.map((key) => [key, scope[key]]))),
    amount_usd: amountNanoUsd === undefined ? undefined : formatUsd(amountNanoUsd),
    max_tokens: maxTokens,
    period: definition.period,
    window_seconds: windowMs === undefined ? undefined : windowMs / 1000,
    time_zone: definition.timeZone,
    week_start: definition.weekStart,
    year_start: yearStart && yearStartText(yearStart),
    alerts: definition.alerts,
    enforcement: definition.enforcement,
    switch_to: definition.switchTo,
    hard: definition.hard,
    clamp: definition.clamp,
    stream_overrun: definition.streamOverrun,
    shadow: definition.shadow,
    tolerance: definition.tolerance,
    override: override && { amount_usd: formatUsd(override.amountNanoUsd), until: instant(override.untilMs) },
    webhook: secretWord(webhook, earlier?.webhook),
    webhook_secret: secretWord(webhookSecret, earlier?.webhookSecret),
    defined_in: origin,
  });
}

/** An address may be a secret in itself: whether there is one, and whether it is another one than before, is all that is told. */
function secretWord(secret: string | undefined, earlier: string | undefined): string | undefined {
  if (secret === undefined) return undefined;
  return earlier === undefined || earlier === secret ? "set" : "changed";
}

function keyFacts({ id, rules, last4, origin, revokedMs, replacedUntilMs }: StoredKey): Facts {
  return present({
    id,
    last4,
    role: rules.role,
    org: rules.org,
    team: rules.team,
    user: rules.user,
    project: rules.project,
    models: rules.models,
    requests_per_minute: rules.requestsPerMinute,
    tokens_per_minute: rules.tokensPerMinute,
    max_concurrent_calls: rules.maxConcurrentCalls,
    max_output_tokens: rules.maxOutputTokens,
    max_choices: rules.maxChoices,
    expires_at: rules.expiresMs === undefined ? undefined : instant(rules.expiresMs),
    revoked_at: revokedMs === undefined ? undefined : instant(revokedMs),
    replaced_until: replacedUntilMs === undefined ? undefined : instant(replacedUntilMs),
    defined_in: origin,
  });
}

function instant(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function present(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined));
}
