/** Where things are kept, by the customs of each system. */
import { posix, win32 } from "node:path";
import { ConfigError } from "../errors.ts";
import type { Variables } from "./variables.ts";

/** The facts that decide the folders, handed in so that every system can be tested on any. */
export interface Machine {
  variables: Variables;
  /** The user's folder; undefined where the system tells none. */
  homeDirectory: string | undefined;
  platform: NodeJS.Platform;
}

/** How the systems say where programs keep one kind of file: a variable, and a folder of the user's where it is not set. */
interface Custom {
  windowsVariable: string;
  windowsFolder: string;
  unixVariable: string;
  unixFolder: string;
}

const DATA: Custom = { windowsVariable: "LOCALAPPDATA", windowsFolder: "Local", unixVariable: "XDG_DATA_HOME", unixFolder: ".local/share" };
const CONFIGURATION: Custom = {
  windowsVariable: "APPDATA",
  windowsFolder: "Roaming",
  unixVariable: "XDG_CONFIG_HOME",
  unixFolder: ".config",
};

/** The folder of the book; undefined where the user has no folder to keep it in. */
export function dataDirectory(machine: Machine): string | undefined {
  return folderBy(DATA, machine);
}

/** The folder of the user's own configuration file; undefined where the user has no folder. */
export function configDirectory(machine: Machine): string | undefined {
  return folderBy(CONFIGURATION, machine);
}

function folderBy(custom: Custom, { variables, homeDirectory, platform }: Machine): string | undefined {
  if (platform === "win32") {
    const told = variables[custom.windowsVariable];
    if (told) return win32.join(told, "tokenledger");
    return homeDirectory ? win32.join(homeDirectory, "AppData", custom.windowsFolder, "tokenledger") : undefined;
  }
  const told = absolute(variables[custom.unixVariable]);
  if (told !== undefined) return posix.join(told, "tokenledger");
  const home = absolute(homeDirectory);
  return home && posix.join(home, platform === "darwin" ? "Library/Application Support" : custom.unixFolder, "tokenledger");
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
