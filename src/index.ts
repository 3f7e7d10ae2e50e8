/**
 * TokenLedger: what was spent, may this call be spent, and why. This door opens the pure core: no database,
 * no server, no dependency.
 * @module
 */

export * from "./budget/index.ts";
export { type Clock, systemClock } from "./clock.ts";
export {
  AlreadySettled,
  type Breach,
  type BreachedCap,
  BudgetExceeded,
  ConfigError,
  closestWord,
  DatabaseError,
  type ErrorCode,
  InvalidInput,
  ProviderError,
  quoteValue,
  RateLimitExceeded,
  TokenLedgerError,
  UnpricedModel,
  WindowBreached,
} from "./errors.ts";
export { divideHalfUp, formatUsd, NANO_PER_USD, parseUsd } from "./money.ts";
export * from "./pricing/index.ts";
export * from "./usage/index.ts";
