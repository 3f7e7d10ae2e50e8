/**
 * One typed configuration from file and environment: strict, with a place in every message, and no secret in any.
 * @module
 */
export type { BudgetDefinition, BudgetPeriod, BudgetScope, Enforcement } from "../budget/index.ts";
export type { BudgetWords } from "./budget-words.ts";
export type {
  Config,
  LoadedConfig,
  ProviderApi,
  ProviderConfig,
  RateLimits,
  ServerConfig,
  UnpricedPolicy,
  VirtualKeyDefinition,
} from "./config.ts";
export { configDirectory, dataDirectory, defaultDatabaseUrl, type Machine } from "./directories.ts";
export type { KeyWords } from "./key-words.ts";
export {
  budgetWords,
  configSearchPaths,
  keyWords,
  type LoadConfigOptions,
  loadConfig,
  loadPriceFile,
  savingsFile,
  savingsPath,
} from "./load-config.ts";
export { maskSecrets, maskUrl } from "./mask-secrets.ts";
export {
  type AppliedAction,
  type AppliedRule,
  type CachePolicy,
  type RuledModel,
  type RuleScope,
  USUAL_KEPT_SHARE,
} from "./savings-rules.ts";
export { readTextFile } from "./text-file.ts";
