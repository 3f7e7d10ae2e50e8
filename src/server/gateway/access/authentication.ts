/** Who shows which key. Answers are kept for moments, so that most calls ask nobody, and a revoked key is refused within seconds. */
import { hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Clock } from "../../../clock.ts";
import { TokenLedgerError } from "../../../errors.ts";
import type { LedgerKeys, VirtualKey } from "../../../ledger/index.ts";
import { type KeyPlaces, presentedKey } from "../../http/presented-key.ts";
import { Refusal } from "../../http/refusal.ts";
import { type Caller, LOCAL_ADMIN } from "./caller.ts";
import { isFromThisMachine } from "./loopback.ts";

const FRESH_MS = 2000;
/** While the book can't be asked. */
const STALE_MS = 30_000;
const MOST_KEPT = 10_000;

interface Known {
  caller: Caller & { key: VirtualKey };
  confirmedMs: number;
}

export class Authentication {
  readonly #keys: LedgerKeys;
  readonly #clock: Clock;
  readonly #trustsThisMachine: boolean;
  /** By the whole digest of the key: part of a key must never stand for another. */
  #known = new Map<string, Known>();
  #revision: number | undefined;
  /** When the book last said that no key has changed. */
  #unchangedMs = Number.NEGATIVE_INFINITY;
  #lastUsedMs = new Map<string, number>();

  constructor(keys: LedgerKeys, options: { clock: Clock; trustsThisMachine: boolean }) {
    this.#keys = keys;
    this.#clock = options.clock;
    this.#trustsThisMachine = options.trustsThisMachine;
  }

  /**
   * At once where the key is known, as it mostly is.
   *
   * @throws Refusal 401 where no key is shown, or one that nobody has; DatabaseError where that can't be told
   */
  callerOf(request: IncomingMessage, places?: KeyPlaces): Caller | Promise<Caller> {
    const key = presentedKey(request, places);
    if (key === undefined) {
      if (this.#trustsThisMachine && isFromThisMachine(request)) return LOCAL_ADMIN;
      throw new Refusal(401, "invalid_api_key", "No API key is shown; give a virtual key of this gateway as the API key.");
    }
    const digest = hash("sha256", key, "base64");
    const known = this.#known.get(digest);
    if (known !== undefined && this.#age(known) <= FRESH_MS && this.#isValid(known)) return this.#seen(known.caller);
    return this.#ask(key, digest, known);
  }

  async #ask(key: string, digest: string, known: Known | undefined): Promise<Caller> {
    let found: VirtualKey | undefined;
    try {
      found = await this.#keys.authenticate(key);
    } catch (error) {
      const isUnreachable = TokenLedgerError.is(error) && error.code === "DATABASE_ERROR";
      if (isUnreachable && known !== undefined && this.#age(known) <= STALE_MS && this.#isValid(known)) return this.#seen(known.caller);
      throw error;
    }
    if (found === undefined) {
      this.#known.delete(digest);
      throw new Refusal(
        401,
        "invalid_api_key",
        "This API key is no virtual key of this gateway, or it is expired or revoked; tokenledger keys create makes one.",
      );
    }
    if (this.#known.size >= MOST_KEPT) this.#known.clear();
    const caller = { role: found.role, key: found };
    this.#known.set(digest, { caller, confirmedMs: this.#clock.monotonic() });
    return this.#seen(caller);
  }

  /** Asks whether any key has changed; called every second. What it can't learn, it leaves as it was. */
  async refresh(): Promise<void> {
    const askedMs = this.#clock.monotonic();
    const revision = await this.#keys.revision();
    if (revision !== this.#revision) this.#known.clear();
    this.#revision = revision;
    this.#unchangedMs = askedMs;
  }

  /** Writes down when which key was last shown. */
  async rememberUse(): Promise<void> {
    if (this.#lastUsedMs.size === 0) return;
    const used = this.#lastUsedMs;
    this.#lastUsedMs = new Map();
    await this.#keys.touch(used);
  }

  #seen(caller: Caller & { key: VirtualKey }): Caller {
    this.#lastUsedMs.set(caller.key.id, this.#clock.now());
    return caller;
  }

  #age({ confirmedMs }: Known): number {
    return this.#clock.monotonic() - Math.max(confirmedMs, this.#unchangedMs);
  }

  #isValid({ caller: { key } }: Known): boolean {
    return key.expiresMs === undefined || this.#clock.now() < key.expiresMs;
  }
}
