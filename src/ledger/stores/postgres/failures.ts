/** What went wrong with a book on PostgreSQL, in one sentence each. A password is in none of them. */
import { DatabaseError, TokenLedgerError } from "../../../errors.ts";

/** PostgreSQL's SQLSTATE or the system's own code (`ECONNREFUSED`); undefined for an error of another kind. */
function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** SQLSTATE of a function that found another process's change halfway: nothing was changed. */
export const ANOTHER_CAME_BETWEEN = "TL001";

/** What the database said was wrong, below the sentence made of it. */
export function sqlState(error: unknown): unknown {
  return (error as { cause?: { code?: unknown } }).cause?.code;
}

export function isUniqueViolation(error: unknown): boolean {
  return sqlState(error) === "23505";
}

/** Two transactions stood in each other's way, and this one gave way: done again, it will pass. */
export function gaveWay(error: unknown): boolean {
  const code = codeOf(error);
  return code === "40P01" || code === "40001";
}

/** Refused before it began: the session does not know the prepared statement, or knows another of its name. */
export function isStatementLost(error: unknown): boolean {
  const code = codeOf(error);
  return code === "26000" || code === "42P05";
}

/** The server did not answer within a caller's patience. */
export class NoAnswer extends Error {
  readonly code = "ETIMEDOUT";
  /** False: nothing was asked of it, so nothing can have happened. */
  readonly wasSent: boolean;

  constructor(wasSent: boolean) {
    super("no answer in time");
    this.wasSent = wasSent;
  }
}

const NEVER_SENT_CODES: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "57P03", "53300"]);

/** Whether what was asked may have been done, though nobody said so. */
export function mayHaveHappened(error: unknown): boolean {
  const cause = error instanceof DatabaseError ? error.cause : error;
  if (cause instanceof NoAnswer) return cause.wasSent;
  const code = codeOf(cause);
  return isConnectionLost(cause) && !(code !== undefined && NEVER_SENT_CODES.has(code));
}

/** The server is there and does not take connections yet. */
export function isStarting(error: unknown): boolean {
  return codeOf(error) === "57P03";
}

const LOST_CODES: ReadonlySet<string> = new Set([
  "57P01",
  "57P02",
  "57P03",
  "57P05",
  "25P03",
  "08000",
  "08001",
  "08003",
  "08004",
  "08006",
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/** The connection broke or could not be made anew: whether the last statement was carried out is not known. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined) return LOST_CODES.has(code);
  // pg's own errors have no code.
  return (
    error instanceof Error &&
    /^Connection terminated|^timeout exceeded when trying to connect|not queryable|Query read timeout/.test(error.message)
  );
}

/** In the words of `pg`. */
const CLOSED = "Cannot use a pool after calling end on the pool";

/** The error to throw for whatever `pg` or the system threw about the book. @param book its address, without a password */
export function databaseError(error: unknown, book: string): unknown {
  if (TokenLedgerError.is(error) || !(error instanceof Error)) return error;
  if (error.message === CLOSED) return new DatabaseError(`The book ${book} is closed; open it anew.`, { cause: error });
  const isTheirs =
    codeOf(error) !== undefined ||
    isConnectionLost(error) ||
    /^SASL|server does not support SSL|SSL|no PostgreSQL user name/i.test(error.message);
  return isTheirs ? new DatabaseError(sentenceOf(error, book), { cause: error }) : error;
}

function sentenceOf(error: Error, book: string): string {
  const code = codeOf(error);
  switch (code) {
    case "28P01":
    case "28000":
      return `PostgreSQL refuses the user of ${book}: wrong name or password, or no entry for this machine in pg_hba.conf.`;
    case "3D000":
      return `There is no such database as in ${book}; make it with \`createdb\`, TokenLedger makes its tables itself.`;
    case "42501":
      return `The user of ${book} may not do this (${error.message}); grant CREATE on the database, or make the schema for this user.`;
    case "53100":
      return `The disk of the server of ${book} is full; nothing was changed: free some space and try again.`;
    case "53300":
      return `The server of ${book} has no connection left (${error.message}); close other programs or raise max_connections.`;
    case "25006":
      return `The book ${book} can't be changed: it is open for reading only, or its server is (a standby, or made so by its settings); open it for writing, at the address of the primary.`;
    case "55P03":
    case "57014":
      return `The book ${book} stayed locked or busy for longer than is waited for (${error.message}); nothing was changed, try again later.`;
    case "40P01":
    case "40001":
      return `The book ${book} is too busy: other programs changed the same rows again and again; nothing was changed, try again.`;
    case "22003":
      return `A sum in the book ${book} passes what 64 bits can count; nothing was changed.`;
    case "42P01":
    case "3F000":
      return `The tables of the book ${book} are gone or damaged (${error.message}); open it anew.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The server of ${book} is not known by this name; look at the address for typing errors.`;
    case "ECONNREFUSED":
      return `Nothing listens at the address ${book}; start PostgreSQL there, or look at host and port.`;
    default:
      if (/^SASL/.test(error.message))
        return `PostgreSQL asks for a password for ${book} and none was given; put it into the address or into PGPASSWORD.`;
      if (isConnectionLost(error)) return `The server of ${book} does not answer (${error.message}); try again when it does.`;
      return `The book ${book} can't be used: ${error.message}.`;
  }
}
