/** Whose calls are changed by a rule already. */

import type { Action, RuleScope } from "../candidate.ts";
import type { AppliedRule, RoutedModel } from "./applied-rule.ts";

/** What recommendations and rules say alike of the calls that they change. */
type Change = { type: "route"; from: RoutedModel } | { type: "cache"; provider: string; model: string };

/** The rule that does the same already, or something else of that sort to some of the same calls. */
export function takenBy({ id, action }: { id: string; action: Action }, rules: readonly AppliedRule[]): AppliedRule | undefined {
  return rules.find((rule) => {
    if (rule.id === id) return true;
    const { action: other, scopes } = rule;
    if (action.type === "by_hand" || other.type !== action.type) return false;
    const [one, two] = [modelOf(action), modelOf(other as Change)];
    const isSame = one.provider === two.provider && one.model === two.model;
    return isSame && action.scopes.some((scope) => scopes.some((ruled) => canMeet(scope, ruled)));
  });
}

function modelOf(change: Change): RoutedModel {
  return change.type === "route" ? change.from : change;
}

function canMeet(one: RuleScope, other: RuleScope): boolean {
  return (["org", "team", "project", "key"] as const).every(
    (name) => one[name] === undefined || other[name] === undefined || one[name] === other[name],
  );
}
