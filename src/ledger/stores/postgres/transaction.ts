/** One transaction on one connection. */
import type { PoolClient } from "pg";
import type { Row, SqlValue } from "./driver.ts";

/** The server ends what takes too long; this much later we take it that the server is gone. */
const GRACE_MS = 10_000;

export class Transaction {
  readonly #client: PoolClient;
  readonly #answerWithin: { query_timeout?: number };
  readonly #whenCommitted: (() => void)[] = [];
  #namesRevision: number;

  /** @param timeoutMs how long a statement may take; 0: as long as it takes */
  constructor(client: PoolClient, timeoutMs: number, namesRevision: number) {
    this.#client = client;
    this.#namesRevision = namesRevision;
    this.#answerWithin = timeoutMs === 0 ? {} : { query_timeout: timeoutMs + GRACE_MS };
  }

  /** Another number means that names of the dictionary have changed. */
  get namesRevision(): number {
    return this.#namesRevision;
  }

  /** What the transaction reads from now on is of no revision, and equals not even itself: it may never be committed. */
  namesChanged(): void {
    this.#namesRevision = Number.NaN;
  }

  async query(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return (await this.#client.query<Row>({ text: sql, values: values as SqlValue[], ...this.#answerWithin })).rows;
  }

  /** Answers how many rows were changed. */
  async run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return (await this.#client.query({ text: sql, values: values as SqlValue[], ...this.#answerWithin })).rowCount ?? 0;
  }

  /** Several statements without values, in one round trip. */
  async execute(statements: string): Promise<void> {
    await this.#client.query(statements);
  }

  /** For what is to be remembered only if the transaction took effect: what one that was undone has seen or got is not so. */
  whenCommitted(remember: () => void): void {
    this.#whenCommitted.push(remember);
  }

  /** @param last a statement that goes with it, in one round trip */
  async commit(last?: string): Promise<void> {
    await this.#client.query(last === undefined ? "COMMIT" : `${last}; COMMIT`);
    this.committed();
  }

  /** To be called where the answer to the commit was lost, and it took effect. */
  committed(): void {
    for (const remember of this.#whenCommitted) remember();
  }
}

/** Integers as PostgreSQL writes an array, to be given as one value: made for `unnest($1::bigint[])`. */
export function arrayOf(values: readonly (number | bigint | null)[]): string {
  return `{${values.map((value) => (value === null ? "NULL" : String(value))).join()}}`;
}

/** Texts in the same form, in the spelling of {@link storedText}. */
export function textArrayOf(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? "NULL" : `"${storedText(value).replace(/["\\]/g, "\\$&")}"`)).join()}}`;
}

/** PostgreSQL keeps no NUL in a text: it is spelled as the character U+0001 and "0", and U+0001 itself as that and "1". */
export function storedText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these two characters are what is escaped
  return /[\u0000\u0001]/.test(text) ? text.replaceAll("\u0001", "\u00011").replaceAll("\u0000", "\u00010") : text;
}

/** The text that {@link storedText} spelled. */
export function givenText(stored: string): string {
  if (!stored.includes("\u0001")) return stored;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: see above
  return stored.replace(/\u0001([01])/g, (_, digit) => (digit === "0" ? "\u0000" : "\u0001"));
}
