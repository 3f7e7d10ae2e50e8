/** Sessions: a key that was shown once is known by a token from then on, for hours, and never longer than the key itself. Loaded when first needed. */
import { createHash, randomBytes } from "node:crypto";
import { InvalidInput, quoteValue } from "../errors.ts";
import type { SessionStore, StoredKey } from "./key-store.ts";
import type { RandomBytes } from "./key-text.ts";
import { hasEnded, shown } from "./keys.ts";
import type { LedgerSessions, VirtualKey } from "./ledger.ts";

const LIBRARY = "library";
const TOKEN = /^tls_[A-Za-z0-9_-]{43}$/;
const TOKEN_BYTES = 32;
const LONGEST_MS = 12 * 3_600_000;
/** Who logs in again and again ends the oldest of his sessions. */
const MOST_SESSIONS = 100;

export class BookSessions implements LedgerSessions {
  readonly #store: SessionStore;
  readonly #randomBytes: RandomBytes;

  constructor(store: SessionStore, random: RandomBytes = randomBytes) {
    this.#store = store;
    this.#randomBytes = random;
  }

  async open(keyId: string, { ttlMs, actor = LIBRARY }: { ttlMs: number; actor?: string }): Promise<{ token: string; expiresMs: number }> {
    if (!(Number.isSafeInteger(ttlMs) && ttlMs >= 1 && ttlMs <= LONGEST_MS))
      throw new InvalidInput(`ttlMs is ${quoteValue(ttlMs)}; give whole milliseconds from 1 to 12 hours of them.`);
    const token = `tls_${Buffer.from(this.#randomBytes(TOKEN_BYTES)).toString("base64url")}`;
    const wanted = { digest: digestOf(token), keyId, ttlMs, most: MOST_SESSIONS, actor };
    const session = await this.#store.openSession(wanted, isAccepted);
    if (session === undefined)
      throw new InvalidInput(`No key of the id ${quoteValue(keyId)} is in use; sessions are opened with a key that is.`);
    return { token, expiresMs: session.expiresMs };
  }

  async find(token: string): Promise<VirtualKey | undefined> {
    if (typeof token !== "string" || !TOKEN.test(token)) return undefined;
    const found = await this.#store.session(digestOf(token));
    if (found === undefined || !isAccepted(found.key, found.nowMs)) return undefined;
    const key = shown(found.key, found.nowMs);
    return { ...key, expiresMs: Math.min(key.expiresMs ?? found.session.expiresMs, found.session.expiresMs) };
  }

  async close(token: string, actor: string = LIBRARY): Promise<boolean> {
    return typeof token === "string" && TOKEN.test(token) && this.#store.closeSession(digestOf(token), actor);
  }
}

/** One that was replaced is accepted for a while yet, but not by those who only know a session of it. */
function isAccepted(key: StoredKey, nowMs: number): boolean {
  return key.replacedUntilMs === undefined && !hasEnded(key, nowMs);
}

function digestOf(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
