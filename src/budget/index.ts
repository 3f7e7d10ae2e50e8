/**
 * May this call happen? Caps, windows, reservations, zones and rate limits, in process; and the rules by which the book decides.
 * @module
 */
export {
  type BudgetDefinition,
  type BudgetPeriod,
  type BudgetScope,
  EACH_VALUE,
  ENFORCEMENTS,
  type Enforcement,
  PERIODS,
  SCOPE_KEYS,
  WEEKDAYS,
  type Weekday,
  type WindowRule,
} from "./budget-definition.ts";
export type { CallScope, ScopeName } from "./matching.ts";
export type { BudgetWindow } from "./window-of.ts";
