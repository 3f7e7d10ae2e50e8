/** Drives one importer over one file, the way the import pipeline does, and keeps everything it says. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Checkpoint, Importer, ImportOptions } from "../../src/importers/importer.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { emptyMachine } from "./conformance.ts";

export interface Outcome {
  records: UsageRecord[];
  problems: { line: number; reason: string }[];
  warnings: { line: number; reason: string }[];
  skipped: number;
  checkpoint: Checkpoint;
}

export interface RunOptions {
  options?: ImportOptions;
  name?: string;
  /** Reading goes on from here. */
  from?: Checkpoint;
  /** When the file was last written; by default later than any fixture's records. */
  modifiedMs?: number;
}

/** Writes `content` to a file of its own and reads it. */
export async function runImporter(importer: Importer, content: string | Buffer, settings: RunOptions = {}): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "tokenledger-import-"));
  try {
    const path = join(folder, settings.name ?? "export");
    writeFileSync(path, content);
    return await runImporterOnFile(importer, path, settings);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function runImporterOnFile(importer: Importer, path: string, settings: RunOptions = {}): Promise<Outcome> {
  const outcome: Outcome = { records: [], problems: [], warnings: [], skipped: 0, checkpoint: { offset: 0 } };
  const file = {
    path,
    size: statSync(path).size,
    modifiedMs: settings.modifiedMs ?? Date.UTC(2030, 0, 1),
    offset: settings.from?.offset ?? 0,
    state: settings.from?.state,
  };
  const context = {
    environment: emptyMachine(),
    options: settings.options ?? {},
    sink: {
      record: (record: UsageRecord) => outcome.records.push(record),
      repeated: () => {
        throw new Error("exports fold no copies");
      },
      problem: (line: number, reason: string) => outcome.problems.push({ line, reason }),
      warning: (line: number, reason: string) => outcome.warnings.push({ line, reason }),
      skip: () => {
        outcome.skipped++;
      },
    },
  };
  for await (const checkpoint of importer.read(file, context)) outcome.checkpoint = checkpoint;
  return outcome;
}
