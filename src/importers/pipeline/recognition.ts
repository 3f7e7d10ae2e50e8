/** Whose file is this? For paths that were given without a SOURCE. */

import { importSources, loadImporter } from "../catalogue.ts";
import type { Importer } from "../importer.ts";
import { openByteSource } from "../reading/byte-source.ts";
import { type Discovery, discoverFiles, type FoundFile } from "./discovery.ts";

const PACKED = /\.(?:gz|zst|zstd)$/i;
const BEGINNING_BYTES = 64 << 10;

export interface RecognisedFiles {
  byImporter: Map<Importer, FoundFile[]>;
  /** Files that look like no source. */
  unknown: string[];
  notes: Discovery["notes"];
}

/**
 * Sorts the files below `paths` by the importer that knows them.
 *
 * @example
 * ```ts
 * import { recogniseFiles } from "tokenledger/importers";
 * (await recogniseFiles([])).unknown; // => []
 * ```
 */
export async function recogniseFiles(paths: readonly string[]): Promise<RecognisedFiles> {
  const importers = await Promise.all(importSources.map(loadImporter));
  const { files, notes } = discoverFiles(paths, (path) => importers.some((importer) => acceptsFile(importer, path)));
  const byImporter = new Map<Importer, FoundFile[]>();
  const unknown: string[] = [];
  for (const file of files) {
    const importer = importerOf(file.path, importers);
    if (importer === undefined) unknown.push(file.path);
    else byImporter.set(importer, [...(byImporter.get(importer) ?? []), file]);
  }
  return { byImporter, unknown, notes };
}

/** Logs of lines are also taken compressed, whatever the source. */
export function acceptsFile(importer: Importer, path: string): boolean {
  return importer.accepts(path) || (importer.growth === "append" && PACKED.test(path) && importer.accepts(path.replace(PACKED, "")));
}

/** By content where a source can tell; else the first source whose name it is. */
function importerOf(path: string, importers: readonly Importer[]): Importer | undefined {
  const candidates = importers.filter((importer) => acceptsFile(importer, path));
  const beginning = candidates.some((importer) => importer.recognises !== undefined) ? beginningOf(path) : "";
  return (
    candidates.find((importer) => importer.recognises?.(beginning) === true) ??
    candidates.find((importer) => importer.recognises === undefined)
  );
}

function beginningOf(path: string): string {
  try {
    const source = openByteSource(path, 0);
    try {
      const bytes = Buffer.alloc(BEGINNING_BYTES);
      return bytes.toString("utf8", 0, source.read(bytes, 0));
    } finally {
      source.close();
    }
  } catch {
    return "";
  }
}
