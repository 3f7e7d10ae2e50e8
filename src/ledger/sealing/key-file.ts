/** The key beside a book's file: made once, whoever of many processes comes first, and never half. */
import { closeSync, constants, copyFileSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseError, InvalidInput, quoteValue } from "../../errors.ts";
import type { RandomBytes } from "../key-text.ts";
import type { SealingKey } from "./sealed-text.ts";
import { KEY_BYTES, readSecretKeys } from "./secret-key-text.ts";

const ENDING = ".secret-key";

export function keyFileOf(bookPath: string): string {
  return `${bookPath}${ENDING}`;
}

/** Undefined where there is none. @throws DatabaseError where it can't be read, or holds no key */
export function readKeyFile(path: string): SealingKey[] | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw failure(path, "can't be read", error);
  }
  try {
    return readSecretKeys(text.trim(), `The file ${quoteValue(path, 300)}`);
  } catch (error) {
    if (error instanceof InvalidInput) throw new DatabaseError(error.message, { cause: error });
    throw error;
  }
}

/** The file's keys; where there is no file, one with a new key is made, and is on the disk before anything is sealed with it. */
export function makeKeyFile(path: string, randomBytes: RandomBytes): SealingKey[] {
  const draft = `${path}.${Buffer.from(randomBytes(8)).toString("hex")}`;
  try {
    writeSynced(draft, `${Buffer.from(randomBytes(KEY_BYTES)).toString("base64")}\n`);
    try {
      appear(draft, path);
    } finally {
      rmSync(draft, { force: true });
    }
    syncFolder(dirname(path));
  } catch (error) {
    throw failure(path, "can't be written", error);
  }
  return readKeyFile(path) as SealingKey[];
}

/** Whole and under its name at once; another process' file stays. */
function appear(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    // File systems without links.
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP" && code !== "ENOSYS") throw error;
    try {
      copyFileSync(draft, path, constants.COPYFILE_EXCL);
    } catch (copyError) {
      if ((copyError as NodeJS.ErrnoException).code !== "EEXIST") throw copyError;
    }
  }
}

function writeSynced(path: string, text: string): void {
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
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

function failure(path: string, what: string, error: unknown): DatabaseError {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown";
  return new DatabaseError(
    `The key of the book's secrets ${quoteValue(path, 300)} ${what} (${code}); make it accessible, or set TOKENLEDGER_SECRET_KEY.`,
    { cause: error },
  );
}
