/** Reads the configuration file, and the price file that belongs to it: loaded only where there is one. */
import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { PriceEntry } from "../pricing/index.ts";
import { EMPTY_CONFIG, type LoadedConfig } from "./config.ts";
import { type Field, refuse, textOf } from "./fields.ts";
import { readConfig } from "./read-config.ts";
import { readTextFile } from "./text-file.ts";
import type { Variables } from "./variables.ts";
import { type ConfigNode, parseYaml, plainValue } from "./yaml-nodes.ts";

const PRICES = "pricing.yaml";

/**
 * @param name how messages name the file
 * @param credentials whether those may be lacking whose variable is not set
 * @throws ConfigError with file, line and column for anything that can't be used.
 */
export async function readConfigFile(
  path: string,
  name: string,
  variables: Variables,
  credentials: "all" | "known" = "all",
): Promise<LoadedConfig> {
  const tree = await parseYaml(readTextFile(path, name), name, variables, credentials === "known" ? isCredential : undefined);
  const warnings: string[] = [];
  const { config, pricing } = tree
    ? readConfig({ node: tree, name: "" }, (message) => warnings.push(message))
    : { config: EMPTY_CONFIG, pricing: undefined };
  const prices = await readPrices(pricing, path, name, variables);
  return { config: { ...config, prices }, path, warnings };
}

/** The keys of providers, and virtual keys: nothing but the gateway uses them. */
function isCredential(path: readonly string[]): boolean {
  return path.length === 3 && ((path[0] === "providers" && path[2] === "api_key") || (path[0] === "virtual_keys" && path[2] === "key"));
}

/** Prices stand under `pricing`, in the file that it names, or else in a `pricing.yaml` beside the configuration. */
async function readPrices(pricing: Field | undefined, configPath: string, configName: string, variables: Variables): Promise<PriceEntry[]> {
  if (pricing?.node.kind === "list") return refuse(pricing, "is a list; name a price file, or give prices as providers: …");
  if (pricing?.node.kind === "map") return priceEntries(pricing.node, configName);
  if (pricing) {
    const named = textOf(pricing, "the path of a price file");
    return readPriceFile(isAbsolute(named) ? named : join(dirname(configPath), named), variables);
  }
  const beside = join(dirname(configPath), PRICES);
  return existsSync(beside) ? readPriceFile(beside, variables) : [];
}

/**
 * A price file, YAML or JSON.
 *
 * @throws ConfigError for a file that can't be read or holds no prices.
 */
export async function readPriceFile(path: string, variables: Variables): Promise<PriceEntry[]> {
  const tree = await parseYaml(readTextFile(path), path, variables);
  return tree ? priceEntries(tree, path) : [];
}

/** The price book is loaded only for those who bring prices: most configurations have none. */
async function priceEntries(tree: ConfigNode, file: string): Promise<PriceEntry[]> {
  const { parsePriceFile } = await import("../pricing/index.ts");
  return parsePriceFile(plainValue(tree), file);
}
