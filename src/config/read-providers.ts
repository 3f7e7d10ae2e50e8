/** The `providers` section: who answers calls, how each is reached, and what happens when one fails. */
import { closestWord } from "../errors.ts";
import type { ProviderApi, ProviderConfig } from "./config.ts";
import { choiceOf, durationOf, type Field, knownFields, namedFields, refuse, secretOf, shown, textOf, wholeNumberOf } from "./fields.ts";
import { readNames, urlOf } from "./read-values.ts";

const APIS = ["openai", "anthropic", "gemini"] as const satisfies readonly ProviderApi[];
const MOST_RETRIES = 10;
const LONGEST_TIMEOUT_MS = 3_600_000;

/** Providers whose wire format need not be told. */
export const API_OF_PROVIDER: ReadonlyMap<string, ProviderApi> = new Map([
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

/** Without an address of one's own, their calls, and the key, would go to the format's own provider. */
const OWN_ADDRESS: ReadonlySet<string> = new Set(["azure"]);

export function readProviders(section: Field): Map<string, ProviderConfig> {
  const read = namedFields(section).map(([name, field]) => readProvider(name, field));
  const providers = new Map(read.map(({ name, provider }) => [name, provider]));
  for (const { name, provider, fallbackField } of read) {
    if (fallbackField) refuseBadFallback(name, provider, fallbackField, providers);
  }
  return providers;
}

interface ReadProvider {
  name: string;
  provider: ProviderConfig;
  fallbackField: Field | undefined;
}

function readProvider(name: string, field: Field): ReadProvider {
  const fields = knownFields(field, [
    "api",
    "base_url",
    "api_key",
    "organization",
    "models",
    "default_model",
    "retries",
    "timeout",
    "idle_timeout",
    "fallback",
  ]);
  const api = fields.api ? choiceOf(fields.api, APIS) : API_OF_PROVIDER.get(name);
  if (!api) {
    const near = closestWord(name, [...API_OF_PROVIDER.keys()]);
    refuse(field, `needs api, the wire format that it speaks: ${APIS.join(", ")}.${near === undefined ? "" : ` Or did you mean ${near}?`}`);
  }
  if (!fields.base_url && OWN_ADDRESS.has(name)) refuse(field, "needs base_url: each of its customers has an address of its own.");
  const provider: ProviderConfig = { api };
  if (fields.base_url) provider.baseUrl = urlOf(fields.base_url);
  if (fields.api_key) provider.apiKey = secretOf(fields.api_key, "a key");
  if (fields.organization) provider.organization = textOf(fields.organization, "the name of an organization");
  if (fields.models) provider.models = readNames(fields.models, "a model id or pattern");
  if (fields.default_model) provider.defaultModel = textOf(fields.default_model, "a model id");
  if (fields.retries) provider.retries = wholeNumberOf(fields.retries, 0, MOST_RETRIES, "a number of further attempts");
  if (fields.timeout) provider.timeoutMs = durationOf(fields.timeout, LONGEST_TIMEOUT_MS);
  if (fields.idle_timeout) provider.idleTimeoutMs = durationOf(fields.idle_timeout, LONGEST_TIMEOUT_MS);
  if (fields.fallback) provider.fallback = textOf(fields.fallback, "the name of a provider");
  return { name, provider, fallbackField: fields.fallback };
}

/** Calls pass on as they are, so the other one must speak the same format; and nobody is asked twice. */
function refuseBadFallback(name: string, provider: ProviderConfig, field: Field, providers: ReadonlyMap<string, ProviderConfig>): void {
  const target = providers.get(provider.fallback ?? "");
  if (!target) refuse(field, `is ${shown(field)}, which is no provider of this file; configured: ${[...providers.keys()].join(", ")}.`);
  if (target.api !== provider.api)
    refuse(field, `is ${shown(field)}, which speaks ${target.api}; calls in the format ${provider.api} can't move there.`);
  const seen = new Set([name]);
  for (let next = provider.fallback; next !== undefined; next = providers.get(next)?.fallback) {
    if (seen.has(next)) refuse(field, `is ${shown(field)}, from where fallbacks lead back; they can't lead in a circle.`);
    seen.add(next);
  }
}
