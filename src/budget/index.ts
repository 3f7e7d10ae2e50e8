/**
 * May this call happen? Caps, windows, reservations, zones and rate limits, in process; and the rules by which the book decides.
 * @module
 */
export {
  admits,
  amountAt,
  type BudgetCounts,
  type BudgetStanding,
  breachesOf,
  enforcedLimit,
  type MoneyAndTokens,
  reachedThresholds,
  statusOf,
} from "./admission.ts";
export {
  type BudgetDefinition,
  type BudgetPeriod,
  type BudgetScope,
  EACH_VALUE,
  ENFORCEMENTS,
  type Enforcement,
  MAX_AMOUNT_NANO_USD,
  PERIODS,
  SCOPE_KEYS,
  WEEKDAYS,
  type Weekday,
  type WindowRule,
} from "./budget-definition.ts";
export { budgetFromJson, budgetToJson } from "./budget-json.ts";
export { checkBudget } from "./check-definition.ts";
export { durationText } from "./duration.ts";
export { type CallScope, describeValue, type ScopeName, valuesCounted } from "./matching.ts";
export { leastOverspent, leastReaching, roomFor } from "./room.ts";
export { alertWindowOf, type BudgetWindow, bucketMsOf, counterSpanOf, windowOf } from "./window-of.ts";
export { type Zone, zoneOf } from "./zones.ts";
