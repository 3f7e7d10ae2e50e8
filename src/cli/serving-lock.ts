/**
 * One gateway for each SQLite file: two would hold their calls' time limits and the limits of keys apart. The gateway leaves a note
 * beside the book that says who it is; the note of one that is gone is taken over. Commands and libraries may use the book meanwhile.
 */
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, readFileSync, realpathSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { quoteValue } from "../errors.ts";
import { CommandFailed } from "./exit-codes.ts";
import { reasonOf } from "./failures.ts";

interface Holder {
  pid: number;
  host: string;
  /** When the process began, as the system tells it: a number that another process has got since does not pass for it. */
  began: string | null;
  url?: string;
}

export interface ServingLock {
  /** Writes down where the gateway is. */
  tell(url: string): void;
  release(): void;
}

/** Who serves the book now, as its note says. */
export interface Serving {
  pid: number;
  host: string;
  url: string | null;
}

/** @param book the path of the SQLite file */
export function servingOn(book: string): Serving | undefined {
  const path = `${existsSync(book) ? realpathSync(book) : book}.serving`;
  const text = textOf(path);
  const holder = text === undefined ? undefined : holderIn(text);
  if (holder === undefined || !isRunning(holder, path)) return undefined;
  return { pid: holder.pid, host: holder.host, url: typeof holder.url === "string" ? holder.url : null };
}

/** Of a gateway on another machine nothing else is known than that its note is fresh. */
const HEARTBEAT_MS = 5_000;
const FRESH_MS = 30_000;
const ATTEMPTS = 10;

/**
 * @param book the path of the SQLite file
 * @throws CommandFailed where another gateway serves the book
 */
export function lockForServing(book: string): ServingLock {
  const path = `${realpathSync(book)}.serving`;
  const me: Holder = { pid: process.pid, host: hostname(), began: beginningOf("self") };
  attempt(path, () => take(path, JSON.stringify(me)));
  let mine = JSON.stringify(me);
  const heartbeat = setInterval(() => beat(path), HEARTBEAT_MS);
  heartbeat.unref();
  const release = (): void => {
    clearInterval(heartbeat);
    process.off("exit", release);
    if (textOf(path) === mine) rmSync(path, { force: true });
  };
  process.on("exit", release);
  return {
    tell(url) {
      mine = JSON.stringify({ ...me, url });
      const written = writeBeside(path, mine);
      renameSync(written, path);
    },
    release,
  };
}

function take(path: string, mine: string): void {
  const written = writeBeside(path, mine);
  try {
    for (let attempts = 0; attempts < ATTEMPTS; attempts++) {
      if (linked(written, path)) return;
      const text = textOf(path);
      if (text === undefined) continue;
      const holder = holderIn(text);
      if (holder !== undefined && isRunning(holder, path)) throw inUse(path, holder);
      removeStale(path, text);
    }
  } finally {
    rmSync(written, { force: true });
  }
  throw new CommandFailed(`The note ${quoteValue(path, 200)}, which says whose gateway serves this book, changes all the time; try again.`);
}

/** The note appears whole, or not at all. */
function linked(written: string, path: string): boolean {
  try {
    linkSync(written, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Whoever was quicker may have put a note of its own there: that one is put back. */
function removeStale(path: string, stale: string): void {
  const aside = asideOf(path);
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (textOf(aside) !== stale) linked(aside, path);
  rmSync(aside, { force: true });
}

function isRunning({ pid, host, began }: Holder, path: string): boolean {
  if (host !== hostname()) return isFresh(path);
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // The process of another user may not be asked, and is there.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const begins = beginningOf(String(pid));
  return began === null || begins === null || begins === began;
}

function isFresh(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs < FRESH_MS;
  } catch {
    return false;
  }
}

/** Linux tells in which tick after its own start a process began; elsewhere the number of the process must do. */
function beginningOf(pid: string): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function beat(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // Somebody took the note away; the gateway goes on.
  }
}

function writeBeside(path: string, text: string): string {
  const written = asideOf(path);
  writeFileSync(written, text, { flag: "wx", mode: 0o600 });
  return written;
}

function asideOf(path: string): string {
  return `${path}.${process.pid}.${randomBytes(6).toString("hex")}`;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function holderIn(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Holder;
    return Number.isSafeInteger(holder.pid) && holder.pid > 0 && typeof holder.host === "string" ? holder : undefined;
  } catch {
    return undefined;
  }
}

function inUse(path: string, { pid, host, url }: Holder): CommandFailed {
  const where = host === hostname() ? "" : ` on ${host}`;
  const at = typeof url === "string" ? ` at ${url}` : "";
  const book = path.slice(0, -".serving".length);
  return new CommandFailed(
    `A gateway serves the book ${quoteValue(book, 200)} already${at}, process ${pid}${where}; stop it first, or keep the book in PostgreSQL, which takes several.`,
  );
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed(
      `The note ${quoteValue(path, 200)}, which says whose gateway serves this book, can't be written: ${reasonOf(error)}.`,
    );
  }
}
