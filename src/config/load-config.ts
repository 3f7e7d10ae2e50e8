/** Finds the configuration file, reads it and the price file that belongs to it. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { PriceEntry } from "../pricing/index.ts";
import { EMPTY_CONFIG, type LoadedConfig } from "./config.ts";
import { configDirectory, type Machine } from "./directories.ts";
import type { Variables } from "./variables.ts";

export interface LoadConfigOptions extends Machine {
  /** The file that the user named; without it the usual places are searched. */
  file?: string;
  workingDirectory: string;
  /**
   * `"known"` leaves out the keys of providers, and the virtual keys, whose environment variable is not set: only the gateway needs them,
   * and whoever reads its book need not have them. Default: all are needed.
   */
  credentials?: "all" | "known";
}

const NAME = "tokenledger.yaml";
const SAVINGS_NAME = "tokenledger.savings.yaml";

/**
 * The configuration of this machine and folder: `file`, or the first of `tokenledger.yaml`, `config/tokenledger.yaml`
 * and the user's own. Without any file, the defaults.
 *
 * @throws ConfigError with file, line and column for anything that can't be used.
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const path = options.file === undefined ? findConfig(options) : resolve(options.workingDirectory, options.file);
  if (path === undefined) return withSavings({ config: EMPTY_CONFIG, warnings: [] }, options);
  const { readConfigFile } = await import("./read-config-file.ts");
  return withSavings(await readConfigFile(path, options.file ?? path, options.variables, options.credentials), options);
}

async function withSavings(loaded: LoadedConfig, { workingDirectory }: LoadConfigOptions): Promise<LoadedConfig> {
  const path = savingsPath(loaded, workingDirectory);
  if (!existsSync(path)) return loaded;
  const savings = await (await savingsFile()).loadSavings(path);
  return savings.length === 0 ? loaded : { ...loaded, config: { ...loaded.config, savings } };
}

/** Beside the configuration file; in the working folder where there is none. */
export function savingsPath({ path }: Pick<LoadedConfig, "path">, workingDirectory: string): string {
  return join(path === undefined ? workingDirectory : dirname(path), SAVINGS_NAME);
}

/** Reads and writes what is in force; loaded only where something is. */
export function savingsFile(): Promise<typeof import("./savings-file.ts")> {
  return import("./savings-file.ts");
}

/** The paths that are searched, in order. */
export function configSearchPaths(options: LoadConfigOptions): string[] {
  const users = configDirectory(options);
  const paths = [join(options.workingDirectory, NAME), join(options.workingDirectory, "config", NAME)];
  return users === undefined ? paths : [...paths, join(users, NAME)];
}

function findConfig(options: LoadConfigOptions): string | undefined {
  return configSearchPaths(options).find((path) => existsSync(path));
}

/**
 * A price file, YAML or JSON.
 *
 * @throws ConfigError for a file that can't be read or holds no prices.
 */
export async function loadPriceFile(path: string, variables: Variables): Promise<PriceEntry[]> {
  return (await import("./read-config-file.ts")).readPriceFile(path, variables);
}

/** The rules by which budgets are read, for those that come from elsewhere than the file; loaded only where they are needed. */
export function budgetWords(): Promise<typeof import("./budget-words.ts")> {
  return import("./budget-words.ts");
}

/** The same for the rules of virtual keys. */
export function keyWords(): Promise<typeof import("./key-words.ts")> {
  return import("./key-words.ts");
}
