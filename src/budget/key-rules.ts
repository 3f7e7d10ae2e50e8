/** Rules that go with a key, wherever keys are told: in the configuration, by a command, or in the book. */

/** `member`: calls models. `viewer`: reads. `admin`: does everything. */
export type KeyRole = "member" | "viewer" | "admin";

export const KEY_ROLES: readonly KeyRole[] = ["member", "viewer", "admin"];

/** What a key may be fixed to. */
export const KEY_OWNERS = ["org", "team", "user", "project"] as const;

/** What a virtual key may do; every field that is absent leaves that open. */
export interface KeyRules {
  /** Default `member`. */
  role?: KeyRole;
  org?: string;
  team?: string;
  user?: string;
  project?: string;
  /** Model ids or globs. */
  models?: readonly string[];
  requestsPerMinute?: number;
  tokensPerMinute?: number;
  maxConcurrentCalls?: number;
  /** The most output tokens, and answers, that one call may ask for. */
  maxOutputTokens?: number;
  maxChoices?: number;
  expiresMs?: number;
}
