/** Which files there are to read: folders walked to the bottom, links followed once, everything that is no file left alone. */
import { type Dirent, existsSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";

export interface FoundFile {
  path: string;
  size: number;
  modifiedMs: number;
}

export interface Discovery {
  /** Each file once, however many links lead to it. */
  files: FoundFile[];
  /** What was passed over, and why. */
  notes: { file: string; reason: string }[];
}

/**
 * Finds the files below `paths` that `accepts` wants. A path that is itself a file is taken without asking.
 * Paths that don't exist are nothing.
 */
export function discoverFiles(paths: readonly string[], accepts: (path: string) => boolean): Discovery {
  const walk = new Walk(accepts);
  for (const path of paths) walk.enter(path);
  return { files: walk.files, notes: walk.notes };
}

/** Stands where bytes of a name are no text, which then leads to no file. */
const REPLACEMENT = "\ufffd";

const DATABASE_NAME = /\.(?:db|sqlite|sqlite3|vscdb)$/i;

class Walk implements Discovery {
  readonly files: FoundFile[] = [];
  readonly notes: { file: string; reason: string }[] = [];
  readonly #accepts: (path: string) => boolean;
  /** Real paths of what was visited: links make loops and second ways to the same file. */
  readonly #visited = new Set<string>();

  constructor(accepts: (path: string) => boolean) {
    this.#accepts = accepts;
  }

  enter(path: string): void {
    const stats = this.#statsOf(path, true);
    if (stats === undefined) return;
    const realPath = realpathSync(path);
    if (stats.isDirectory()) this.#walk(path, realPath);
    else this.#take(path, realPath, stats);
  }

  #walk(folder: string, realFolder: string): void {
    if (this.#visited.has(realFolder)) return;
    this.#visited.add(realFolder);
    for (const entry of this.#entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.name.includes(REPLACEMENT) && !existsSync(path)) this.#noteUnreachable(path, entry);
      else if (entry.isDirectory()) this.#walk(path, join(realFolder, entry.name));
      else if (entry.isSymbolicLink()) this.#follow(path);
      else if (!this.#accepts(path)) continue;
      else if (entry.isFile()) this.#take(path, join(realFolder, entry.name), this.#statsOf(path, true));
      else this.notes.push({ file: path, reason: `${kindOf(entry)}, not a file` });
    }
  }

  #noteUnreachable(path: string, entry: Dirent): void {
    if (entry.isDirectory() || this.#accepts(path)) this.notes.push({ file: path, reason: "its name is not UTF-8; rename it" });
  }

  #follow(path: string): void {
    const stats = this.#statsOf(path, false);
    if (stats === undefined) return;
    if (stats.isDirectory()) this.#walk(path, realpathSync(path));
    else if (this.#accepts(path)) this.#take(path, realpathSync(path), stats);
  }

  #take(path: string, realPath: string, stats: Stats | undefined): void {
    if (stats === undefined || this.#visited.has(realPath)) return;
    this.#visited.add(realPath);
    if (stats.isFile()) this.files.push(DATABASE_NAME.test(path) ? this.#withJournal(path, stats) : foundFile(path, stats));
    else this.notes.push({ file: path, reason: `${kindOf(stats)}, not a file` });
  }

  /** A SQLite file may stay as it is while its journal grows: both together tell whether something changed. */
  #withJournal(path: string, stats: Stats): FoundFile {
    const file = foundFile(path, stats);
    const journal = this.#statsOf(`${path}-wal`, true);
    if (journal === undefined) return file;
    return { path, size: file.size + journal.size, modifiedMs: Math.max(file.modifiedMs, Math.floor(journal.mtimeMs)) };
  }

  #entriesOf(folder: string): Dirent[] {
    try {
      return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      this.notes.push({ file: folder, reason: `the folder can't be read: ${reasonOf(error)}` });
      return [];
    }
  }

  #statsOf(path: string, mayBeMissing: boolean): Stats | undefined {
    try {
      return statSync(path);
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
      if (!isMissing || !mayBeMissing) this.notes.push({ file: path, reason: isMissing ? "a link to nothing" : reasonOf(error) });
      return undefined;
    }
  }
}

function foundFile(path: string, stats: Stats): FoundFile {
  return { path, size: stats.size, modifiedMs: Math.floor(stats.mtimeMs) };
}

function kindOf(entry: Dirent | Stats): string {
  if (entry.isFIFO()) return "a named pipe";
  if (entry.isSocket()) return "a socket";
  return "a device";
}

/** Why the operating system refused, without the path that its message repeats. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  if (code === "ENOENT") return "it is gone";
  if (code === "ELOOP") return "a link that leads to itself";
  return code === undefined ? message : message.replace(/^[A-Z]+: /, "").replace(/, \w+.*$/s, "");
}
