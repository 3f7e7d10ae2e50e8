/**
 * What did other programs record? Reads their logs and exports as usage records, and brings them into a book.
 * @module
 */
export { type RecordForm, toRecordForm } from "../usage/index.ts";
export { importSources, loadImporter } from "./catalogue.ts";
export type {
  Checkpoint,
  ImportContext,
  ImportEnvironment,
  Importer,
  ImportOptions,
  ImportSink,
  SourceDatabase,
  SourceFile,
} from "./importer.ts";
export { type Discovery, discoverFiles, type FoundFile } from "./pipeline/discovery.ts";
export { type ImportProgress, type ImportRequest, type ImportResult, importUsage } from "./pipeline/import.ts";
export type { ImportBatch, ImportBook, ImportedFile, ImportFileState, ImportOutcome } from "./pipeline/import-book.ts";
export { recogniseFiles } from "./pipeline/recognition.ts";
export type { FileNote, ImportProblem, SourceTally } from "./pipeline/source-run.ts";
export { type ReadTraces, readTraces } from "./sources/otel/trace-document.ts";
export { type ImportedBudget, type ImportedBudgets, readTokenLedgerBudgets } from "./sources/token-ledger-db/budget-tables.ts";
