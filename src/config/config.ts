/** The configuration as the rest of TokenLedger sees it: every value checked, typed and in its unit. */

import type { BudgetDefinition, KeyRules } from "../budget/index.ts";
import type { PriceEntry } from "../pricing/index.ts";
import type { AppliedRule } from "./savings-rules.ts";

/** The wire format that a provider speaks. */
export type ProviderApi = "openai" | "anthropic" | "gemini";

export interface ProviderConfig {
  api?: ProviderApi;
  baseUrl?: string;
  apiKey?: string;
  organization?: string;
  /** Model ids or globs that are routed to this provider. */
  models?: readonly string[];
  defaultModel?: string;
  /** Further attempts after one that failed without an answer. Default 0: clients try again themselves. */
  retries?: number;
  /** How long the beginning of an answer is waited for. Default ten minutes. */
  timeoutMs?: number;
  /** How long an answer that has begun may be silent. Default one minute. */
  idleTimeoutMs?: number;
  /** Another provider of the same format, which takes the calls that this one fails. */
  fallback?: string;
}

export interface RateLimits {
  /** Requests per minute of every team without its own line. */
  defaultPerMinute?: number;
  perMinuteByTeam: ReadonlyMap<string, number>;
}

export interface ServerConfig {
  host: string;
  port: number;
  /** `loopback`: requests from this machine need no key; `always`: every request does. */
  auth: "loopback" | "always";
  /** What a request's body may hold. Default 32 MiB. */
  maxBodyBytes?: number;
  /** How many connections clients may have open together. */
  maxConnections?: number;
  /** Sentences, or one JSON object a line. Default `text`. */
  log?: "text" | "json";
  /** A line for every call and every refusal, too. Default no. */
  logsCalls?: boolean;
  /** Whether records tell prompts apart, by hashes under a key that only the book knows. Default yes. */
  promptHashes?: boolean;
}

/** A key that is told in the configuration instead of created by a command. */
export interface VirtualKeyDefinition extends KeyRules {
  name: string;
  key: string;
}

/** What happens to a call whose model has no price. */
export type UnpricedPolicy = "block" | "estimate" | "allow";

export interface Config {
  databaseUrl?: string;
  providers: ReadonlyMap<string, ProviderConfig>;
  rateLimits?: RateLimits;
  budgets: readonly BudgetDefinition[];
  server?: ServerConfig;
  /** An IANA zone, as the runtime spells it. */
  timeZone?: string;
  virtualKeys: readonly VirtualKeyDefinition[];
  unpriced?: UnpricedPolicy;
  /** The user's own prices: they go before the bundled ones. */
  prices: readonly PriceEntry[];
  /** What was decided about spending, the oldest first: from `tokenledger.savings.yaml`. Absent where nothing is in force. */
  savings?: readonly AppliedRule[];
}

export interface LoadedConfig {
  config: Config;
  /** The file that was read; absent where there is none. */
  path?: string;
  /** Sentences about what is accepted but surprising. */
  warnings: string[];
}

/** Where nothing is configured. */
export const EMPTY_CONFIG: Config = { providers: new Map(), budgets: [], virtualKeys: [], prices: [] };
