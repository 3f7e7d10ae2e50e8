/** Providers whose name is enough: their format and their address; and how any of them is shown a key. */
import type { WireFormat } from "./operation.ts";

export interface KnownProvider {
  api: WireFormat;
  /** Absent: each of its customers has an address of its own. */
  baseUrl?: string;
}

/** Where nothing is told, a name that speaks a format is taken for the format's own provider. */
const BASE_URL_OF_FORMAT: Readonly<Record<WireFormat, string>> = {
  openai: "https://api.openai.com",
  anthropic: "https://api.anthropic.com",
  gemini: "https://generativelanguage.googleapis.com",
};

export const KNOWN_PROVIDERS: ReadonlyMap<string, KnownProvider> = new Map<string, KnownProvider>([
  ["openai", { api: "openai", baseUrl: BASE_URL_OF_FORMAT.openai }],
  ["azure", { api: "openai" }],
  ["groq", { api: "openai", baseUrl: "https://api.groq.com/openai/v1" }],
  ["mistral", { api: "openai", baseUrl: "https://api.mistral.ai" }],
  ["deepseek", { api: "openai", baseUrl: "https://api.deepseek.com" }],
  ["xai", { api: "openai", baseUrl: "https://api.x.ai" }],
  ["openrouter", { api: "openai", baseUrl: "https://openrouter.ai/api/v1" }],
  ["together", { api: "openai", baseUrl: "https://api.together.xyz" }],
  ["cohere", { api: "openai", baseUrl: "https://api.cohere.ai/compatibility/v1" }],
  ["cerebras", { api: "openai", baseUrl: "https://api.cerebras.ai" }],
  ["moonshot", { api: "openai", baseUrl: "https://api.moonshot.ai" }],
  ["ollama", { api: "openai", baseUrl: "http://127.0.0.1:11434" }],
  ["vllm", { api: "openai", baseUrl: "http://127.0.0.1:8000" }],
  ["anthropic", { api: "anthropic", baseUrl: BASE_URL_OF_FORMAT.anthropic }],
  ["gemini", { api: "gemini", baseUrl: BASE_URL_OF_FORMAT.gemini }],
  ["google", { api: "gemini", baseUrl: BASE_URL_OF_FORMAT.gemini }],
]);

/** Where a provider is reached of which no address is told. */
export function defaultBaseUrl(name: string, api: WireFormat): string {
  return KNOWN_PROVIDERS.get(name)?.baseUrl ?? BASE_URL_OF_FORMAT[api];
}

export const AZURE_HOST: RegExp = /\.(?:openai|cognitiveservices|services\.ai)\.azure\.(?:com|us|cn)$/;

/** The header that shows a key: its name and its value. */
export function keyHeader(api: WireFormat, base: URL, apiKey: string): readonly [name: string, value: string] {
  if (api === "anthropic") return ["x-api-key", apiKey];
  if (api === "gemini") return ["x-goog-api-key", apiKey];
  return AZURE_HOST.test(base.hostname) ? ["api-key", apiKey] : ["authorization", `Bearer ${apiKey}`];
}

const VERSION = /^\/v\d+(?:(?:alpha|beta)\d*)?(?=\/)/;
/** Bases of this kind stand for the version, too: `…/v1`, `…/api/paas/v4`, `…/v1beta/openai`, `…/openai/deployments/NAME`. */
const VERSIONED_BASE = /\/v\d+(?:(?:alpha|beta)\d*)?(?:\/openai)?$|\/openai\/deployments\/[^/]+$/;

/**
 * A format's path behind a base: a version that both name is named once, and the base's own query (Azure's `api-version`) goes along.
 *
 * @example
 * ```ts
 * import { pathUnder } from "tokenledger/providers";
 * pathUnder(new URL("https://api.groq.com/openai/v1"), "/v1/chat/completions"); // => "/openai/v1/chat/completions"
 * ```
 */
export function pathUnder(base: URL, path: string): string {
  const prefix = base.pathname.replace(/(?<!\/)\/+$/, "");
  const rest = VERSIONED_BASE.test(prefix) ? path.replace(VERSION, "") : path;
  if (base.search === "") return `${prefix}${rest}`;
  return `${prefix}${rest}${rest.includes("?") ? "&" : "?"}${base.search.slice(1)}`;
}
