/** Which of the rules in force a caller may know of. */
import type { AppliedRule } from "../../config/index.ts";
import type { Reach } from "./reach.ts";

/** Those that are about calls in reach alone: like a budget that counts others, too, a rule for others tells of them. */
export function rulesInReach(rules: readonly AppliedRule[], reach: Reach): readonly AppliedRule[] {
  return reach.isWhole ? rules : rules.filter(({ scopes }) => scopes.every((scope) => reach.covers(scope)));
}
