/** Where a book is, from what people write: a URL or a plain path. */
import { basename } from "node:path";
import { InvalidInput, quoteValue } from "../errors.ts";

const IN_MEMORY = ":memory:";

/** Whether the book at `url` is kept by PostgreSQL. */
export function isPostgresUrl(url: string): boolean {
  return /^postgres(?:ql)?:/i.test(url);
}

/**
 * The path of the SQLite file that `url` means.
 *
 * `sqlite:///absolute/path`, `sqlite://relative/path`, `sqlite:path`, `sqlite::memory:`, `file:///path` or just a path.
 *
 * @throws InvalidInput for other databases; passwords in the URL are never repeated.
 */
export function sqlitePath(url: string): string {
  if (url.trim() === "") throw new InvalidInput("The book's address is empty; give a path or sqlite:///path.");
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase();
  // One letter is a drive, not a scheme.
  if (scheme === undefined || scheme.length === 1) return checkedPath(url);
  if (scheme === "sqlite" || scheme === "sqlite3" || scheme === "file") return pathOf(url.slice(scheme.length + 1), scheme);
  if (isPostgresUrl(url))
    throw new InvalidInput("A book on PostgreSQL is no file, and here a file is needed; give a path or sqlite:///path.");
  throw new InvalidInput(
    `A book can't be kept in ${quoteValue(`${scheme}:`)}; give a path, sqlite:///path, or postgresql://user:password@host:5432/database.`,
  );
}

/** What people who look at the book's figures may know of where it is: a file's name without its folders, or a database's without its server. */
export function bookName(url: string): string {
  if (!isPostgresUrl(url)) return basename(sqlitePath(url));
  const { pathname, username } = new URL(url);
  const database = pathname.replace(/^\//, "") || username;
  return database === "" ? "postgres" : decodeURIComponent(database);
}

function pathOf(rest: string, scheme: string): string {
  if (rest === IN_MEMORY || rest === `//${IN_MEMORY}`) return IN_MEMORY;
  const path = (rest.startsWith("//") ? rest.slice(2) : rest).replace(/[?#].*$/s, "");
  if (/^\/\/[^/]*@/.test(rest))
    throw new InvalidInput(`${scheme}: has no user and no host, a book is a file of this machine; give a path or sqlite:///path.`);
  if (path === "") throw new InvalidInput(`${quoteValue(`${scheme}:${rest}`)} names no file; give a path or sqlite:///path.`);
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    throw new InvalidInput(`${quoteValue(`${scheme}:${rest}`)} is not a well-formed URL; write a % in a file's name as %25.`);
  }
  // sqlite:///C:/books/a.db on Windows
  return checkedPath(/^\/[a-z]:[\\/]/i.test(decoded) ? decoded.slice(1) : decoded);
}

function checkedPath(path: string): string {
  if (path.includes("\0")) throw new InvalidInput("The book's path holds a NUL character; give a path without one.");
  return path;
}
