/**
 * TokenLedger: what was spent, may this call be spent, and why. This door opens the pure core: no database,
 * no server, no dependency.
 * @module
 */
export { type Clock, systemClock } from "./clock.ts";
export {
  ConfigError,
  closestWord,
  DatabaseError,
  type ErrorCode,
  InvalidInput,
  ProviderError,
  quoteValue,
  TokenLedgerError,
} from "./errors.ts";
export { divideHalfUp, formatUsd, NANO_PER_USD, parseUsd } from "./money.ts";
export * from "./pricing/index.ts";
export * from "./usage/index.ts";
