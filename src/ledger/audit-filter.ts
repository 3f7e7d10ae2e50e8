/** Which entries of the audit log are asked for. */
import { InvalidInput, quoteValue } from "../errors.ts";
import type { AuditFilter } from "./audit-entry.ts";

const USUAL_ENTRIES = 100;
const MOST_ENTRIES = 1000;

/** @throws InvalidInput */
export function auditFilter({ limit = USUAL_ENTRIES, before }: { limit?: number; before?: number }): AuditFilter {
  if (!(Number.isSafeInteger(limit) && limit >= 1 && limit <= MOST_ENTRIES))
    throw new InvalidInput(`limit: ${quoteValue(limit)} is not a whole number from 1 to ${MOST_ENTRIES}.`);
  if (before === undefined) return { limit };
  if (!(Number.isSafeInteger(before) && before >= 1))
    throw new InvalidInput(`before: ${quoteValue(before)} is not the id of an entry, a whole number from 1.`);
  return { limit, before };
}
