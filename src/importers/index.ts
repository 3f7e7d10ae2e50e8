/**
 * What did other programs record? Reads their logs and exports as usage records, and brings them into a book.
 * @module
 */
export { importSources, loadImporter } from "./catalog.ts";
export { type Discovery, discoverFiles, type FoundFile } from "./discovery.ts";
export { type ImportProgress, type ImportRequest, type ImportResult, importUsage } from "./import.ts";
export type { ImportBatch, ImportBook, ImportedFile, ImportFileState, ImportOutcome } from "./import-book.ts";
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
export { type RecordForm, toRecordForm } from "./record-form.ts";
export type { FileNote, ImportProblem, SourceTally } from "./source-run.ts";
