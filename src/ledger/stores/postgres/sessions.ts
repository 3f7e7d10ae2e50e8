/** The rows of `sessions`. */
import type { SessionStore, StoredKey, StoredSession } from "../../key-store.ts";
import { sessionNote } from "../../schema/session-notes.ts";
import { addAuditNotes } from "./audit-log.ts";
import type { BookConnection } from "./connection.ts";
import type { Row } from "./driver.ts";
import { storedText } from "./transaction.ts";
import { keyIn, keyOf } from "./virtual-keys.ts";

const DROP_OVER = "DELETE FROM sessions WHERE expires_ms <= $1";
const DROP_OLDEST = `DELETE FROM sessions WHERE key_id = $1 AND digest NOT IN
  (SELECT digest FROM sessions WHERE key_id = $1 ORDER BY created_ms DESC, digest LIMIT $2)`;
const INSERT = "INSERT INTO sessions (digest, key_id, created_ms, expires_ms) VALUES ($1, $2, $3, $4)";
const CLOSE = "DELETE FROM sessions WHERE digest = $1 AND expires_ms > now_ms() RETURNING key_id, created_ms, expires_ms";

export class Sessions implements SessionStore {
  readonly #connection: BookConnection;

  constructor(connection: BookConnection) {
    this.#connection = connection;
  }

  openSession(
    { digest, keyId, ttlMs, most, actor }: Parameters<SessionStore["openSession"]>[0],
    accepts: (key: StoredKey, nowMs: number) => boolean,
  ): Promise<StoredSession | undefined> {
    return this.#connection.write(async (transaction) => {
      // Whoever revokes the key meanwhile ends the session with it: it is looked at each time that the session is.
      const { nowMs: createdMs, key } = await keyIn(transaction, keyId);
      if (key === undefined || !accepts(key, createdMs)) return undefined;
      const session = { keyId, createdMs, expiresMs: createdMs + ttlMs };
      await transaction.run(DROP_OVER, [createdMs]);
      await transaction.run(DROP_OLDEST, [storedText(keyId), most - 1]);
      await transaction.run(INSERT, [digest, storedText(keyId), createdMs, session.expiresMs]);
      await addAuditNotes(transaction, [sessionNote("session.opened", session, actor)]);
      return session;
    });
  }

  async session(digest: Uint8Array): Promise<{ nowMs: number; session: StoredSession; key: StoredKey } | undefined> {
    const { schema } = this.#connection;
    const [row] = await this.#connection.call(
      `SELECT ${schema}.now_ms() AS now_ms, s.key_id, s.created_ms AS opened_ms, s.expires_ms, k.* FROM ${schema}.sessions s
       JOIN ${schema}.virtual_keys k ON k.id = s.key_id WHERE s.digest = $1 AND s.expires_ms > ${schema}.now_ms()`,
      [digest],
      { repeatable: true, name: "session" },
    );
    if (row === undefined) return undefined;
    const session = sessionOf({ ...row, created_ms: row.opened_ms as number });
    return { nowMs: Number(row.now_ms), session, key: keyOf(row) };
  }

  closeSession(digest: Uint8Array, actor: string): Promise<boolean> {
    return this.#connection.write(async (transaction) => {
      const [row] = await transaction.query(CLOSE, [digest]);
      if (row) await addAuditNotes(transaction, [sessionNote("session.closed", sessionOf(row), actor)]);
      return row !== undefined;
    });
  }
}

function sessionOf(row: Row): StoredSession {
  return { keyId: String(row.key_id), createdMs: Number(row.created_ms), expiresMs: Number(row.expires_ms) };
}
