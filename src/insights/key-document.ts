/** Virtual keys as documents: what may be told of them, which is never the key. */
import type { VirtualKey } from "../ledger/index.ts";
import { instantOrNull, instantText } from "./instant-text.ts";

export interface KeyDocument {
  id: string;
  name: string;
  state: KeyState;
  role: VirtualKey["role"];
  org: string | null;
  team: string | null;
  user: string | null;
  project: string | null;
  /** Null: all. */
  models: readonly string[] | null;
  requests_per_minute: number | null;
  tokens_per_minute: number | null;
  max_concurrent_calls: number | null;
  max_output_tokens: number | null;
  max_choices: number | null;
  /** The end of the key. */
  last4: string;
  /** `config`, or who made it. */
  defined_in: string;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
  /** While the key that it took the place of is still accepted. */
  grace_until: string | null;
}

export type KeyState = "active" | "expired" | "revoked";

/**
 * What may be shown of a key.
 *
 * @example
 * ```ts
 * import { openLedger } from "tokenledger/ledger";
 * import { keyDocument } from "tokenledger/insights";
 * const ledger = await openLedger("sqlite::memory:");
 * const { created } = await ledger.keys.create("ci", { team: "core" });
 * const { name, state, team, models } = keyDocument(created, created.createdMs);
 * [name, state, team, models]; // => ["ci", "active", "core", null]
 * await ledger.close();
 * ```
 */
export function keyDocument(key: VirtualKey, nowMs: number): KeyDocument {
  return {
    id: key.id,
    name: key.name,
    state: stateOf(key, nowMs),
    role: key.role,
    org: key.org ?? null,
    team: key.team ?? null,
    user: key.user ?? null,
    project: key.project ?? null,
    models: key.models ?? null,
    requests_per_minute: key.requestsPerMinute ?? null,
    tokens_per_minute: key.tokensPerMinute ?? null,
    max_concurrent_calls: key.maxConcurrentCalls ?? null,
    max_output_tokens: key.maxOutputTokens ?? null,
    max_choices: key.maxChoices ?? null,
    last4: key.last4,
    defined_in: key.origin,
    created_at: instantText(key.createdMs),
    expires_at: instantOrNull(key.expiresMs),
    revoked_at: instantOrNull(key.revokedMs),
    last_used_at: instantOrNull(key.lastUsedMs),
    grace_until: instantOrNull(key.graceUntilMs),
  };
}

function stateOf({ revokedMs, expiresMs }: VirtualKey, nowMs: number): KeyState {
  if (revokedMs !== undefined) return "revoked";
  return expiresMs !== undefined && nowMs >= expiresMs ? "expired" : "active";
}
