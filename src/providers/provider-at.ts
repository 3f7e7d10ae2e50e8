/** Whose address it is. */
import { AZURE_HOST, KNOWN_PROVIDERS } from "./known-providers.ts";

/** What listens on this machine may be anybody. */
const LOCAL = "127.0.0.1";
/** Of a region, of all, of a jurisdiction. */
const VERTEX_HOST = /^(?:[\w-]+-)?aiplatform(?:\.[\w-]+\.rep)?\.googleapis\.com$/;

const NAME_OF_HOST: ReadonlyMap<string, string> = new Map(
  [...KNOWN_PROVIDERS]
    .flatMap(([name, { baseUrl }]): [string, string][] => (baseUrl === undefined ? [] : [[new URL(baseUrl).hostname, name]]))
    .filter(([host]) => host !== LOCAL)
    // Of two names for one address the first.
    .reverse(),
);

/**
 * The known provider that serves a host, or a region of it; undefined where nobody is known to.
 *
 * @example
 * ```ts
 * import { providerAt } from "tokenledger/providers";
 * providerAt("eu.api.openai.com"); // => "openai"
 * providerAt("example.com"); // => undefined
 * ```
 */
export function providerAt(hostname: string): string | undefined {
  for (let host = hostname, dot = 0; dot >= 0; host = host.slice(dot + 1)) {
    const name = NAME_OF_HOST.get(host);
    if (name !== undefined) return name;
    dot = host.indexOf(".");
  }
  if (AZURE_HOST.test(hostname)) return "azure";
  if (VERTEX_HOST.test(hostname)) return "vertex";
  return hostname.startsWith("bedrock-runtime.") && hostname.endsWith(".amazonaws.com") ? "bedrock" : undefined;
}
