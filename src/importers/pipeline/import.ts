/**
 * From files to the book: finds what changed since the last run, lets the importers read it, and stores records and
 * reading positions together, so that a run that is killed loses nothing and repeats nothing.
 */
import { existsSync } from "node:fs";
import { InvalidInput, quoteValue } from "../../errors.ts";
import { importSources, loadImporter } from "../catalogue.ts";
import type { ImportEnvironment, Importer, ImportOptions } from "../importer.ts";
import { discoverFiles, type FoundFile } from "./discovery.ts";
import type { ImportBook } from "./import-book.ts";
import { acceptsFile, recogniseFiles } from "./recognition.ts";
import { type FileNote, type ImportProblem, SourceRun, type SourceTally } from "./source-run.ts";

export interface ImportRequest {
  book: ImportBook;
  environment: ImportEnvironment;
  /** Sources as users name them; none: every source, or with `paths` whichever each file turns out to be of. */
  sources?: readonly string[];
  /** Files and folders to read instead of the places where the sources keep their logs. */
  paths?: readonly string[];
  options?: ImportOptions;
  /** Find out what an import would do, and change nothing. */
  dryRun?: boolean;
  onProgress?: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  source: string;
  title: string;
  /** Over all sources; files in which nothing changed are not counted. */
  filesDone: number;
  filesTotal: number;
  bytesDone: number;
  bytesTotal: number;
}

export interface ImportResult {
  sources: SourceTally[];
  /** What should have been a record and is none; at most 1000 of each source are kept. */
  problems: ImportProblem[];
  problemCount: number;
  /** Records that were taken with something mended, and things passed over that hold no records. */
  notes: FileNote[];
}

/**
 * Imports usage into a book. Running it again adds only what is new.
 *
 * @throws InvalidInput for an unknown source, or a path that isn't there; nothing has been imported then.
 */
export async function importUsage(request: ImportRequest): Promise<ImportResult> {
  const plan = await planImport(request);
  const runs: SourceRun[] = [];
  for (const { importer, files } of plan.work) {
    runs.push(new SourceRun(importer, files, await request.book.importFiles(importer.source), request));
  }
  const progress = { filesDone: 0, filesTotal: sum(runs, "filesToRead"), bytesDone: 0, bytesTotal: sum(runs, "bytesToRead") };
  for (const run of runs) {
    const { source, title } = run.importer;
    let previous = { files: 0, bytes: 0 };
    await run.execute((files, bytes) => {
      progress.filesDone += files - previous.files;
      progress.bytesDone += bytes - previous.bytes;
      previous = { files, bytes };
      request.onProgress?.({ source, title, ...progress });
    });
  }
  return {
    sources: runs.map((run) => run.tally),
    problems: [...plan.problems, ...runs.flatMap((run) => run.problems)],
    problemCount: plan.problems.length + sum(runs, "problemCount"),
    notes: [...plan.notes, ...runs.flatMap((run) => run.notes)],
  };
}

interface ImportPlan {
  work: { importer: Importer; files: FoundFile[] }[];
  problems: ImportProblem[];
  notes: FileNote[];
}

async function planImport(request: ImportRequest): Promise<ImportPlan> {
  const paths = request.paths ?? [];
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) throw new InvalidInput(`${quoteValue(missing)} does not exist; give files or folders to import.`);
  const named = await Promise.all((request.sources ?? []).map(loadImporter));
  if (paths.length > 0 && named.length === 0) return planRecognised(paths);
  const importers = named.length > 0 ? named : await Promise.all(importSources.map(loadImporter));
  const plan: ImportPlan = { work: [], problems: [], notes: [] };
  for (const importer of importers) {
    const roots = paths.length > 0 ? paths : importer.roots(request.environment);
    if (roots.length === 0 && named.length > 0) {
      throw new InvalidInput(`${importer.source} has no place of its own on this machine; give the files to import.`);
    }
    const { files, notes } = discoverFiles(roots, (path) => acceptsFile(importer, path));
    plan.notes.push(...notes.map((note) => ({ ...note, line: 0 })));
    if (files.length > 0 || named.length > 0) plan.work.push({ importer, files });
  }
  return plan;
}

async function planRecognised(paths: readonly string[]): Promise<ImportPlan> {
  const { byImporter, unknown, notes } = await recogniseFiles(paths);
  return {
    work: [...byImporter].map(([importer, files]) => ({ importer, files })),
    problems: unknown.map((file) => ({ file, line: 0, reason: "of no source that is known; name the SOURCE" })),
    notes: notes.map((note) => ({ ...note, line: 0 })),
  };
}

function sum<Key extends "filesToRead" | "bytesToRead" | "problemCount">(runs: readonly SourceRun[], key: Key): number {
  return runs.reduce((total, run) => total + run[key], 0);
}
