/** What the audit log says of a session: whose key it is, and when it is over; of its token, nothing. */
import type { AuditNote } from "../audit-entry.ts";
import type { StoredSession } from "../key-store.ts";

export function sessionNote(action: "session.opened" | "session.closed", { keyId, expiresMs }: StoredSession, actor: string): AuditNote {
  const facts = { key: keyId, expires: new Date(expiresMs).toISOString() };
  const isOpened = action === "session.opened";
  return { actor, action, subject: keyId, before: isOpened ? null : facts, after: isOpened ? facts : null };
}
