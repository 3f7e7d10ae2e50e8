/**
 * May this call happen? Caps, windows, reservations, zones and rate limits, in process; and the rules by which the book decides.
 * @module
 */

export { type Zone, zoneOf } from "../conservation-zone.ts";
export {
  admits,
  amountAt,
  type BudgetCounts,
  type BudgetStanding,
  breachesOf,
  enforcedLimit,
  isHard,
  isOverspent,
  type MoneyAndTokens,
  reachedThresholds,
  refuses,
  statusOf,
  streamOverrunOf,
} from "./admission.ts";
export { checkKeys } from "./amounts.ts";
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
  STREAM_OVERRUNS,
  type StreamOverrun,
  WEEKDAYS,
  type Weekday,
  type WindowRule,
} from "./budget-definition.ts";
export { budgetFromJson, budgetToJson } from "./budget-json.ts";
export { checkBudget } from "./check-definition.ts";
export {
  ConservationLaw,
  type ConservationResult,
  conservationZone,
  type PeriodLimit,
  type ZoneOptions,
} from "./conservation.ts";
export type { Reservable } from "./engine.ts";
export { KEY_OWNERS, KEY_ROLES, type KeyRole, type KeyRules } from "./key-rules.ts";
export { type CallScope, countsAlike, describeValue, isSameName, namesInValue, type ScopeName, valuesCounted } from "./matching.ts";
export { type Amounts, BudgetPool, type CallUsage, type Caps, type PoolAnswer, type Totals } from "./pool.ts";
export { type RateLimitAnswer, RateLimiter, type RateLimiterLimits, type RateLimits } from "./rate-limiter.ts";
export type { CallAmounts, Reservation, ReserveOptions } from "./reservation.ts";
export { reserveAll } from "./reserve-all.ts";
export { leastOverspent, leastReaching, roomFor } from "./room.ts";
export { isSealed } from "./sealed-value.ts";
export { triedBudget, triedScope } from "./tried-budget.ts";
export { alertWindowOf, type BudgetWindow, bucketMsOf, counterSpanOf, EARLIER_BUCKETS, windowOf } from "./window-of.ts";
export { durationText, yearStartText } from "./window-text.ts";
export {
  BudgetWindows,
  type WindowAmounts,
  type WindowDefinition,
  type WindowSnapshot,
  type WindowsAnswer,
  type WindowUsage,
} from "./windows.ts";
