/** A YAML tree → the typed configuration. */
import type { Config, ProviderApi, ProviderConfig, RateLimits, ServerConfig, VirtualKeyDefinition } from "./config.ts";
import {
  choiceOf,
  type Field,
  isNothing,
  itemsOf,
  knownFields,
  namedFields,
  refuse,
  secretOf,
  shown,
  textOf,
  wholeNumberOf,
} from "./fields.ts";
import { readBudgets } from "./read-budgets.ts";
import { databaseUrlOf, timeZoneOf, urlOf } from "./read-values.ts";

const SECTIONS = ["database", "providers", "rate_limits", "budgets", "server", "timezone", "virtual_keys", "unpriced", "pricing"] as const;
const APIS = ["openai", "anthropic", "gemini"] as const satisfies readonly ProviderApi[];

/** Providers whose wire format need not be told. */
const API_OF_PROVIDER: ReadonlyMap<string, ProviderApi> = new Map([
  ["anthropic", "anthropic"],
  ["gemini", "gemini"],
  ["google", "gemini"],
  ...[
    "openai",
    "azure",
    "groq",
    "mistral",
    "deepseek",
    "xai",
    "openrouter",
    "together",
    "cohere",
    "cerebras",
    "moonshot",
    "ollama",
    "vllm",
  ].map((name): [string, ProviderApi] => [name, "openai"]),
]);

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
    virtualKeys: sections.virtual_keys ? readVirtualKeys(sections.virtual_keys) : [],
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

function readProviders(section: Field): Map<string, ProviderConfig> {
  return new Map(namedFields(section).map(([name, field]) => [name, readProvider(name, field)]));
}

function readProvider(name: string, field: Field): ProviderConfig {
  const fields = knownFields(field, ["api", "base_url", "api_key", "organization", "models", "default_model"]);
  const api = fields.api ? choiceOf(fields.api, APIS) : API_OF_PROVIDER.get(name);
  if (!api) refuse(field, `needs api, the wire format that it speaks: ${APIS.join(", ")}.`);
  const provider: ProviderConfig = { api };
  if (fields.base_url) provider.baseUrl = urlOf(fields.base_url);
  if (fields.api_key) provider.apiKey = secretOf(fields.api_key, "a key");
  if (fields.organization) provider.organization = textOf(fields.organization, "the name of an organization");
  if (fields.models) provider.models = readNames(fields.models, "a model id or pattern");
  if (fields.default_model) provider.defaultModel = textOf(fields.default_model, "a model id");
  return provider;
}

function readNames(field: Field, what: string): string[] {
  const names = itemsOf(field).map((item) => textOf(item, what));
  if (names.length === 0) refuse(field, `is an empty list; name at least one, or leave it out for all.`);
  return names;
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
  const fields = knownFields(section, ["host", "port", "auth"]);
  return {
    host: fields.host ? textOf(fields.host, "a host name or address") : "127.0.0.1",
    port: fields.port ? wholeNumberOf(fields.port, 0, 65_535, "a port number") : 4180,
    auth: fields.auth ? choiceOf(fields.auth, ["loopback", "always"]) : "loopback",
  };
}

function readVirtualKeys(section: Field): VirtualKeyDefinition[] {
  const names = new Set<string>();
  return itemsOf(section).map((field) => {
    const fields = knownFields(field, ["name", "key", "role", "org", "team", "user", "project", "models"]);
    if (!fields.name) refuse(field, "has no name; each key needs one of its own.");
    if (!fields.key) refuse(field, 'has no key; write key: "${NAME}" and keep the key in the environment.');
    const name = textOf(fields.name, "a name");
    if (names.has(name)) refuse(fields.name, `is ${shown(fields.name)} a second time; each key needs a name of its own.`);
    names.add(name);
    const key = secretOf(fields.key, "a key");
    if (key.length < 20) refuse(fields.key, "has fewer than 20 characters; a key that short can be guessed.");
    const definition: VirtualKeyDefinition = { name, key };
    if (fields.role) definition.role = choiceOf(fields.role, ["admin", "viewer"]);
    for (const scope of ["org", "team", "user", "project"] as const) {
      const given = fields[scope];
      if (given) definition[scope] = textOf(given, `the name of a ${scope}`);
    }
    if (fields.models) definition.models = readNames(fields.models, "a model id or pattern");
    return definition;
  });
}

/** What a file may say that this version reads and checks, but does not act on yet. */
export function notYetUsed(config: Config, file: string): string[] {
  const unused: string[] = [];
  if (config.providers.size > 0) unused.push("providers");
  if (config.virtualKeys.length > 0) unused.push("virtual_keys");
  if (config.server) unused.push("server");
  if (unused.length === 0) return [];
  return [
    `${file}: ${unused.join(", ")}: read and checked, but without effect: they are for the gateway, which this version does not have.`,
  ];
}
