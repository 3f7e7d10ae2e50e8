/** Every importer by the SOURCE that users type. An importer is loaded when it is needed. */
import { InvalidInput, quoteValue } from "../errors.ts";
import type { Importer } from "./importer.ts";

/** SOURCE → its importer. The order is the order in which a file of unknown kind is tried. */
const loaders: ReadonlyMap<string, () => Promise<Importer>> = new Map([
  // Before Claude Code, whose lines look alike but for the usage.
  ["qwen", async () => (await import("./qwen/qwen-importer.ts")).qwenImporter],
  ["claude-code", async () => (await import("./claude-code/claude-code-importer.ts")).claudeCodeImporter],
  ["codex", async () => (await import("./codex/codex-importer.ts")).codexImporter],
  ["gemini-cli", async () => (await import("./gemini-cli/gemini-cli-importer.ts")).geminiCliImporter],
  ["opencode", async () => (await import("./opencode/opencode-importer.ts")).opencodeImporter],
  ["copilot", async () => (await import("./copilot/copilot-importer.ts")).copilotImporter],
  ["cline", async () => (await import("./cline/cline-importer.ts")).clineImporter],
  ["goose", async () => (await import("./goose/goose-importer.ts")).gooseImporter],
  ["amp", async () => (await import("./amp/amp-importer.ts")).ampImporter],
  ["droid", async () => (await import("./droid/droid-importer.ts")).droidImporter],
  ["pi", async () => (await import("./pi/pi-importer.ts")).piImporter],
  ["kimi", async () => (await import("./kimi/kimi-importer.ts")).kimiImporter],
  ["cursor-csv", async () => (await import("./cursor-csv/cursor-csv-importer.ts")).cursorCsvImporter],
  ["openai-usage", async () => (await import("./openai-usage/openai-usage-importer.ts")).openaiUsageImporter],
  ["anthropic-usage", async () => (await import("./anthropic-usage/anthropic-usage-importer.ts")).anthropicUsageImporter],
  ["openrouter", async () => (await import("./openrouter/openrouter-importer.ts")).openrouterImporter],
  ["litellm", async () => (await import("./litellm/litellm-importer.ts")).litellmImporter],
  ["langfuse", async () => (await import("./langfuse/langfuse-importer.ts")).langfuseImporter],
  ["helicone", async () => (await import("./helicone/helicone-importer.ts")).heliconeImporter],
  ["otel", async () => (await import("./otel/otel-importer.ts")).otelImporter],
  ["jsonl", async () => (await import("./jsonl/jsonl-importer.ts")).jsonlImporter],
  ["csv", async () => (await import("./csv/csv-importer.ts")).csvImporter],
  ["trace-csv", async () => (await import("./trace-csv/trace-csv-importer.ts")).traceCsvImporter],
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
