/** A small text file → its text, or one sentence that says why not. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { ConfigError, quoteValue } from "../errors.ts";

const MAX_BYTES = 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  ENOTDIR: "does not exist",
  EACCES: "can't be read: permission denied",
  EPERM: "can't be read: permission denied",
  ELOOP: "is a symbolic link that leads in a circle",
  ENAMETOOLONG: "has a name that is too long",
};

/**
 * Reads UTF-8, with or without a byte order mark.
 *
 * @param shownPath the path as the user knows it, for messages
 * @throws ConfigError where there is no such file, or it is too large, unreadable or no UTF-8 text.
 */
export function readTextFile(path: string, shownPath: string = path): string {
  let bytes: Buffer;
  try {
    bytes = readAtMost(path, MAX_BYTES + 1, shownPath);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "";
    throw new ConfigError(`The file ${quoteValue(shownPath, 200)} ${REASONS[code] ?? `can't be read (${code || String(error)})`}.`, {
      cause: error,
    });
  }
  if (bytes.length > MAX_BYTES)
    throw new ConfigError(`The file ${quoteValue(shownPath, 200)} is larger than 1 MiB; a configuration is smaller.`);
  if (hasUtf16Mark(bytes) || bytes.includes(0)) {
    throw new ConfigError(`The file ${quoteValue(shownPath, 200)} is not UTF-8 text (UTF-16 perhaps); save it as UTF-8.`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ConfigError(`The file ${quoteValue(shownPath, 200)} has bytes that are not UTF-8; save it as UTF-8.`, { cause: error });
  }
}

/** Bounded, so that a device that never ends can't fill the memory. */
function readAtMost(path: string, maxBytes: number, shownPath: string): Buffer {
  // Opening a pipe that nobody writes to must not wait. Windows has no such flag, and no such pipes.
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(descriptor);
    if (stats.isDirectory()) throw new ConfigError(`${quoteValue(shownPath, 200)} is a folder; give the file in it.`);
    if (!stats.isFile() && !stats.isCharacterDevice()) throw new ConfigError(`${quoteValue(shownPath, 200)} is not a file.`);
    const bytes = Buffer.alloc(Math.min(maxBytes, stats.isFile() ? stats.size + 1 : maxBytes));
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(descriptor, bytes, length, bytes.length - length, null);
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

function hasUtf16Mark(bytes: Buffer): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}
