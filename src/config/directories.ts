/** Where things are kept, by the customs of each system. */
import { posix, win32 } from "node:path";
import { ConfigError } from "../errors.ts";
import type { Variables } from "./variables.ts";

/** The facts that decide the folders, handed in so that every system can be tested on any. */
export interface Machine {
  env: Variables;
  /** The user's folder; undefined where the system tells none. */
  home: string | undefined;
  platform: NodeJS.Platform;
}

/** The folder of the book; undefined where the user has no folder to keep it in. */
export function dataDirectory({ env, home, platform }: Machine): string | undefined {
  if (platform === "win32") return windowsFolder(env.LOCALAPPDATA, home, "Local");
  const custom = absolute(env.XDG_DATA_HOME);
  if (custom !== undefined) return posix.join(custom, "tokenledger");
  if (!absolute(home)) return undefined;
  return platform === "darwin"
    ? posix.join(home as string, "Library", "Application Support", "tokenledger")
    : posix.join(home as string, ".local", "share", "tokenledger");
}

/** The folder of the user's own configuration file; undefined where the user has no folder. */
export function configDirectory({ env, home, platform }: Machine): string | undefined {
  if (platform === "win32") return windowsFolder(env.APPDATA, home, "Roaming");
  const custom = absolute(env.XDG_CONFIG_HOME);
  if (custom !== undefined) return posix.join(custom, "tokenledger");
  if (!absolute(home)) return undefined;
  return platform === "darwin"
    ? posix.join(home as string, "Library", "Application Support", "tokenledger")
    : posix.join(home as string, ".config", "tokenledger");
}

/**
 * The URL of the book that is used where nothing names another.
 *
 * @throws ConfigError where there is no folder to keep it in.
 */
export function defaultDatabaseUrl(machine: Machine): string {
  const folder = dataDirectory(machine);
  if (folder === undefined) {
    throw new ConfigError(
      "There is no folder to keep the book in, because HOME is not set; name a file with --db sqlite:///path/to/book.db.",
    );
  }
  const path = machine.platform === "win32" ? `/${folder.replaceAll("\\", "/")}` : folder;
  // The book's URL is decoded where it is opened; these are the characters that would mean something there.
  return `sqlite://${path.replace(/[%?#]/g, encodeURIComponent)}/tokenledger.db`;
}

/** The XDG rules: a path that is not absolute is as good as none. */
function absolute(path: string | undefined): string | undefined {
  return path !== undefined && posix.isAbsolute(path) ? path : undefined;
}

function windowsFolder(told: string | undefined, home: string | undefined, kind: string): string | undefined {
  if (told) return win32.join(told, "tokenledger");
  return home ? win32.join(home, "AppData", kind, "tokenledger") : undefined;
}
