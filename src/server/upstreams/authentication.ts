/** How a provider is told who pays: always our key from the configuration, never what a caller sent. */
import { keyHeader, type WireFormat } from "../../providers/index.ts";

export interface Credentials {
  api: WireFormat;
  base: URL;
  apiKey: string | undefined;
  organization: string | undefined;
}

/** Names and values in turn. */
export function authenticationHeaders({ api, base, apiKey, organization }: Credentials): readonly string[] {
  const headers: string[] = apiKey === undefined ? [] : [...keyHeader(api, base, apiKey)];
  if (organization !== undefined && api === "openai") headers.push("openai-organization", organization);
  return headers;
}

/** Clients that speak to Anthropic by hand often leave it out; without it nothing is served. */
export const ANTHROPIC_VERSION: readonly string[] = ["anthropic-version", "2023-06-01"];
