/** An answer that is told: sentences first, then charts, then the numbers in tables. */
import type { ScreenStyle } from "../printing/answer.ts";
import type { Column } from "../printing/table.ts";
import { escapeControls, fitted } from "../printing/text.ts";

export interface Told {
  title: string;
  /** What it is about: days, zone. */
  about: string;
  sentences: readonly string[];
  /** For screens alone; an empty one has nothing to show, or no room. */
  charts: readonly ((style: ScreenStyle) => string)[];
  /** The first column's title says what a table is about; one without rows is left out. */
  tables: readonly (readonly Column[])[];
  warnings: readonly string[];
}

export async function toldScreen(told: Told, style: ScreenStyle): Promise<string> {
  const { renderTable } = await import("../printing/table.ts");
  const about = await fitted(escapeControls(told.about), style.width);
  const onOneLine = told.title.length + 2 + about.length <= style.width && !about.includes("\n");
  const parts = [`${style.bold(told.title)}${onOneLine ? "  " : "\n"}${style.dim(about)}\n`];
  const sentences = await Promise.all(told.sentences.map((sentence) => fitted(escapeControls(sentence), style.width)));
  if (sentences.length > 0) parts.push(`${sentences.join("\n")}\n`);
  for (const chart of told.charts) {
    const drawn = chart(style);
    if (drawn !== "") parts.push(drawn);
  }
  for (const columns of told.tables) if (rowsOf(columns) > 0) parts.push(await renderTable(columns, style));
  for (const warning of told.warnings) parts.push(`${style.warn(await fitted(`* ${escapeControls(warning)}`, style.width))}\n`);
  return parts.join("\n");
}

export async function toldMarkdown(told: Told): Promise<string> {
  const { markdownTable, markdownText } = await import("../printing/markdown.ts");
  const parts = [
    `**${markdownText(told.title)}** (${markdownText(told.about)})\n`,
    told.sentences.map((sentence) => `- ${markdownText(sentence)}\n`).join(""),
    ...told.tables.filter((columns) => rowsOf(columns) > 0).map(markdownTable),
    ...told.warnings.map((warning) => `\\* ${markdownText(warning)}\n`),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

const rowsOf = (columns: readonly Column[]): number => columns[0]?.cells.length ?? 0;

/** One column of rows; without `dropOrder` it stays where room is short. */
export function columnOf<Row>(
  rows: readonly Row[],
  title: string,
  align: Column["align"],
  cellOf: (row: Row) => string,
  dropOrder = 0,
): Column {
  return { title, align, cells: rows.map(cellOf), ...(dropOrder > 0 && { dropOrder }) };
}

/** A name as tables show it. */
export const shownName = (name: string | null): string => name ?? "(none)";
