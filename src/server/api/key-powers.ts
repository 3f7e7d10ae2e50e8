/** What a key may hand on: nobody makes a key that may do more than his own. */
import { isSameName, KEY_OWNERS, KEY_ROLES, type KeyRules } from "../../budget/index.ts";
import { matchesGlob } from "../../pricing/index.ts";
import type { Caller } from "../gateway/access/caller.ts";
import { Refusal } from "../http/refusal.ts";

const LIMITS = ["requestsPerMinute", "tokensPerMinute", "maxConcurrentCalls", "maxOutputTokens", "maxChoices"] as const;
const FIELD: Readonly<Record<(typeof LIMITS)[number], string>> = {
  requestsPerMinute: "requests_per_minute",
  tokensPerMinute: "tokens_per_minute",
  maxConcurrentCalls: "max_concurrent_calls",
  maxOutputTokens: "max_output_tokens",
  maxChoices: "max_choices",
};

/** The rules that a new key gets: what the caller's key limits and they leave open is limited alike. */
export function withinPowers(asked: KeyRules, { key }: Caller): KeyRules {
  if (key === undefined) return asked;
  const rules: KeyRules = { ...asked };
  for (const owner of KEY_OWNERS) if (key[owner] !== undefined && rules[owner] === undefined) rules[owner] = key[owner];
  for (const limit of LIMITS) if (key[limit] !== undefined && rules[limit] === undefined) rules[limit] = key[limit];
  if (key.models !== undefined && rules.models === undefined) rules.models = key.models;
  if (key.expiresMs !== undefined && rules.expiresMs === undefined) rules.expiresMs = key.expiresMs;
  return rules;
}

/** @throws Refusal 403 where the rules allow more than the caller's own key does */
export function checkPowers(rules: KeyRules, { key, role }: Caller): void {
  if (KEY_ROLES.indexOf(rules.role ?? "member") > KEY_ROLES.indexOf(role)) throw beyond("role");
  if (key === undefined) return;
  for (const owner of KEY_OWNERS) {
    const own = key[owner];
    if (own !== undefined && (rules[owner] === undefined || !isSameName(own, rules[owner]))) throw beyond(owner);
  }
  for (const limit of LIMITS) {
    const own = key[limit];
    if (own !== undefined && (rules[limit] ?? Number.POSITIVE_INFINITY) > own) throw beyond(FIELD[limit]);
  }
  if (key.models !== undefined && !isWithin(rules.models, key.models)) throw beyond("models");
  if (key.expiresMs !== undefined && (rules.expiresMs ?? Number.POSITIVE_INFINITY) > key.expiresMs) throw beyond("expires_at");
}

/** A pattern lies within another where that one matches it letter by letter, its own asterisks included. */
function isWithin(models: readonly string[] | undefined, own: readonly string[]): boolean {
  return models?.every((model) => own.some((pattern) => matchesGlob(pattern, model))) ?? false;
}

function beyond(field: string): Refusal {
  return new Refusal(403, "permission_denied", `${field} goes beyond what this API key itself may do.`, { field });
}
