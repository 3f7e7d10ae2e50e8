/** `tokenledger import` */
import { existsSync } from "node:fs";
import { InvalidInput, oneOf, quoteValue } from "../../errors.ts";
import { type ImportResult, importSources } from "../../importers/index.ts";
import type { Ledger } from "../../ledger/index.ts";
import { importAnswer } from "../answers/import-answer.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type ResultWithBudgets, withBudgets } from "../import-budgets.ts";
import { type ImportWishes, importOnce } from "../import-once.ts";
import { watch } from "../watch.ts";

const EXAMPLES = `
  tokenledger import                                   every agent log found on this machine
  tokenledger import codex --dry-run                   what would be read, with nothing stored
  tokenledger import claude-code ~/backup/projects     logs from another place
  tokenledger import jsonl usage.jsonl --strict
  tokenledger import csv bill.csv --provider openai --map timestamp=Date --map input_tokens="Prompt tokens"
  tokenledger import trace-csv trace.csv --provider openai --epoch 2026-05-01T00:00:00Z`;

/** By name: the catalogue's own order is for recognising files. */
const SOURCE_NAMES: readonly string[] = [...importSources].sort();

export function define(command: Command): void {
  command
    .argument("[source]", `${SOURCE_NAMES.join(", ")}; none: every local agent`, SOURCE_NAMES)
    .argument("[path...]", "files and folders to read instead of the places where the source keeps its logs")
    .option("--dry-run", "say what would be read, and store nothing")
    .option("--watch", "go on reading what is added, until interrupted")
    .option("--strict", "exit with 1 where anything could not be read")
    .option("--input-excludes-cache", "the records' input tokens leave cached tokens out")
    .option("--provider <name>", "for files that don't name the provider")
    .option("--model <name>", "for files that don't name the model")
    .option("--epoch <instant>", "the instant that second 0 of a trace stands for", epochOf)
    .option("--map <field=heading>", "which column of a CSV holds a field; again for another", addColumn)
    .example(EXAMPLES);
  runs(command, importCommand);
}

async function importCommand(context: CommandContext, options: ImportWishes, first?: string, rest: string[] = []): Promise<ExitCode> {
  const { source, paths } = sourceAndPaths(first, rest);
  if (options.dryRun && options.watch) throw new InvalidInput("--dry-run and --watch contradict each other; give one of them.");
  let result: ResultWithBudgets | undefined;
  const dryRun = options.dryRun === true;
  const importInto = async (book: Ledger): Promise<ResultWithBudgets> =>
    withBudgets(context, book, await importOnce(context, book, source, paths, options), { source, paths, dryRun });
  const format = await context.answer(["table", "json"], async () => {
    const book = await (dryRun ? context.rehearsalBook() : context.openBook());
    try {
      result = await importInto(book);
    } finally {
      await book.close();
    }
    return importAnswer(result, dryRun);
  });
  const done = result as ImportResult;
  if (done.sources.length === 0 && paths.length === 0)
    context.note("No agent logs were found on this machine; tokenledger doctor shows where they were looked for.");
  if (format === "json") tellProblems(context, done);
  if (options.watch) return watch(context, importInto);
  return options.strict && done.problemCount > 0 ? EXIT.failed : EXIT.done;
}

/** The first word is a SOURCE if it is one; else every word is a path, and the files tell their source. */
function sourceAndPaths(first: string | undefined, rest: readonly string[]): { source?: string; paths: string[] } {
  if (first === undefined) return { paths: [] };
  if (importSources.includes(first)) return { source: first, paths: [...rest] };
  if (!existsSync(first)) {
    if (/[./\\]/.test(first)) throw new InvalidInput(`There is no file or folder ${quoteValue(first)}, and no source of that name.`);
    oneOf("The source", first, SOURCE_NAMES);
  }
  return { paths: [first, ...rest] };
}

function tellProblems(context: CommandContext, { problemCount }: ImportResult): void {
  if (problemCount > 0)
    context.warn(`${problemCount} ${problemCount === 1 ? "line or file" : "lines or files"} could not be read; see problems.`);
}

const FIRST_MILLISECOND_COUNT = 1e11;

function epochOf(text: string): number {
  if (/^\d{1,13}$/.test(text)) {
    const instant = Number(text);
    return instant >= FIRST_MILLISECOND_COUNT ? instant : instant * 1000;
  }
  const instantMs = /^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!(instantMs >= 0))
    throw new InvalidInput(`--epoch ${quoteValue(text)} is not an instant; give 2023-11-16T00:00:00Z or seconds since 1970.`);
  return instantMs;
}

function addColumn(text: string, before: Record<string, string> | undefined): Record<string, string> {
  const equals = text.indexOf("=");
  if (equals <= 0 || equals === text.length - 1) {
    throw new InvalidInput(`--map ${quoteValue(text)} is not a mapping; give field=heading, such as --map input_tokens="Prompt tokens".`);
  }
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
}
