/**
 * `usage_records` is cut by months, made when a record first needs them; what lies beyond 2100 shares one part. A part is made
 * beside the table and then attached, which waits neither for readers nor for writers.
 */
import { END_OF_TIME_MS } from "../../../clock.ts";
import type { BookConnection } from "./connection.ts";

/** From here on, months would be made by wrong clocks only. */
const LAST_YEAR = 2100;

interface Part {
  name: string;
  fromMs: number;
  toMs: number;
}

export class Partitions {
  readonly #connection: BookConnection;
  readonly #known = new Set<string>();

  constructor(connection: BookConnection) {
    this.#connection = connection;
  }

  /** Makes what is missing for records of these times; in transactions of its own, before the one of the records. */
  async ensure(times: Iterable<number>): Promise<void> {
    const parts = new Map<string, Part>();
    let last: Part | undefined;
    for (const timeMs of times) {
      // Records come in runs of one month.
      if (last !== undefined && timeMs >= last.fromMs && timeMs < last.toMs) continue;
      last = partOf(timeMs);
      if (!this.#known.has(last.name)) parts.set(last.name, last);
    }
    for (const part of [...parts.values()].sort((a, b) => a.fromMs - b.fromMs)) {
      await this.#make(part);
      this.#known.add(part.name);
    }
  }

  async #make({ name, fromMs, toMs }: Part): Promise<void> {
    const isThere =
      "SELECT 1 AS one FROM pg_catalog.pg_inherits WHERE inhrelid = to_regclass($1) AND inhparent = 'usage_records'::regclass";
    if ((await this.#connection.read((transaction) => transaction.query(isThere, [name]))).length > 0) return;
    await this.#connection.write(async (transaction) => {
      // One at a time, without keeping anybody from reading or writing the table.
      await transaction.execute("LOCK TABLE usage_records IN SHARE UPDATE EXCLUSIVE MODE");
      if ((await transaction.query(isThere, [name])).length > 0) return;
      await transaction.execute(
        `CREATE TABLE ${name} (LIKE usage_records INCLUDING ALL);
         ALTER TABLE usage_records ATTACH PARTITION ${name} FOR VALUES FROM (${fromMs}) TO (${toMs})`,
      );
    });
  }
}

function partOf(timeMs: number): Part {
  const date = new Date(timeMs);
  const year = date.getUTCFullYear();
  if (year >= LAST_YEAR) return { name: "usage_records_later", fromMs: Date.UTC(LAST_YEAR, 0), toMs: END_OF_TIME_MS };
  const month = date.getUTCMonth();
  const name = `usage_records_${year}_${String(month + 1).padStart(2, "0")}`;
  return { name, fromMs: Date.UTC(year, month), toMs: Date.UTC(year, month + 1) };
}
