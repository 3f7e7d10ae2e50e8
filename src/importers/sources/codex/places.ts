/** Where Codex keeps its logs, and which of several copies of one log counts. */
import { existsSync } from "node:fs";
import { basename, dirname, join, posix, win32 } from "node:path";
import type { ImportEnvironment } from "../../importer.ts";

/** The folders of logs on this machine; they need not exist. */
export function logFolders({ variables, homeDirectory, platform }: ImportEnvironment): string[] {
  const { join: joinPath } = platform === "win32" ? win32 : posix;
  const chosen = (variables.CODEX_HOME ?? "")
    .split(",")
    .map((folder) => folder.trim())
    .filter((folder) => folder !== "")
    .map((folder) => (folder === "~" || /^~[\\/]/.test(folder) ? joinPath(homeDirectory, folder.slice(1)) : folder));
  const homes = chosen.length > 0 ? chosen : [joinPath(homeDirectory, ".codex")];
  return homes.flatMap((home) => [joinPath(home, "sessions"), joinPath(home, "archived_sessions")]);
}

export function isRollout(path: string): boolean {
  return /\.(?:jsonl|ndjson)$/i.test(path);
}

/** Active sessions come first: what is read first is what stands. */
export function readingOrder(path: string): number {
  return /[\\/]archived_sessions[\\/]/.test(path) ? 1 : 0;
}

const COMPRESSED = /\.zst$/i;
const DATED_NAME = /^rollout-(\d{4})-(\d{2})-(\d{2})T/;

/** Whether a better copy of this log lies beside it: the plain file before the compressed one, the active before the archived one. */
export function isSuperseded(path: string): boolean {
  const plain = path.replace(COMPRESSED, "");
  if (plain !== path && existsSync(plain)) return true;
  return activePathsOf(plain).some((active) => existsSync(active) || existsSync(`${active}.zst`));
}

/** Where an archived log lay, by the date in its name, or straight below `sessions`. */
function activePathsOf(path: string): string[] {
  const folder = dirname(path);
  if (basename(folder) !== "archived_sessions") return [];
  const name = basename(path);
  const sessions = join(dirname(folder), "sessions");
  const date = DATED_NAME.exec(name);
  const dated = date === null ? [] : [join(sessions, date[1] as string, date[2] as string, date[3] as string, name)];
  return [...dated, join(sessions, name)];
}
