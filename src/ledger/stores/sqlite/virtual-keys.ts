/** The rows of `virtual_keys`. */
import { DatabaseError, quoteValue } from "../../../errors.ts";
import type { KeyChanges, KeyStore, StoredKey } from "../../key-store.ts";
import type { Differences } from "../../schema/differences.ts";
import { checkVirtualKeys, VIRTUAL_KEY_COLUMNS, type VirtualKeyRow, virtualKeyOf, virtualKeyRow } from "../../schema/virtual-key-rows.ts";
import { AuditLog } from "./audit-log.ts";
import type { Desk } from "./desk.ts";
import type { Connection } from "./driver.ts";
import { Statements } from "./statements.ts";

const SELECT = `SELECT ${VIRTUAL_KEY_COLUMNS.join(", ")} FROM virtual_keys`;
const ALL = `${SELECT} ORDER BY created_ms, id`;
const INSERT = `INSERT INTO virtual_keys (${VIRTUAL_KEY_COLUMNS.join(", ")}) VALUES (${VIRTUAL_KEY_COLUMNS.map(() => "?").join(", ")})`;

export class VirtualKeys implements KeyStore {
  readonly #desk: Desk;
  readonly #statements: Statements;
  readonly #audit: AuditLog;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#statements = new Statements(desk.connection);
    this.#audit = new AuditLog(desk);
  }

  async key(id: string): Promise<{ nowMs: number; key: StoredKey | undefined }> {
    return { nowMs: this.#desk.moment().wallMs, key: this.#desk.guarded(() => this.find(id)) };
  }

  /** As a transaction sees it. */
  find(id: string): StoredKey | undefined {
    const row = this.#statements.of(`${SELECT} WHERE id = ?`).get(id);
    return row && keyOf(row as unknown as VirtualKeyRow);
  }

  async keys(): Promise<{ nowMs: number; keys: StoredKey[] }> {
    return { nowMs: this.#desk.moment().wallMs, keys: this.#desk.guarded(() => this.#all()) };
  }

  async changeKeys(decide: (keys: readonly StoredKey[], nowMs: number) => KeyChanges): Promise<void> {
    await this.#desk.writing(() => {
      const { put, remove = [], notes = [] } = decide(this.#all(), this.#desk.moment().wallMs);
      const ids = [...remove, ...put.map(({ id }) => id)];
      if (ids.length === 0) return;
      for (const id of ids) this.#statements.of("DELETE FROM virtual_keys WHERE id = ?").run(id);
      for (const key of put) {
        const row = virtualKeyRow(key);
        this.#statements.of(INSERT).run(...VIRTUAL_KEY_COLUMNS.map((column) => row[column]));
      }
      this.#statements.of("UPDATE settings SET value = value + 1 WHERE name = 'keys_revision'").run();
      for (const note of notes) this.#audit.add(note);
    });
  }

  /** A file that is open can be read after it was deleted: a gateway that asks this must know that nothing could be written. */
  async keysRevision(): Promise<number> {
    this.#desk.assertStillThere();
    const row = this.#desk.guarded(() => this.#statements.of("SELECT value FROM settings WHERE name = 'keys_revision'").get());
    return Number(row?.value ?? 0);
  }

  async touchKeys(lastUsedMsById: ReadonlyMap<string, number>): Promise<void> {
    const touch = "UPDATE virtual_keys SET last_used_ms = max(coalesce(last_used_ms, 0), ?) WHERE id = ?";
    await this.#desk.writing(
      () => {
        for (const [id, usedMs] of lastUsedMsById) this.#statements.of(touch).run(usedMs, id);
      },
      { durability: "commit" },
    );
  }

  #all(): StoredKey[] {
    return (this.#statements.of(ALL).all() as unknown as VirtualKeyRow[]).map(keyOf);
  }
}

export function verifyVirtualKeys(connection: Connection, differences: Differences): void {
  checkVirtualKeys(connection.prepare(ALL).all() as unknown as VirtualKeyRow[], differences);
  const revision = connection.prepare("SELECT value FROM settings WHERE name = 'keys_revision'").get();
  if (revision === undefined) differences.add("settings", "keys_revision", "a number", "missing");
}

function keyOf(row: VirtualKeyRow): StoredKey {
  try {
    return virtualKeyOf(row);
  } catch (error) {
    throw new DatabaseError(`The book's key ${quoteValue(row.id)} is damaged; put back a copy of the book, or remove its row.`, {
      cause: error,
    });
  }
}
