/** Where programs keep their files on each platform. */
import { join } from "node:path";
import type { ImportEnvironment } from "./importer.ts";

/** The folders that an environment variable lists, separated by commas; undefined where it is unset or empty. */
export function listedFolders(environment: ImportEnvironment, variable: string): string[] | undefined {
  const folders = (environment.variables[variable] ?? "")
    .split(",")
    .map((folder) => folder.trim())
    .filter((folder) => folder !== "")
    .map((folder) => (folder === "~" || /^~[/\\]/.test(folder) ? join(environment.homeDirectory, folder.slice(1)) : folder));
  return folders.length > 0 ? folders : undefined;
}

/** Where programs of the XDG tradition keep data; several of them do so on every platform. */
export function userDataFolder(environment: ImportEnvironment): string {
  return listedFolders(environment, "XDG_DATA_HOME")?.[0] ?? join(environment.homeDirectory, ".local", "share");
}

/** Where desktop programs keep their settings and data. */
export function applicationFolder(environment: ImportEnvironment): string {
  const { platform, homeDirectory, variables } = environment;
  if (platform === "darwin") return join(homeDirectory, "Library", "Application Support");
  if (platform === "win32") return variables.APPDATA || join(homeDirectory, "AppData", "Roaming");
  return variables.XDG_CONFIG_HOME || join(homeDirectory, ".config");
}

const EDITORS = ["Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf"];
const EDITOR_SERVERS = [".vscode-server", ".vscode-server-insiders", ".vscodium-server", ".cursor-server", ".windsurf-server"];

/** The `User` folders of Visual Studio Code and its relatives, remote servers included. */
export function editorUserFolders(environment: ImportEnvironment): string[] {
  return [
    ...EDITORS.map((editor) => join(applicationFolder(environment), editor, "User")),
    ...EDITOR_SERVERS.map((server) => join(environment.homeDirectory, server, "data", "User")),
  ];
}

/** `file:///home/me/my%20work` → `/home/me/my work`; other texts stay as they are. */
export function pathOfUri(uri: string | undefined): string | undefined {
  if (!uri?.startsWith("file://")) return uri;
  const path = uri.slice("file://".length);
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
