/** Where a provider is reached, and how its format's paths follow from there. */
import type { WireFormat } from "../../providers/index.ts";

const BASE_URLS: Readonly<Record<string, string>> = {
  openai: "https://api.openai.com",
  anthropic: "https://api.anthropic.com",
  gemini: "https://generativelanguage.googleapis.com",
  google: "https://generativelanguage.googleapis.com",
  groq: "https://api.groq.com/openai/v1",
  mistral: "https://api.mistral.ai",
  deepseek: "https://api.deepseek.com",
  xai: "https://api.x.ai",
  openrouter: "https://openrouter.ai/api/v1",
  together: "https://api.together.xyz",
  cohere: "https://api.cohere.ai/compatibility/v1",
  cerebras: "https://api.cerebras.ai",
  moonshot: "https://api.moonshot.ai",
  ollama: "http://127.0.0.1:11434",
  vllm: "http://127.0.0.1:8000",
};
/** Where nothing is told, a name that speaks a format is taken for the format's own provider. */
const BASE_URL_OF_FORMAT: Readonly<Record<WireFormat, string>> = {
  openai: "https://api.openai.com",
  anthropic: "https://api.anthropic.com",
  gemini: "https://generativelanguage.googleapis.com",
};

export function defaultBaseUrl(name: string, api: WireFormat): string {
  return (Object.hasOwn(BASE_URLS, name) ? BASE_URLS[name] : undefined) ?? BASE_URL_OF_FORMAT[api];
}

const VERSION = /^\/v[0-9]+(?:alpha|beta)?[0-9]*(?=\/)/;
/** Bases of this kind stand for the version, too: `…/v1`, `…/api/paas/v4`, `…/v1beta/openai`, `…/openai/deployments/NAME`. */
const VERSIONED_BASE = /\/v[0-9]+(?:alpha|beta)?[0-9]*(?:\/openai)?$|\/openai\/deployments\/[^/]+$/;

/**
 * The format's path behind the base's: a version that both name is named once, and the base's own query (Azure's `api-version`)
 * goes along.
 */
export function pathUnder(base: URL, path: string): string {
  const prefix = base.pathname.replace(/\/+$/, "");
  const rest = VERSIONED_BASE.test(prefix) ? path.replace(VERSION, "") : path;
  if (base.search === "") return `${prefix}${rest}`;
  return `${prefix}${rest}${rest.includes("?") ? "&" : "?"}${base.search.slice(1)}`;
}
