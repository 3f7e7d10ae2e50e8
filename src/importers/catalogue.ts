/** Every importer by the SOURCE that users type. An importer is loaded when it is needed. */
import { InvalidInput, quoteValue } from "../errors.ts";
import type { Importer } from "./importer.ts";

/** SOURCE → its importer. The order is the order in which a file of unknown kind is tried. */
const loaders: ReadonlyMap<string, () => Promise<Importer>> = new Map([
  // Before Claude Code, whose lines look alike but for the usage.
  ["qwen", async () => (await import("./sources/qwen/qwen-importer.ts")).qwenImporter],
  ["claude-code", async () => (await import("./sources/claude-code/claude-code-importer.ts")).claudeCodeImporter],
  ["codex", async () => (await import("./sources/codex/codex-importer.ts")).codexImporter],
  ["gemini-cli", async () => (await import("./sources/gemini-cli/gemini-cli-importer.ts")).geminiCliImporter],
  ["opencode", async () => (await import("./sources/opencode/opencode-importer.ts")).opencodeImporter],
  ["copilot", async () => (await import("./sources/copilot/copilot-importer.ts")).copilotImporter],
  ["cline", async () => (await import("./sources/cline/cline-importer.ts")).clineImporter],
  ["goose", async () => (await import("./sources/goose/goose-importer.ts")).gooseImporter],
  ["amp", async () => (await import("./sources/amp/amp-importer.ts")).ampImporter],
  ["droid", async () => (await import("./sources/droid/droid-importer.ts")).droidImporter],
  ["pi", async () => (await import("./sources/pi/pi-importer.ts")).piImporter],
  ["kimi", async () => (await import("./sources/kimi/kimi-importer.ts")).kimiImporter],
  ["cursor-csv", async () => (await import("./sources/cursor-csv/cursor-csv-importer.ts")).cursorCsvImporter],
  ["openai-usage", async () => (await import("./sources/openai-usage/openai-usage-importer.ts")).openaiUsageImporter],
  ["anthropic-usage", async () => (await import("./sources/anthropic-usage/anthropic-usage-importer.ts")).anthropicUsageImporter],
  ["openrouter", async () => (await import("./sources/openrouter/openrouter-importer.ts")).openrouterImporter],
  ["litellm", async () => (await import("./sources/litellm/litellm-importer.ts")).litellmImporter],
  ["langfuse", async () => (await import("./sources/langfuse/langfuse-importer.ts")).langfuseImporter],
  ["helicone", async () => (await import("./sources/helicone/helicone-importer.ts")).heliconeImporter],
  ["token-ledger-db", async () => (await import("./sources/token-ledger-db/token-ledger-db-importer.ts")).tokenLedgerDbImporter],
  ["otel", async () => (await import("./sources/otel/otel-importer.ts")).otelImporter],
  ["jsonl", async () => (await import("./sources/jsonl/jsonl-importer.ts")).jsonlImporter],
  ["csv", async () => (await import("./sources/csv/csv-importer.ts")).csvImporter],
  ["trace-csv", async () => (await import("./sources/trace-csv/trace-csv-importer.ts")).traceCsvImporter],
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
