/** Which budgets count a call. */
import { type BudgetScope, EACH_VALUE, SCOPE_KEYS } from "./budget-definition.ts";

/** A scope as a call has it: its name, its id, or both. */
export interface ScopeName {
  name?: string | undefined;
  id?: string | undefined;
}

/** What budgets look at in a call. */
export interface CallScope {
  org?: ScopeName | undefined;
  team?: ScopeName | undefined;
  user?: ScopeName | undefined;
  project?: ScopeName | undefined;
  key?: ScopeName | undefined;
  tags: readonly string[];
  provider: string;
  /** As the provider writes it. */
  model: string;
  canonicalModel: string;
}
