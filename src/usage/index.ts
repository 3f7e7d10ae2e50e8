/**
 * What happened? The vocabulary of TokenLedger: usage records, token counts, scopes, local time.
 * @module
 */
export { dayOf, localDayStart, type OffsetSpan, offsetSpans, parseDay, resolveTimeZone } from "./calendar.ts";
export { type CallFacts, factsAsMetadata, factsInMetadata, type PromptBlock } from "./call-facts.ts";
export { contentUuid, nameUuid } from "./identity.ts";
export { instantIn, instantOf, utcDay } from "./instants.ts";
export { isObject, presentFields } from "./json-object.ts";
export { type RecordForm, type RecordFormOptions, recordFromForm, toRecordForm } from "./record-form.ts";
export type { ServiceTerms, TokenCounts, UsageRecord, UsageSource } from "./usage-record.ts";
