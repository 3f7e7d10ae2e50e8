/** Every importer by the SOURCE that users type. An importer is loaded when it is needed. */
import { InvalidInput, quoteValue } from "../errors.ts";
import type { Importer } from "./importer.ts";

/** SOURCE → its importer. The order is the order in which a file of unknown kind is tried. */
const loaders: ReadonlyMap<string, () => Promise<Importer>> = new Map([
  ["claude-code", async () => (await import("./claude-code/claude-code-importer.ts")).claudeCodeImporter],
  ["codex", async () => (await import("./codex/codex-importer.ts")).codexImporter],
]);

/** The names that `import` accepts as SOURCE. */
export const importSources: readonly string[] = [...loaders.keys()];

/**
 * The importer of a SOURCE.
 *
 * @throws InvalidInput for a name that is none.
 * @example
 * ```ts
 * import { loadImporter } from "tokenledger/importers";
 * (await loadImporter("claude-code")).title; // => "Claude Code"
 * ```
 */
export async function loadImporter(source: string): Promise<Importer> {
  const load = loaders.get(source);
  if (load === undefined) throw new InvalidInput(`${quoteValue(source)} is not a source; give one of ${importSources.join(", ")}.`);
  return load();
}
