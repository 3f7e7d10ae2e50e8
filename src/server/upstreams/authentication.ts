/** How a provider is told who pays: always our key from the configuration, never what a caller sent. */
import type { WireFormat } from "../../providers/index.ts";

export interface Credentials {
  api: WireFormat;
  base: URL;
  apiKey: string | undefined;
  organization: string | undefined;
}

const AZURE_HOST = /\.(?:openai|cognitiveservices|services\.ai)\.azure\.(?:com|us|cn)$/;

/** Names and values in turn. */
export function authenticationHeaders({ api, base, apiKey, organization }: Credentials): readonly string[] {
  const headers: string[] = [];
  if (apiKey !== undefined) {
    if (api === "anthropic") headers.push("x-api-key", apiKey);
    else if (api === "gemini") headers.push("x-goog-api-key", apiKey);
    else if (AZURE_HOST.test(base.hostname)) headers.push("api-key", apiKey);
    else headers.push("authorization", `Bearer ${apiKey}`);
  }
  if (organization !== undefined && api === "openai") headers.push("openai-organization", organization);
  return headers;
}

/** Clients that speak to Anthropic by hand often leave it out; without it nothing is served. */
export const ANTHROPIC_VERSION: readonly string[] = ["anthropic-version", "2023-06-01"];
