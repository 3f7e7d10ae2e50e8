/** What is in force, and what was written down or taken back, as a document. */
import { formatUsd } from "../../../money.ts";
import type { AppliedAction, AppliedRule, RoutedModel } from "./applied-rule.ts";

export interface ChangedSavings {
  /** Where it is written down, as far as whoever asks may know; null: nowhere. */
  path: string | null;
  generatedAtMs: number;
  applied: readonly AppliedRule[];
  reverted: readonly AppliedRule[];
  inForce: readonly AppliedRule[];
}

export interface RuleDocument {
  id: string;
  kind: string;
  from: string;
  to: string;
  applied_at: string;
  scopes: AppliedRule["scopes"];
  action: { type: "route"; from: RoutedModel; to: RoutedModel; kept_share: number } | Exclude<AppliedAction, { type: "route" }>;
  expected_saving_usd: string | null;
}

export interface SavingsDocument {
  schema: "tokenledger.savings/1";
  generated_at: string;
  path: string | null;
  applied: RuleDocument[];
  reverted: RuleDocument[];
  in_force: RuleDocument[];
}

export function savingsDocument({ path, generatedAtMs, applied, reverted, inForce }: ChangedSavings): SavingsDocument {
  return {
    schema: "tokenledger.savings/1",
    generated_at: new Date(generatedAtMs).toISOString(),
    path,
    applied: applied.map(ruleDocument),
    reverted: reverted.map(ruleDocument),
    in_force: inForce.map(ruleDocument),
  };
}

export function ruleDocument(rule: AppliedRule): RuleDocument {
  const { id, kind, from, to, appliedAtMs, scopes, action, expectedSavingNanoUsd: expected } = rule;
  return {
    id,
    kind,
    from,
    to,
    applied_at: new Date(appliedAtMs).toISOString(),
    scopes,
    action: action.type === "route" ? { type: "route", from: action.from, to: action.to, kept_share: action.keptShare } : action,
    expected_saving_usd: expected === undefined ? null : formatUsd(BigInt(expected)),
  };
}
