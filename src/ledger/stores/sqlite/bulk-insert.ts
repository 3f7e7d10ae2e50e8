/** Many rows in one INSERT: a call into SQLite costs about as much as a row. */
import type { Connection, SqlValue, Statement } from "./driver.ts";

export class BulkInsert {
  /** Rows of one full statement. */
  readonly rows: number;
  readonly #one: Statement;
  readonly #many: Statement;
  readonly #width: number;
  /** The values of the rows that wait, up to {@link #taken}; what is beyond is left from before. */
  readonly #values: SqlValue[] = [];
  #taken = 0;

  /**
   * @param verb what to do about a row that can't be stored. Plain INSERT takes the rows of its statement back, and keeps a copy of
   * every page it touches to be able to; here it is always the whole transaction that is undone.
   */
  constructor(
    connection: Connection,
    table: string,
    columns: readonly string[],
    rows: number,
    { verb = "INSERT OR FAIL", conflict = "" }: { verb?: string; conflict?: string } = {},
  ) {
    const row = `(${columns.map(() => "?").join(", ")})`;
    const sql = (count: number): string =>
      `${verb} INTO ${table} (${columns.join(", ")}) VALUES ${Array.from({ length: count }, () => row).join(", ")} ${conflict}`;
    this.rows = rows;
    this.#width = columns.length;
    this.#one = connection.prepare(sql(1));
    this.#many = connection.prepare(sql(rows));
  }

  /** Takes one row, which `bind` puts into the values from a place on; it is stored at the latest by {@link flush}. */
  add<T>(row: T, bind: (row: T, values: SqlValue[], at: number) => void): void {
    bind(row, this.#values, this.#taken);
    this.#taken += this.#width;
    if (this.#taken < this.rows * this.#width) return;
    this.#taken = 0;
    this.insertMany(this.#values);
  }

  flush(): void {
    const taken = this.#taken;
    this.#taken = 0;
    for (let at = 0; at < taken; at += this.#width) this.insertOne(this.#values.slice(at, at + this.#width));
  }

  /** To be called when the transaction is undone. */
  forget(): void {
    this.#taken = 0;
  }

  /** Stores the values of exactly {@link rows} rows; answers how many were not in conflict. */
  insertMany(values: readonly SqlValue[]): number {
    return this.#many.run(...values);
  }

  insertOne(values: readonly SqlValue[]): number {
    return this.#one.run(...values);
  }
}
