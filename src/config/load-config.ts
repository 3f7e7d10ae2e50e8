/** Finds the configuration file, reads it and the price file that belongs to it. */
import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { PriceEntry } from "../pricing/index.ts";
import type { Config } from "./config.ts";
import { configDirectory, type Machine } from "./directories.ts";
import { type Field, refuse, textOf } from "./fields.ts";
import { notYetEnforced, readConfig } from "./read-config.ts";
import { readTextFile } from "./text-file.ts";
import type { Variables } from "./variables.ts";
import { type ConfigNode, parseYaml, plainValue } from "./yaml-nodes.ts";

export interface LoadConfigOptions extends Machine {
  /** The file that the user named; without it the usual places are searched. */
  file?: string;
  cwd: string;
}

export interface LoadedConfig {
  config: Config;
  /** The file that was read; absent where there is none. */
  path?: string;
  /** Sentences about what is accepted but surprising, or read and not yet acted on. */
  warnings: string[];
}

const NAME = "tokenledger.yaml";
const PRICES = "pricing.yaml";

/**
 * The configuration of this machine and folder: `file`, or the first of `tokenledger.yaml`, `config/tokenledger.yaml`
 * and the user's own. Without any file, the defaults.
 *
 * @throws ConfigError with file, line and column for anything that can't be used.
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const path = options.file === undefined ? findConfig(options) : resolve(options.cwd, options.file);
  if (path === undefined) return { config: emptyConfig(), warnings: [] };
  const name = options.file ?? path;
  const tree = await parseYaml(readTextFile(path, name), name, options.env);
  const warnings: string[] = [];
  const { config, pricing } = tree
    ? readConfig({ node: tree, name: "" }, (message) => warnings.push(message))
    : { config: emptyConfig(), pricing: undefined };
  const prices = await readPrices(pricing, path, name, options.env);
  return { config: { ...config, prices }, path, warnings: [...warnings, ...notYetEnforced(config, name)] };
}

/** The paths that are searched, in order. */
export function configSearchPaths(options: LoadConfigOptions): string[] {
  const users = configDirectory(options);
  const paths = [join(options.cwd, NAME), join(options.cwd, "config", NAME)];
  return users === undefined ? paths : [...paths, join(users, NAME)];
}

function findConfig(options: LoadConfigOptions): string | undefined {
  return configSearchPaths(options).find((path) => existsSync(path));
}

function emptyConfig(): Config {
  return { providers: new Map(), budgets: [], virtualKeys: [], prices: [] };
}

/** Prices stand under `pricing`, in the file that it names, or else in a `pricing.yaml` beside the configuration. */
async function readPrices(pricing: Field | undefined, configPath: string, configName: string, variables: Variables): Promise<PriceEntry[]> {
  if (pricing?.node.kind === "list") return refuse(pricing, "is a list; name a price file, or give prices as providers: …");
  if (pricing?.node.kind === "map") return priceEntries(pricing.node, configName);
  if (pricing) {
    const named = textOf(pricing, "the path of a price file");
    return loadPriceFile(isAbsolute(named) ? named : join(dirname(configPath), named), variables);
  }
  const beside = join(dirname(configPath), PRICES);
  return existsSync(beside) ? loadPriceFile(beside, variables) : [];
}

/**
 * A price file, YAML or JSON.
 *
 * @throws ConfigError for a file that can't be read or holds no prices.
 */
export async function loadPriceFile(path: string, variables: Variables): Promise<PriceEntry[]> {
  const tree = await parseYaml(readTextFile(path), path, variables);
  return tree ? priceEntries(tree, path) : [];
}

/** The price book is loaded only for those who bring prices: most configurations have none. */
async function priceEntries(tree: ConfigNode, file: string): Promise<PriceEntry[]> {
  const { parsePriceFile } = await import("../pricing/index.ts");
  return parsePriceFile(plainValue(tree), file);
}
