/** The rows of `sessions`. */
import type { SessionStore, StoredKey, StoredSession } from "../../key-store.ts";
import { sessionNote } from "../../schema/session-notes.ts";
import { AuditLog } from "./audit-log.ts";
import type { Desk } from "./desk.ts";
import type { Row } from "./driver.ts";
import { Statements } from "./statements.ts";
import type { VirtualKeys } from "./virtual-keys.ts";

const INSERT = "INSERT INTO sessions (digest, key_id, created_ms, expires_ms) VALUES (?, ?, ?, ?)";
const DROP_OVER = "DELETE FROM sessions WHERE expires_ms <= ?";
const DROP_OLDEST = `DELETE FROM sessions WHERE key_id = ? AND digest NOT IN
  (SELECT digest FROM sessions WHERE key_id = ? ORDER BY created_ms DESC, digest LIMIT ?)`;
const FIND = "SELECT key_id, created_ms, expires_ms FROM sessions WHERE digest = ? AND expires_ms > ?";
const CLOSE = "DELETE FROM sessions WHERE digest = ? AND expires_ms > ? RETURNING key_id, created_ms, expires_ms";

export class Sessions implements SessionStore {
  readonly #desk: Desk;
  readonly #keys: VirtualKeys;
  readonly #audit: AuditLog;
  readonly #statements: Statements;

  constructor(desk: Desk, keys: VirtualKeys) {
    this.#desk = desk;
    this.#keys = keys;
    this.#audit = new AuditLog(desk);
    this.#statements = new Statements(desk.connection);
  }

  openSession(
    { digest, keyId, ttlMs, most, actor }: Parameters<SessionStore["openSession"]>[0],
    accepts: (key: StoredKey, nowMs: number) => boolean,
  ): Promise<StoredSession | undefined> {
    return this.#desk.writing(() => {
      const createdMs = this.#desk.moment().wallMs;
      const key = this.#keys.find(keyId);
      if (key === undefined || !accepts(key, createdMs)) return undefined;
      const session = { keyId, createdMs, expiresMs: createdMs + ttlMs };
      this.#statements.of(DROP_OVER).run(createdMs);
      this.#statements.of(DROP_OLDEST).run(keyId, keyId, most - 1);
      this.#statements.of(INSERT).run(digest, keyId, createdMs, session.expiresMs);
      this.#audit.add(sessionNote("session.opened", session, actor));
      return session;
    });
  }

  async session(digest: Uint8Array): Promise<{ nowMs: number; session: StoredSession; key: StoredKey } | undefined> {
    const nowMs = this.#desk.moment().wallMs;
    return this.#desk.reading(() => {
      const row = this.#statements.of(FIND).get(digest, nowMs);
      const session = row && sessionOf(row);
      const key = session && this.#keys.find(session.keyId);
      return session && key && { nowMs, session, key };
    });
  }

  closeSession(digest: Uint8Array, actor: string): Promise<boolean> {
    return this.#desk.writing(() => {
      const row = this.#statements.of(CLOSE).get(digest, this.#desk.moment().wallMs);
      if (row) this.#audit.add(sessionNote("session.closed", sessionOf(row), actor));
      return row !== undefined;
    });
  }
}

function sessionOf(row: Row): StoredSession {
  return { keyId: String(row.key_id), createdMs: Number(row.created_ms), expiresMs: Number(row.expires_ms) };
}
