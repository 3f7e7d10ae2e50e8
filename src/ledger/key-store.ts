/** What a database must do for virtual keys. What a key may be and do is decided above it. */
import type { KeyRules } from "../budget/index.ts";
import type { AuditNote } from "./audit-entry.ts";

/** A key as it is kept: of its text, only the digest and the last four characters. */
export interface StoredKey {
  id: string;
  name: string;
  /** SHA-256 of the whole key. */
  digest: Uint8Array;
  last4: string;
  rules: KeyRules;
  origin: string;
  createdMs: number;
  revokedMs?: number;
  /** Another key has taken its place; it is accepted until then. */
  replacedUntilMs?: number;
  lastUsedMs?: number;
}

export interface KeyChanges {
  /** Added, or put in the place of those of the same id. */
  put: readonly StoredKey[];
  /** Ids. */
  remove?: readonly string[];
  /** What the audit log says of it. */
  notes?: readonly AuditNote[];
}

/** Times are the store's. */
export interface KeyStore {
  key(id: string): Promise<{ nowMs: number; key: StoredKey | undefined }>;
  /** In the order in which they were made. */
  keys(): Promise<{ nowMs: number; keys: StoredKey[] }>;
  /** Does what `decide` says while nobody else changes keys; where it throws, nothing. It may be asked more than once. */
  changeKeys(decide: (keys: readonly StoredKey[], nowMs: number) => KeyChanges): Promise<void>;
  /** Changes with every change of {@link keys} but {@link touchKeys}. */
  keysRevision(): Promise<number>;
  touchKeys(lastUsedMsById: ReadonlyMap<string, number>): Promise<void>;
}

/** Of its token, only the digest. */
export interface StoredSession {
  keyId: string;
  createdMs: number;
  expiresMs: number;
}

/** Whoever has shown a key once may be known by a token for a while. Times are the store's. */
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
