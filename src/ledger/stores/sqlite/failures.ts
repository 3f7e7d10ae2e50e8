/** What went wrong with a book's file, in one sentence each, whichever driver says it. */
import { DatabaseError, quoteValue, TokenLedgerError } from "../../../errors.ts";

const PRIMARY_CODES: Record<number, string> = {
  5: "BUSY",
  6: "LOCKED",
  8: "READONLY",
  10: "IOERR",
  11: "CORRUPT",
  13: "FULL",
  14: "CANTOPEN",
  23: "AUTH",
  26: "NOTADB",
};

/** `FULL`, `CORRUPT`, …: SQLite's primary result code, or undefined for an error that is not SQLite's. */
export function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (typeof errcode === "number") return PRIMARY_CODES[errcode & 0xff] ?? "ERROR";
  return typeof code === "string" && code.startsWith("SQLITE_") ? code.split("_")[1] : undefined;
}

/** Node's SQLite and better-sqlite3 say it in their own words, and not as SQLite's error. */
const IS_CLOSED = /^((The )?database( connection)? is not open|statement has been finalized)$/;

/** The error to throw for whatever a driver or the system threw about the book at `path`. Any other passes as it is. */
export function databaseError(error: unknown, path: string): unknown {
  if (TokenLedgerError.is(error) || !(error instanceof Error)) return error;
  if (IS_CLOSED.test(error.message))
    return new DatabaseError(`The book ${quoteValue(path, 300)} is closed; open it anew.`, { cause: error });
  if (!("code" in error)) return error;
  return new DatabaseError(sentenceOf(sqliteCode(error), quoteValue(path, 300), error.message), { cause: error });
}

/** Does `work` on the book at `path`; whatever goes wrong is said in one sentence. */
export function inSentences<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw databaseError(error, path);
  }
}

function sentenceOf(code: string | undefined, path: string, message: string): string {
  switch (code) {
    case "BUSY":
    case "LOCKED":
      return `The book ${path} stayed locked by another program for over a minute; nothing was changed, try again when it has finished.`;
    case "FULL":
      return `The disk of the book ${path} is full; nothing was changed, and reading still works: free some space and try again.`;
    case "READONLY":
      return `The book ${path} can't be used here: the file, its folder or its disk is read-only, and SQLite writes beside a book even to read it; copy it to a folder of your own.`;
    case "IOERR":
      return `The disk failed while using the book ${path} (${message}); nothing of this step counts as stored.`;
    case "CORRUPT":
      return `The book ${path} is damaged (${message}); put back a copy, or see with \`tokenledger verify\` what can still be read.`;
    case "NOTADB":
      return `${path} is not a SQLite database, so it can't be a book; give another path, or move this file away.`;
    case "CANTOPEN":
      return `The book ${path} can't be opened: no such file or folder, no permission to use it, or its disk is read-only, where SQLite can't write beside it.`;
    default:
      return `The book ${path} can't be used: ${message}.`;
  }
}
