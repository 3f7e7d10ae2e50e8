/**
 * What happened? The vocabulary of TokenLedger: usage records, token counts, scopes, local time.
 * @module
 */
export { dayOf, localDayStart, type OffsetSpan, offsetSpans, parseDay, resolveTimeZone } from "./calendar.ts";
export { contentUuid, nameUuid } from "./identity.ts";
export type { ServiceTerms, TokenCounts, UsageRecord, UsageSource } from "./usage-record.ts";
