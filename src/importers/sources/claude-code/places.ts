/** Where Claude Code keeps its logs, and what their paths tell. */
import { readdirSync } from "node:fs";
import { basename, dirname, posix, win32 } from "node:path";
import type { ImportEnvironment } from "../../importer.ts";

/** The folders of logs on this machine, set by variables or at their usual places; they need not exist. */
export function logFolders(environment: ImportEnvironment): string[] {
  return [...new Set([...configFolders(environment).flatMap((folder) => logsBelow(folder, environment)), ...desktopFolders(environment)])];
}

function configFolders({ variables, homeDirectory, platform }: ImportEnvironment): string[] {
  const { join, delimiter } = platform === "win32" ? win32 : posix;
  const chosen = [...listOf(variables.CLAUDE_CONFIG_DIR, ","), ...listOf(variables.CLAUDE_CONFIG_DIRS, delimiter)];
  if (chosen.length > 0) {
    return chosen.map((folder) => (folder === "~" || /^~[\\/]/.test(folder) ? join(homeDirectory, folder.slice(1)) : folder));
  }
  return [join(homeDirectory, ".claude"), join(variables.XDG_CONFIG_HOME || join(homeDirectory, ".config"), "claude")];
}

function listOf(variable: string | undefined, separator: string): string[] {
  return (variable ?? "")
    .split(separator)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

function logsBelow(folder: string, { platform }: ImportEnvironment): string[] {
  const { join } = platform === "win32" ? win32 : posix;
  const trimmed = folder.replace(/(?<![\\/])[\\/]+$/, "");
  return /[\\/]projects$/.test(trimmed) ? [trimmed] : [join(trimmed, "projects"), join(trimmed, "transcripts")];
}

/** The desktop program runs sessions of its own below its data folder. */
function desktopFolders({ variables, homeDirectory, platform }: ImportEnvironment): string[] {
  if (platform === "win32") {
    const { APPDATA, LOCALAPPDATA } = variables;
    const roaming = APPDATA ? [win32.join(APPDATA, "Claude")] : [];
    const packaged = LOCALAPPDATA ? packagedFolders(win32.join(LOCALAPPDATA, "Packages")) : [];
    return [...roaming, ...packaged].map((folder) => win32.join(folder, "local-agent-mode-sessions"));
  }
  const data =
    platform === "darwin"
      ? posix.join(homeDirectory, "Library", "Application Support")
      : variables.XDG_CONFIG_HOME || posix.join(homeDirectory, ".config");
  return [posix.join(data, "Claude", "local-agent-mode-sessions")];
}

function packagedFolders(packages: string): string[] {
  try {
    return readdirSync(packages)
      .filter((name) => name.includes("Claude"))
      .map((name) => win32.join(packages, name, "LocalCache", "Roaming", "Claude"));
  } catch {
    return [];
  }
}

/** Session logs; the desktop program also keeps other lines beside its `projects` folders. */
export function isSessionLog(path: string): boolean {
  if (!/\.(?:jsonl|ndjson)$/i.test(path)) return false;
  return !/[\\/]local-agent-mode-sessions[\\/]/.test(path) || /[\\/]projects[\\/]/.test(path);
}

/**
 * Subagents' own logs are read before the sessions that repeat them, and the asides that repeat a session after it: so what is
 * read first is what stands.
 */
export function readingOrder(path: string): number {
  if (!/[\\/]subagents[\\/]/.test(path)) return 1;
  return basename(path).startsWith("agent-aside") ? 2 : 0;
}

/** The session that a path names: the file's stem, or the folder above `subagents`. */
export function sessionOf(path: string): string {
  const folder = dirname(path);
  if (basename(folder) === "subagents") return basename(dirname(folder));
  return basename(path).replace(/\.(?:jsonl|ndjson)[\s\S]*/i, "");
}

/**
 * The project's name: the last part of the folder in which Claude Code was started. `cwd` moves with the shell; the log's folder
 * is named after the start folder, with everything but letters and digits made "-", so the start folder is the part of `cwd`
 * that is spelled like it.
 */
export function projectOf(cwd: string, path: string): string | undefined {
  const parts = cwd.split(/[\\/]/);
  const folders = new Set(path.split(/[\\/]/));
  for (let length = parts.length; length > 1; length--) {
    const slug = parts
      .slice(0, length)
      .join("/")
      .replace(/[^A-Za-z0-9]/g, "-");
    if (folders.has(slug)) return parts[length - 1];
  }
  return parts.findLast((part) => part !== "");
}
