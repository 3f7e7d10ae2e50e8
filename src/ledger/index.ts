/**
 * The durable, append-only book: record, aggregate, correct, verify.
 * @module
 */
export { describeValue, type KeyRules, streamOverrunOf, yearStartText } from "../budget/index.ts";
export { NameInUse, NoBookYet, OutdatedBook } from "../errors.ts";
export { noUsage } from "./aggregating.ts";
export { AUDIT_ACTIONS, type AuditAction, type AuditEntry } from "./audit-entry.ts";
export { bookName, isPostgresUrl, sqlitePath } from "./database-url.ts";
export type {
  ActualUsage,
  AppendBatch,
  AppendOutcome,
  BudgetChange,
  BudgetNotice,
  BudgetStatus,
  CallEstimate,
  CallOwner,
  DefinedBudget,
  Difference,
  Durability,
  EachOutcome,
  ImportFileState,
  Ledger,
  LedgerAudit,
  LedgerBudgets,
  LedgerKeys,
  LedgerOptions,
  LedgerPrices,
  LedgerReservation,
  LedgerSessions,
  OpenReservation,
  RecordEachOptions,
  RecordOutcome,
  Rejection,
  RepriceOptions,
  RepriceOutcome,
  ReserveCall,
  SettledCall,
  SettleOptions,
  VerifyOptions,
  VerifyOutcome,
  VirtualKey,
} from "./ledger.ts";
export { openLedger } from "./open-ledger.ts";
export type {
  Aggregate,
  AggregateQuery,
  AggregateRow,
  Dimension,
  FilterValue,
  PageWanted,
  RecordOrder,
  RecordPage,
  RecordPlace,
  StoredRecord,
  TimeSpan,
  UsageFilter,
  UsageSums,
} from "./query.ts";
export type { RecordColumns, ScannedModel, ScannedNames, ScannedTerms } from "./record-columns.ts";
export type { AlertFilter, StoredAlert } from "./store.ts";
export { openSourceDatabase, type SourceDatabase } from "./stores/sqlite/source-database.ts";
