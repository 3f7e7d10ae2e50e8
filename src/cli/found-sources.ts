/** Where each source was looked for on this machine, and what is there. */
import { existsSync } from "node:fs";
import { discoverFiles, type ImportEnvironment, importSources, loadImporter } from "../importers/index.ts";

export interface FoundSource {
  source: string;
  title: string;
  roots: { path: string; found: boolean }[];
  /** Files below the roots that look like the source's. */
  files: number;
  bytes: number;
}

/** Sources that keep logs on a machine, in the order of the catalogue. */
export async function lookForSources(environment: ImportEnvironment): Promise<FoundSource[]> {
  const found: FoundSource[] = [];
  for (const source of importSources) {
    const importer = await loadImporter(source);
    const roots = importer.roots(environment);
    if (roots.length === 0) continue;
    const { files } = discoverFiles(roots, (path) => importer.accepts(path));
    found.push({
      source,
      title: importer.title,
      roots: roots.map((path) => ({ path, found: existsSync(path) })),
      files: files.length,
      bytes: files.reduce((sum, file) => sum + file.size, 0),
    });
  }
  return found;
}
