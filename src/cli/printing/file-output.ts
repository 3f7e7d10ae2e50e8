/** Output to a file, which appears only when it is complete. */
import { chmodSync, closeSync, existsSync, linkSync, lstatSync, openSync, renameSync, rmSync, type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { quoteValue } from "../../errors.ts";
import { CommandFailed } from "../exit-codes.ts";
import { reasonOf } from "../failures.ts";
import { type Output, writeAll } from "./output.ts";

/**
 * @param options.force replace a file that is there
 * @param options.isSecret nobody but the user may read it, whatever stood there before
 * @throws CommandFailed where the file can't be written, before any work is done.
 */
export function openFileOutput(path: string, options: { force: boolean; isSecret?: boolean }): Output {
  const existing = statOf(path);
  if (existing?.isSymbolicLink()) throw refusal(path, "is a symbolic link; name the file itself, or - for standard output");
  if (existing?.isDirectory()) throw refusal(path, "is a folder; give the name of a file");
  if (existing?.isCharacterDevice()) return openDevice(path);
  if (existing && !options.force) throw refusal(path, "exists already; add --force to replace it");
  if (existing && !existing.isFile()) return openDevice(path);

  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path).slice(0, 100)}.${process.pid}.${Date.now().toString(36)}.tmp`);
  // Before there is a file, so that no signal finds the one without the other.
  const stop = removeWhenInterrupted(temporary);
  const descriptor = attempt(path, () => openSync(temporary, "wx", options.isSecret ? 0o600 : 0o666));
  return {
    isStandard: false,
    write: (text) => attempt(path, () => writeAll(descriptor, Buffer.from(text))),
    finish: () => {
      attempt(path, () => {
        closeSync(descriptor);
        if (existing && !options.isSecret) chmodSync(temporary, existing.mode & 0o7777);
        if (options.force) renameSync(temporary, path);
        else takeName(temporary, path);
      });
      stop();
    },
  };
}

/** A file that came to be meanwhile stays as it is. */
function takeName(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw refusal(path, "exists by now; add --force to replace it");
    // A file system without hard links: there is no other way than to look.
    if (existsSync(path)) throw refusal(path, "exists by now; add --force to replace it");
    renameSync(temporary, path);
    return;
  }
  rmSync(temporary);
}

/** A device or pipe can't be replaced by a file: it is written to. */
function openDevice(path: string): Output {
  const descriptor = attempt(path, () => openSync(path, "w"));
  return {
    isStandard: false,
    write: (text) => attempt(path, () => writeAll(descriptor, Buffer.from(text))),
    finish: () => attempt(path, () => closeSync(descriptor)),
  };
}

const SIGNALS: Readonly<Record<"SIGINT" | "SIGTERM" | "SIGHUP", number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** However the process ends before the output is finished, no partial file stays. */
function removeWhenInterrupted(temporary: string): () => void {
  const remove = (): void => rmSync(temporary, { force: true });
  process.on("exit", remove);
  const handlers = Object.entries(SIGNALS).map(([signal, exitCode]) => {
    const end = (): never => process.exit(exitCode);
    process.on(signal, end);
    return () => process.off(signal, end);
  });
  return () => {
    process.off("exit", remove);
    for (const off of handlers) off();
  };
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw refusal(path, reasonOf(error));
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof CommandFailed ? error : refusal(path, reasonOf(error));
  }
}

function refusal(path: string, reason: string): CommandFailed {
  return new CommandFailed(`The output ${quoteValue(path, 200)} can't be written: ${reason}.`);
}
