/** A YAML tree → the typed configuration. */
import type { Config, ProviderConfig, RateLimits, ServerConfig } from "./config.ts";
import { booleanOf, choiceOf, type Field, isNothing, knownFields, namedFields, textOf, wholeNumberOf } from "./fields.ts";
import { readBudgets } from "./read-budgets.ts";
import { readProviders } from "./read-providers.ts";
import { databaseUrlOf, timeZoneOf } from "./read-values.ts";
import { readVirtualKeys } from "./read-virtual-keys.ts";

const SECTIONS = ["database", "providers", "rate_limits", "budgets", "server", "timezone", "virtual_keys", "unpriced", "pricing"] as const;

/** What the file says, and what is left for others to read: prices live in the file or beside it. */
export interface ReadConfig {
  config: Config;
  pricing: Field | undefined;
}

export function readConfig(root: Field, warn: (message: string) => void): ReadConfig {
  const sections = knownFields(root, SECTIONS);
  const providers = sections.providers ? readProviders(sections.providers) : new Map<string, ProviderConfig>();
  const timeZone = sections.timezone ? timeZoneOf(sections.timezone) : undefined;
  const config: Config = {
    providers,
    budgets: sections.budgets ? readBudgets(sections.budgets, new Set(providers.keys()), { timeZone, warn }) : [],
    virtualKeys: sections.virtual_keys ? readVirtualKeys(sections.virtual_keys, timeZone ?? "UTC") : [],
    prices: [],
  };
  if (sections.database) {
    const { url } = knownFields(sections.database, ["url"]);
    if (url) config.databaseUrl = databaseUrlOf(url, warn);
  }
  if (sections.rate_limits) config.rateLimits = readRateLimits(sections.rate_limits);
  if (sections.server) config.server = readServer(sections.server);
  if (timeZone !== undefined) config.timeZone = timeZone;
  if (sections.unpriced) config.unpriced = choiceOf(sections.unpriced, ["block", "estimate", "allow"]);
  return { config, pricing: sections.pricing && !isNothing(sections.pricing) ? sections.pricing : undefined };
}

function readRateLimits(section: Field): RateLimits {
  const fields = knownFields(section, ["default", "by_team"]);
  const perMinute = (field: Field): number => wholeNumberOf(field, 1, 1_000_000_000, "requests per minute");
  const byTeam = fields.by_team ? namedFields(fields.by_team) : [];
  const limits: RateLimits = { perMinuteByTeam: new Map(byTeam.map(([team, field]) => [team.normalize("NFC"), perMinute(field)])) };
  if (fields.default) limits.defaultPerMinute = perMinute(fields.default);
  return limits;
}

function readServer(section: Field): ServerConfig {
  const fields = knownFields(section, ["host", "port", "auth", "max_body_bytes", "max_connections", "log", "log_calls", "prompt_hashes"]);
  const server: ServerConfig = {
    host: fields.host ? textOf(fields.host, "a host name or address") : "127.0.0.1",
    port: fields.port ? wholeNumberOf(fields.port, 0, 65_535, "a port number") : 4180,
    auth: fields.auth ? choiceOf(fields.auth, ["loopback", "always"]) : "loopback",
  };
  if (fields.max_body_bytes) server.maxBodyBytes = wholeNumberOf(fields.max_body_bytes, 1024, 1_073_741_824, "a number of bytes");
  if (fields.max_connections) server.maxConnections = wholeNumberOf(fields.max_connections, 1, 1_000_000, "a number of connections");
  if (fields.log) server.log = choiceOf(fields.log, ["text", "json"]);
  if (fields.log_calls) server.logsCalls = booleanOf(fields.log_calls);
  if (fields.prompt_hashes) server.promptHashes = booleanOf(fields.prompt_hashes);
  return server;
}
