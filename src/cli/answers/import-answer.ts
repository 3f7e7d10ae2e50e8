/** What an import did, as a document and for people. */
import type { FileNote } from "../../importers/index.ts";
import type { BudgetImport, ResultWithBudgets } from "../import-budgets.ts";
import type { Answer, ScreenStyle } from "../printing/answer.ts";
import { escapeControls } from "../printing/text.ts";

export function importAnswer(result: ResultWithBudgets, dryRun: boolean): Answer {
  const { sources, problems, problemCount, notes, budgets } = result;
  return {
    document: {
      schema: "tokenledger.import/1",
      dry_run: dryRun,
      sources,
      ...(budgets && { budgets }),
      problems,
      problem_count: problemCount,
      warnings: notes,
    },
    screen: (style) => importScreen(result, dryRun, style),
  };
}

const SHOWN = 10;

async function importScreen(
  { sources, problems, problemCount, notes, budgets = [] }: ResultWithBudgets,
  dryRun: boolean,
  style: ScreenStyle,
): Promise<string> {
  if (sources.length === 0 && problemCount === 0) return "";
  const [{ renderTable }, { bytes, count }] = await Promise.all([import("../printing/table.ts"), import("../printing/numbers.ts")]);
  const numbers = (title: string, dropOrder: number, figureOf: (source: (typeof sources)[number]) => number) => ({
    title,
    align: "right" as const,
    dropOrder,
    cells: sources.map((source) => count(figureOf(source))),
  });
  const table = await renderTable(
    [
      { title: "source", align: "left", cells: sources.map(({ source }) => source) },
      numbers("files", 3, ({ files }) => files),
      numbers("read", 2, ({ read }) => read),
      numbers("new", 0, ({ new: fresh }) => fresh),
      numbers("duplicate", 1, ({ duplicate }) => duplicate),
      numbers("skipped", 4, ({ skipped }) => skipped),
      { title: "size", align: "right", dropOrder: 5, cells: sources.map((source) => bytes(source.bytes)) },
    ],
    style,
  );
  const fresh = sources.reduce((sum, source) => sum + source.new, 0);
  const outcome = outcomeOf({ fresh, problemCount, dryRun }, count);
  return [
    table,
    `${outcome}\n`,
    ...budgetsText(budgets, dryRun),
    ...placesText(
      `${count(problemCount)} ${problemCount === 1 ? "line or file" : "lines or files"} could not be read; everything else was:`,
      problems,
      problemCount,
      style.warn,
    ),
    ...placesText(`${count(notes.length)} ${notes.length === 1 ? "remark" : "remarks"}:`, notes, notes.length, style.dim),
  ].join("\n");
}

function outcomeOf(
  { fresh, problemCount, dryRun }: { fresh: number; problemCount: number; dryRun: boolean },
  count: (value: number) => string,
): string {
  if (fresh === 0 && dryRun) return "Nothing would be new.";
  if (fresh === 0) return problemCount > 0 ? "Nothing new." : "Nothing new: the book is up to date.";
  return `${count(fresh)} ${fresh === 1 ? "record" : "records"} ${dryRun ? "would be new; nothing was stored" : "new in the book"}.`;
}

function budgetsText(budgets: readonly BudgetImport[], dryRun: boolean): string[] {
  const changed = budgets.filter(({ state }) => state !== "unchanged");
  if (changed.length === 0) return [];
  const names = changed.map(({ name, state }) => `${escapeControls(name)} (${state})`).join(", ");
  const verb = dryRun ? "would be put into the book" : "put into the book; what is spent of them follows from its records";
  return [`${changed.length === 1 ? "Budget" : "Budgets"} ${names} ${verb}.\n`];
}

function placesText(title: string, places: readonly FileNote[], total: number, styled: (text: string) => string): string[] {
  if (total === 0) return [];
  const lines = places
    .slice(0, SHOWN)
    .map(({ file, line, reason }) => `  ${escapeControls(`${file}${line > 0 ? `:${line}` : ""}: ${reason}`)}`);
  const more = total > lines.length ? [`  and ${total - lines.length} more (see --json)`] : [];
  return [`${styled(title)}\n${[...lines, ...more].join("\n")}\n`];
}
