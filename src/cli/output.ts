/**
 * Where data goes: standard output, or a file that appears only when it is complete. Writing is synchronous, so that
 * a failed write is an error here and now, and nothing is half done when the process ends.
 */
import { chmodSync, closeSync, lstatSync, openSync, renameSync, type Stats, unlinkSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isatty } from "node:tty";
import { quoteValue } from "../errors.ts";
import { CommandFailed } from "./exit-codes.ts";
import { reasonOf } from "./failures.ts";

export interface Output {
  /** A person may be looking: standard output is a terminal. */
  readonly isTerminal: boolean;
  write(text: string): void;
  /** Everything is written: a file now takes its name. */
  finish(): void;
}

const STDOUT = 1;

/** @param path a file; `-` or nothing: standard output */
export function openOutput(path: string | undefined, options: { force: boolean }): Output {
  if (path === undefined || path === "-") {
    return { isTerminal: isatty(STDOUT), write: (text) => writeAll(STDOUT, Buffer.from(text)), finish: () => {} };
  }
  return openFile(path, options.force);
}

function openFile(path: string, force: boolean): Output {
  const existing = statOf(path);
  if (existing?.isSymbolicLink()) throw refusal(path, "is a symbolic link; name the file itself, or - for standard output");
  if (existing?.isDirectory()) throw refusal(path, "is a folder; give the name of a file");
  if (existing && !force) throw refusal(path, "exists already; add --force to replace it");
  if (existing && !existing.isFile()) return openDevice(path);

  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path).slice(0, 100)}.${process.pid}.${Date.now().toString(36)}.tmp`);
  const descriptor = attempt(path, () => openSync(temporary, "wx"));
  const remove = (): void => unlinkSync(temporary);
  const stop = removeWhenInterrupted(remove);
  return {
    isTerminal: false,
    write: (text) => attempt(path, () => writeAll(descriptor, Buffer.from(text))),
    finish: () => {
      attempt(path, () => {
        closeSync(descriptor);
        if (existing) chmodSync(temporary, existing.mode & 0o7777);
        renameSync(temporary, path);
      });
      stop();
    },
  };
}

/** A device or pipe can't be replaced by a file: it is written to. */
function openDevice(path: string): Output {
  const descriptor = attempt(path, () => openSync(path, "w"));
  return {
    isTerminal: false,
    write: (text) => attempt(path, () => writeAll(descriptor, Buffer.from(text))),
    finish: () => attempt(path, () => closeSync(descriptor)),
  };
}

const SIGNALS: Readonly<Record<"SIGINT" | "SIGTERM" | "SIGHUP", number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** However the process ends before the output is finished, no partial file stays. */
function removeWhenInterrupted(remove: () => void): () => void {
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

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      // A pipe that somebody made non-blocking is full: let its reader catch up.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
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
    throw refusal(path, reasonOf(error));
  }
}

function refusal(path: string, reason: string): CommandFailed {
  return new CommandFailed(`The output ${quoteValue(path, 200)} can't be written: ${reason}.`);
}
