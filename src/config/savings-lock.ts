/** Whoever changes the savings file holds a note beside it meanwhile, so that of two who do neither loses what the other wrote. */
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { systemClock } from "../clock.ts";

const WAIT_MS = 5;
/** A change takes milliseconds: whoever holds the note for so long on another machine is gone, too. */
const PATIENCE_MS = 10_000;

/** This machine in the name of a file, even of one that was killed before it wrote a letter. */
const HERE = hostname().replaceAll(/\W/g, "_");

/** Of this process, so far: each has a note of its own. */
let holders = 0;

/** Runs `work` while nobody else does. Notes of processes that are gone are taken over. */
export async function holding<Result>(notePath: string, work: () => Promise<Result>): Promise<Result> {
  const serial = `${Math.round(systemClock.now())}-${holders++}`;
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), serial });
  const draft = `${notePath}.${HERE}.${process.pid}.${serial}`;
  try {
    // Of a write to a full disk, an empty file stays.
    writeFileSync(draft, mine, { flag: "wx", mode: 0o600 });
    await take(notePath, draft);
  } finally {
    rmSync(draft, { force: true });
  }
  removeDrafts(notePath);
  try {
    return await work();
  } finally {
    if (textOf(notePath) === mine) rmSync(notePath, { force: true });
  }
}

async function take(notePath: string, draft: string): Promise<void> {
  let seen: string | undefined;
  let seenSinceMs = 0;
  while (!linked(draft, notePath)) {
    const text = textOf(notePath);
    const nowMs = systemClock.monotonic();
    if (text !== seen) {
      seen = text;
      seenSinceMs = nowMs;
    }
    if (text !== undefined && (isGone(text) || nowMs - seenSinceMs > PATIENCE_MS)) putAside(notePath, text, `${draft}.gone`);
    else await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}

/** The note appears whole, or not at all. */
function linked(draft: string, notePath: string): boolean {
  try {
    linkSync(draft, notePath);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    // File systems without links: there, two who begin in the same instant may both think that they were first.
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP" && code !== "ENOSYS") throw error;
    if (textOf(notePath) !== undefined) return false;
    writeFileSync(notePath, readFileSync(draft, "utf8"), { mode: 0o600 });
    return true;
  }
}

/** Whoever was quicker may have put a note of its own there: that one is put back. */
function putAside(notePath: string, gone: string, aside: string): void {
  try {
    renameSync(notePath, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (textOf(aside) !== gone) linked(aside, notePath);
  rmSync(aside, { force: true });
}

/** Those of processes of this machine that were killed while they waited: another's numbers of processes say nothing here. */
function removeDrafts(notePath: string): void {
  const start = `${basename(notePath)}.${HERE}.`;
  for (const name of readdirSync(dirname(notePath))) {
    const pid = name.startsWith(start) ? Number(name.slice(start.length).split(".")[0]) : Number.NaN;
    if (pid > 0 && !isRunning(pid)) rmSync(join(dirname(notePath), name), { force: true });
  }
}

function isGone(text: string): boolean {
  try {
    const { pid, host } = JSON.parse(text) as { pid: number; host: string };
    return host === hostname() && pid !== process.pid && !isRunning(pid);
  } catch {
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process of another user may not be asked, and is there.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
