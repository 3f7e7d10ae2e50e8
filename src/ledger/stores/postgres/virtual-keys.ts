/** The rows of `virtual_keys`. */
import type { Clock } from "../../../clock.ts";
import { DatabaseError, quoteValue } from "../../../errors.ts";
import type { KeyChanges, KeyStore, StoredKey } from "../../key-store.ts";
import type { Differences } from "../../schema/differences.ts";
import { checkVirtualKeys, VIRTUAL_KEY_COLUMNS, type VirtualKeyRow, virtualKeyOf, virtualKeyRow } from "../../schema/virtual-key-rows.ts";
import { addAuditNotes } from "./audit-log.ts";
import type { BookConnection } from "./connection.ts";
import type { Row } from "./driver.ts";
import { Remembered } from "./remembered.ts";
import { arrayOf, givenText, storedText, type Transaction, textArrayOf } from "./transaction.ts";

const COLUMNS = VIRTUAL_KEY_COLUMNS.join(", ");
const INSERT = `INSERT INTO virtual_keys (${COLUMNS}) VALUES (${VIRTUAL_KEY_COLUMNS.map((_, i) => `$${i + 1}`).join(", ")})`;
/** A key that was revoked must be refused everywhere within five seconds. */
const REVISION_KNOWN = { freshMs: 1000, usableMs: 3000 };

export class VirtualKeys implements KeyStore {
  readonly #connection: BookConnection;
  readonly #revision: Remembered;

  constructor(connection: BookConnection, clock: Clock) {
    this.#connection = connection;
    this.#revision = new Remembered(clock, () => this.#askRevision(), REVISION_KNOWN);
  }

  async key(id: string): Promise<{ nowMs: number; key: StoredKey | undefined }> {
    const { schema } = this.#connection;
    const [row] = await this.#connection.call(
      `SELECT ${schema}.now_ms() AS now_ms, k.* FROM (SELECT 1) one LEFT JOIN ${schema}.virtual_keys k ON k.id = $1`,
      [storedText(id)],
      { repeatable: true, name: "virtual_key" },
    );
    return { nowMs: Number(row?.now_ms), key: row === undefined || row.id === null ? undefined : keyOf(row) };
  }

  keys(): Promise<{ nowMs: number; keys: StoredKey[] }> {
    return this.#connection.read(readKeys);
  }

  async changeKeys(decide: (keys: readonly StoredKey[], nowMs: number) => KeyChanges): Promise<void> {
    try {
      await this.#connection.write(async (transaction) => {
        await transaction.execute("LOCK TABLE virtual_keys IN SHARE ROW EXCLUSIVE MODE");
        const { keys, nowMs } = await readKeys(transaction);
        const { put, remove = [], notes = [] } = decide(keys, nowMs);
        const ids = [...remove, ...put.map(({ id }) => id)];
        if (ids.length === 0) return;
        await transaction.run("DELETE FROM virtual_keys WHERE id = ANY ($1::text[])", [textArrayOf(ids)]);
        for (const key of put) await insert(transaction, virtualKeyRow(key));
        await transaction.run("UPDATE settings SET value = value + 1 WHERE name = 'keys_revision'");
        await addAuditNotes(transaction, notes);
      });
    } finally {
      this.#revision.forget();
    }
  }

  /** Asked for at every call: what another process has changed within the last moment is known after it. */
  keysRevision(): Promise<number> {
    return this.#revision.get();
  }

  async #askRevision(): Promise<number> {
    const sql = `SELECT value FROM ${this.#connection.schema}.settings WHERE name = 'keys_revision'`;
    const [row] = await this.#connection.call(sql, [], { repeatable: true, name: "keys_revision" });
    return Number(row?.value ?? 0);
  }

  /** In one order of rows, so that no two of them wait for each other. */
  async touchKeys(lastUsedMsById: ReadonlyMap<string, number>): Promise<void> {
    const touched = [...lastUsedMsById].sort(([a], [b]) => (a < b ? -1 : 1));
    await this.#connection.write(async (transaction) => {
      await transaction.run("SELECT 1 FROM virtual_keys WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE", [
        textArrayOf(touched.map(([id]) => id)),
      ]);
      await transaction.run(
        `UPDATE virtual_keys k SET last_used_ms = greatest(k.last_used_ms, t.used_ms)
         FROM unnest($1::text[], $2::bigint[]) AS t (id, used_ms) WHERE k.id = t.id`,
        [textArrayOf(touched.map(([id]) => id)), arrayOf(touched.map(([, usedMs]) => usedMs))],
      );
    });
  }
}

export async function verifyVirtualKeys(transaction: Transaction, differences: Differences): Promise<void> {
  const rows = await transaction.query(`SELECT ${COLUMNS} FROM virtual_keys ORDER BY created_ms, id`);
  checkVirtualKeys(rows.map(rowOf), differences);
}

async function readKeys(transaction: Transaction): Promise<{ nowMs: number; keys: StoredKey[] }> {
  const rows = await transaction.query(
    "SELECT now_ms() AS now_ms, k.* FROM (SELECT 1) one LEFT JOIN virtual_keys k ON true ORDER BY k.created_ms, k.id",
  );
  return { nowMs: Number(rows[0]?.now_ms), keys: rows.filter(({ id }) => id !== null).map(keyOf) };
}

export async function keyIn(transaction: Transaction, id: string): Promise<{ nowMs: number; key: StoredKey | undefined }> {
  const [row] = await transaction.query("SELECT now_ms() AS now_ms, k.* FROM (SELECT 1) one LEFT JOIN virtual_keys k ON k.id = $1", [
    storedText(id),
  ]);
  return { nowMs: Number(row?.now_ms), key: row === undefined || row.id === null ? undefined : keyOf(row) };
}

async function insert(transaction: Transaction, row: VirtualKeyRow): Promise<void> {
  const stored = {
    ...row,
    id: storedText(row.id),
    name: storedText(row.name),
    rules: storedText(row.rules),
    origin: storedText(row.origin),
  };
  await transaction.run(
    INSERT,
    VIRTUAL_KEY_COLUMNS.map((column) => stored[column]),
  );
}

function rowOf(row: Row): VirtualKeyRow {
  const texts = { id: row.id, name: row.name, rules: row.rules, origin: row.origin };
  const given = Object.fromEntries(Object.entries(texts).map(([column, text]) => [column, givenText(String(text))]));
  return { ...row, ...given } as unknown as VirtualKeyRow;
}

export function keyOf(row: Row): StoredKey {
  try {
    return virtualKeyOf(rowOf(row));
  } catch (error) {
    throw new DatabaseError(`The book's key ${quoteValue(row.id)} is damaged; put back a copy of the book, or remove its row.`, {
      cause: error,
    });
  }
}
