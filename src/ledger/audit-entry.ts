/** Who changed what, and when: a row of the audit log. */

export const AUDIT_ACTIONS = [
  "budget.created",
  "budget.changed",
  "budget.removed",
  "key.created",
  "key.changed",
  "key.rotated",
  "key.revoked",
  "key.removed",
  "alerts.acknowledged",
  "prices.put",
  "records.repriced",
  "book.repaired",
  "session.opened",
  "session.closed",
] as const;

/** What can be done to a book besides adding records to it. */
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What is written down of a change; the store adds the number and the time. */
export interface AuditNote {
  /** `command`, `library`, `config`, `local` (somebody at this machine, through the API), or `key:` and the id of a virtual key. */
  actor: string;
  action: AuditAction;
  /** What was changed, by its name. */
  subject: string;
  /** As it was and as it is now, without secrets; null where there was or is nothing. */
  before: object | null;
  after: object | null;
}

export interface AuditEntry extends AuditNote {
  /** Counts up from 1 without a gap. */
  id: number;
  atMs: number;
}

export interface AuditFilter {
  /** At most so many, the newest. */
  limit: number;
  /** Only those with a lower number. */
  before?: number;
}

/** Who does what he does as `config:` and a file is the configuration; `import:`, an import. */
export function actorOf(origin: string): string {
  return origin.split(":", 1)[0] as string;
}
