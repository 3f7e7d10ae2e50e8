/** What a gateway that has started says, and what is worth knowing of how it was set up. */
import type { Config } from "../../config/index.ts";

export interface StartedServer {
  url: string;
  /** The book's address, without a password. */
  book: string;
  version: string;
  auth: "loopback" | "always";
  providers: Config["providers"];
  hasDashboard: boolean;
}

/** One line of JSON. */
export function serverDocument({ url, book, version, auth, providers, hasDashboard }: StartedServer): string {
  return JSON.stringify({
    schema: "tokenledger.server/1",
    url,
    pid: process.pid,
    version,
    book,
    auth,
    dashboard: hasDashboard ? `${addressHere(url)}/` : null,
    providers: Array.from(providers, ([name, { api }]) => ({ name, api: api ?? null })),
  });
}

/** One line for people: where it is, for whom, on which book, and what to tell a client. */
export function startLine({ url, book, providers, hasDashboard }: StartedServer): string {
  const names = [...providers.keys()].join(", ") || "no provider";
  const here = addressHere(url);
  const dashboard = hasDashboard ? `; dashboard ${here}/` : "";
  return `TokenLedger's gateway is at ${url} for ${names}; book ${book}${dashboard}${clientText(here, providers)}`;
}

/** What listens at every address is called at one of them. */
function addressHere(url: string): string {
  return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}

/** The variables that the providers' own clients read. */
function clientText(url: string, providers: Config["providers"]): string {
  const apis = new Set(Array.from(providers.values(), ({ api }) => api));
  const variables = [
    ...(apis.has("openai") ? [`OPENAI_BASE_URL=${url}/v1`] : []),
    ...(apis.has("anthropic") ? [`ANTHROPIC_BASE_URL=${url}`] : []),
    ...(apis.has("gemini") ? [`GOOGLE_GEMINI_BASE_URL=${url}`] : []),
  ];
  return variables.length === 0 ? "" : `; point clients at it with ${variables.join(" ")}`;
}

export interface ServerSetup {
  config: Config;
  configPath: string | undefined;
  host: string;
  isInMemory: boolean;
  /** Keys that are accepted now. */
  keyCount: number;
}

/** Sentences, some with an example below. */
export function setupWarnings({ config, configPath, host, isInMemory, keyCount }: ServerSetup): string[] {
  const auth = config.server?.auth ?? "loopback";
  const warnings: string[] = [];
  if (config.providers.size === 0) warnings.push(noProviderText(configPath));
  for (const [name, { apiKey, baseUrl }] of config.providers) {
    if (apiKey === undefined && baseUrl === undefined && !KEYLESS.has(name))
      warnings.push(`the provider ${name} has no api_key, so it will refuse its calls; write api_key: "\${NAME}" and set NAME.`);
  }
  if (isInMemory) warnings.push("the book is in memory: with the gateway, it is gone.");
  if (keyCount === 0 && auth === "always")
    warnings.push("every request needs a key, and there is none: make one with tokenledger keys create --name NAME");
  if (!isLoopback(host)) {
    if (keyCount === 0 && auth === "loopback")
      warnings.push(`other machines reach ${host}, but need a key, and there is none: make one with tokenledger keys create --name NAME`);
    warnings.push("other machines reach the gateway over plain HTTP: put a proxy with TLS in front, or keys travel in the clear.");
  }
  return warnings;
}

const KEYLESS: ReadonlySet<string> = new Set(["ollama", "vllm"]);

/** How many of the keys are accepted now. */
export function activeKeys(keys: readonly { revokedMs?: number | undefined; expiresMs?: number | undefined }[], nowMs: number): number {
  return keys.filter(({ revokedMs, expiresMs }) => revokedMs === undefined && (expiresMs === undefined || expiresMs > nowMs)).length;
}

function noProviderText(configPath: string | undefined): string {
  return `no provider is configured, so every call is refused. In ${configPath ?? "tokenledger.yaml"}:

  providers:
    openai: { api_key: "\${OPENAI_API_KEY}" }
    anthropic: { api_key: "\${ANTHROPIC_API_KEY}" }
`;
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
}
