/** Budgets that stand in an imported database become budgets of the book. */
import { resolve } from "node:path";
import { type BudgetDefinition, budgetToJson } from "../budget/index.ts";
import { InvalidInput, quoteValue } from "../errors.ts";
import {
  discoverFiles,
  type ImportedBudget,
  type ImportProblem,
  type ImportResult,
  loadImporter,
  readTokenLedgerBudgets,
  recogniseFiles,
} from "../importers/index.ts";
import type { Ledger } from "../ledger/index.ts";
import { formatUsd } from "../money.ts";
import type { CommandContext } from "./command-context.ts";
import { importEnvironment } from "./import-environment.ts";

const SOURCE = "token-ledger-db";

/** A budget that was found, and what became of it. */
export interface BudgetImport {
  file: string;
  name: string;
  state: "new" | "changed" | "unchanged";
}

/** An import's result with the budgets that its files held beside the records. */
export interface ResultWithBudgets extends ImportResult {
  budgets?: BudgetImport[];
}

/**
 * Puts the budgets of the databases that were imported into the book, as `import:` and the file's path define them. A budget
 * of the same name that is defined elsewhere stays as it is. What a database says was spent is not taken: the records tell.
 */
export async function withBudgets(
  context: CommandContext,
  book: Ledger,
  result: ImportResult,
  { source, paths, dryRun }: { source: string | undefined; paths: readonly string[]; dryRun: boolean },
): Promise<ResultWithBudgets> {
  if (!result.sources.some((tally) => tally.source === SOURCE)) return result;
  const environment = await importEnvironment(context.machine);
  const budgets: BudgetImport[] = [];
  const problems: ImportProblem[] = [];
  for (const file of await databasesIn(source, paths)) {
    const found = readTokenLedgerBudgets(file, environment);
    problems.push(...found.problems.map(({ row, reason }) => ({ file, line: row, reason })));
    const origin = `import:${resolve(context.machine.workingDirectory, file)}`;
    const defined = new Map((await book.budgets.list()).map((budget) => [budget.definition.name, budget]));
    const changed: BudgetDefinition[] = [];
    for (const budget of found.budgets) {
      try {
        const definition = await definitionOf(context, budget);
        const before = defined.get(definition.name);
        if (before && before.origin !== origin) {
          throw new InvalidInput(`is defined by ${quoteValue(before.origin)} already, and stays as it is there`);
        }
        const state = before === undefined ? "new" : budgetToJson(before.definition) === budgetToJson(definition) ? "unchanged" : "changed";
        if (state !== "unchanged") changed.push(definition);
        budgets.push({ file, name: budget.name, state });
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error;
        problems.push({ file, line: budget.row, reason: `budget ${quoteValue(budget.name)}: ${error.message}` });
      }
    }
    if (changed.length > 0 && !dryRun) await book.budgets.put(changed, origin);
  }
  return { ...result, problems: [...result.problems, ...problems], problemCount: result.problemCount + problems.length, budgets };
}

async function databasesIn(source: string | undefined, paths: readonly string[]): Promise<string[]> {
  const importer = await loadImporter(SOURCE);
  const files =
    source === undefined
      ? ((await recogniseFiles(paths)).byImporter.get(importer) ?? [])
      : discoverFiles(paths, (path) => importer.accepts(path)).files;
  return files.map(({ path }) => path);
}

/** By the rules of the configuration, and refused in its words. */
async function definitionOf(context: CommandContext, budget: ImportedBudget): Promise<BudgetDefinition> {
  const { budgetWords } = await import("../config/index.ts");
  const { budgetFromWords } = await budgetWords();
  return budgetFromWords(
    {
      ...budget.scope,
      name: budget.name,
      amount: formatUsd(budget.amountNanoUsd),
      period: budget.period,
      alerts: budget.alerts.map(String),
      enforcement: budget.enforcement,
      ...(budget.switchTo !== undefined && { switch_to: budget.switchTo }),
    },
    { nameOf: (word) => word, warn: (message) => context.warn(message) },
  );
}
