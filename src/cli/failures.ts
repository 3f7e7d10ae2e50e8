/** Any failure as one sentence on stderr and an exit code: never a stack, never two lines. */
import { TokenLedgerError } from "../errors.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { escapeControls } from "./printing/text.ts";

const MAX_LENGTH = 600;

/** What the system's own codes mean to people. */
const SYSTEM: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "permission denied",
  EPERM: "not permitted",
  EISDIR: "is a folder",
  ENOTDIR: "a part of the path is not a folder",
  ENOSPC: "no space left on the device",
  EFBIG: "the file is larger than the device or a limit of the system allows",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EMFILE: "too many open files",
  ENFILE: "too many open files on this machine",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "too many symbolic links",
  EIO: "the device reports an error",
};

/** "permission denied" and the like for an error of the system, else its own message. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return (code !== undefined && SYSTEM[code]) || (message ?? String(error));
}

export interface Failure {
  message: string;
  exitCode: ExitCode;
}

export function describeFailure(error: unknown): Failure {
  if (TokenLedgerError.is(error)) {
    const usage = error.code === "INVALID_INPUT" || error.code === "CONFIG_ERROR";
    return { message: oneLine(error.message), exitCode: usage ? EXIT.wrongUsage : EXIT.failed };
  }
  const { code, path, syscall } = error as { code?: string; path?: string; syscall?: string };
  if (syscall === "uv_cwd") return { message: "The current folder is no longer there; change to another one.", exitCode: EXIT.failed };
  if (code !== undefined && SYSTEM[code]) {
    return { message: oneLine(`${path === undefined ? "" : `${path}: `}${SYSTEM[code]}.`), exitCode: EXIT.failed };
  }
  return { message: oneLine(error instanceof Error ? error.message : String(error)), exitCode: EXIT.failed };
}

function oneLine(message: string): string {
  const line = escapeControls(message.replace(/(?<!\s)\s*\n\s*/g, " "));
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}
