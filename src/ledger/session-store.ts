/** What a database must do for sessions: whoever has shown a key once may be known by a token for a while. */
import type { StoredKey } from "./key-store.ts";

/** Of its token, only the digest. */
export interface StoredSession {
  keyId: string;
  createdMs: number;
  expiresMs: number;
}

/** Times are the store's. */
export interface SessionStore {
  /**
   * Adds a session of a key, unless `accepts` refuses the key as it is then; undefined: it did, or there is no such key. Sessions that
   * are over go, and of the key's own the oldest that are too many.
   *
   * @param most how many a key may have
   */
  openSession(
    session: { digest: Uint8Array; keyId: string; ttlMs: number; most: number; actor: string },
    accepts: (key: StoredKey, nowMs: number) => boolean,
  ): Promise<StoredSession | undefined>;
  /** The session that has this digest and is not over, and its key. */
  session(digest: Uint8Array): Promise<{ nowMs: number; session: StoredSession; key: StoredKey } | undefined>;
  /** Answers whether there was one that was not over. */
  closeSession(digest: Uint8Array, actor: string): Promise<boolean>;
}
