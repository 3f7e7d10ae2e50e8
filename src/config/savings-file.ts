/**
 * `tokenledger.savings.yaml`, beside the configuration: read with it, written by `tokenledger optimize`. What people wrote themselves, the
 * configuration, is never written to. However a process ends, the file is as it was before or as it was to be.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { InvalidInput, quoteValue } from "../errors.ts";
import { inOrderOfTime, readSavings } from "./read-savings.ts";
import { holding } from "./savings-lock.ts";
import type { AppliedRule } from "./savings-rules.ts";
import { withoutRules, withRules } from "./savings-text.ts";
import { readTextFile } from "./text-file.ts";

/**
 * What is in force, in the order in which it was applied.
 *
 * @param name how messages name the file
 * @throws ConfigError with file, line and column for anything that can't be used
 */
export async function loadSavings(path: string, name: string = path): Promise<AppliedRule[]> {
  return existsSync(path) ? inOrderOfTime((await readSavings(readTextFile(path, name), name)).rules) : [];
}

/**
 * Puts the rules into the file, which is made where it is not there.
 *
 * @param check told what is in force while nobody else can change it; who throws here has changed nothing
 * @throws InvalidInput where one of them is in force already
 */
export async function addSavings(path: string, rules: readonly AppliedRule[], check: CheckRules = () => undefined): Promise<void> {
  await changing(path, async (text) => {
    if (text !== undefined) {
      const inForce = inOrderOfTime((await readSavings(text, path)).rules);
      check(inForce);
      const there = new Set(inForce.map(({ id }) => id));
      const twice = rules.find(({ id }) => there.has(id));
      if (twice) throw new InvalidInput(`${twice.id} is in force already; take it back first: tokenledger optimize --revert ${twice.id}`);
    }
    return withRules(text, rules, path);
  });
}

export type CheckRules = (inForce: readonly AppliedRule[]) => void;

/**
 * Takes the rules with these ids, or all, out of the file; the last one takes the file with it.
 *
 * @returns what was taken out
 */
export async function removeSavings(path: string, which: (rule: AppliedRule) => boolean): Promise<AppliedRule[]> {
  let removed: AppliedRule[] = [];
  await changing(path, async (text) => {
    if (text === undefined) return undefined;
    removed = inOrderOfTime((await readSavings(text, path)).rules.filter(which));
    return removed.length === 0 ? text : withoutRules(text, new Set(removed.map(({ id }) => id)), path);
  });
  return removed;
}

/** @param change the text that was there → the one that is to be; undefined: no file */
async function changing(path: string, change: (text: string | undefined) => Promise<string | undefined>): Promise<void> {
  // A link stays one: what it leads to is written.
  const target = attempt(path, () => (existsSync(path) ? realpathSync(path) : path));
  const note = join(dirname(target), `.${basename(target)}.lock`);
  await holding(note, async () => {
    const text = existsSync(target) ? readTextFile(target, path) : undefined;
    const changed = await change(text);
    if (changed === text) return;
    attempt(path, () => {
      removeLeftovers(target);
      if (changed === undefined) rmSync(target);
      else replace(target, changed);
      syncFolder(dirname(target));
    });
  }).catch((error: unknown) => {
    throw refusalOf(path, error);
  });
}

const DRAFT_END = ".draft";

function replace(target: string, text: string): void {
  const draft = join(dirname(target), `.${basename(target)}.${process.pid}${DRAFT_END}`);
  const mode = existsSync(target) ? statSync(target).mode & 0o7777 : undefined;
  const file = openSync(draft, "wx", 0o666);
  try {
    try {
      const bytes = Buffer.from(text);
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (mode !== undefined) chmodSync(draft, mode);
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Of processes that were killed. Nobody else writes now. */
function removeLeftovers(target: string): void {
  const start = `.${basename(target)}.`;
  for (const name of readdirSync(dirname(target)))
    if (name.startsWith(start) && name.endsWith(DRAFT_END)) rmSync(join(dirname(target), name), { force: true });
}

function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function attempt<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw refusalOf(path, error);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "its folder does not exist",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
};

function refusalOf(path: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  // What is no failure of the file is told as it is.
  if (code === undefined || syscall === undefined) return error;
  // Nothing was typed or written wrongly: commands fail by it, they don't refuse.
  return new Error(`The file ${quoteValue(path, 200)} can't be written: ${REASONS[code] ?? code}.`, { cause: error });
}
