/** A report in every form: the document, the rows, and columns for people. */
import { type Figures, type ReportDocument, type ReportRow, reportFields } from "../../insights/index.ts";
import { dayOf } from "../../usage/index.ts";
import type { Answer, ScreenStyle } from "../printing/answer.ts";
import type { Column } from "../printing/table.ts";

export function reportAnswer(document: ReportDocument, options: { title?: string; note?: string } = {}): Answer {
  return {
    document,
    rows: { fields: reportFields(document), records: document.rows },
    screen: (style) => reportScreen(document, options, style),
    markdown: async () => {
      const [{ markdownTable }, columns] = [await import("../printing/markdown.ts"), await reportColumns(document)];
      return markdownTable(columns) + document.warnings.map((warning) => `\n\\* ${warning}\n`).join("");
    },
  };
}

async function reportScreen(document: ReportDocument, options: { title?: string; note?: string }, style: ScreenStyle): Promise<string> {
  const { range, group_by: groupBy, rows, warnings } = document;
  const title = options.title ?? `Spending by ${groupBy.join(" and ")}`;
  const head = `${style.bold(title)}  ${style.dim(`${range.start} to ${range.end}, ${range.tz}`)}\n\n`;
  if (rows.length === 0) return `${head}Nothing to report.\n`;
  const { renderTable } = await import("../printing/table.ts");
  const table = await renderTable(await reportColumns(document), style, { totalRow: true });
  const notes = [
    ...(groupBy.length === 1 && groupBy[0] === "day" ? await dailyLine(document, style) : []),
    ...(options.note ? [options.note] : []),
  ];
  return `${head}${table}${notes.map((note) => `\n${note}\n`).join("")}${warnings.map((warning) => `\n${style.warn(`* ${warning}`)}\n`).join("")}`;
}

/** Columns with the total in the last cell. Cache columns go first where room is short, the cost never. */
async function reportColumns(document: ReportDocument): Promise<Column[]> {
  const { count, dollars, percent } = await import("../printing/numbers.ts");
  const rows: (ReportRow | (Figures & { share: number | null }))[] = [...document.rows, { ...document.totals, share: null }];
  const number = (title: string, dropOrder: number, figureOf: (row: Figures) => number): Column => ({
    title,
    align: "right",
    dropOrder,
    cells: rows.map((row) => count(figureOf(row))),
  });
  return [
    ...document.group_by.map((dimension, i): Column => {
      const names = document.rows.map((row) => (row[dimension] === null ? "(none)" : String(row[dimension])));
      return { title: dimension, align: "left", cells: [...names, i === 0 ? "total" : ""] };
    }),
    number("requests", 2, (row) => row.requests),
    number("input", 4, (row) => row.input_tokens),
    number("output", 5, (row) => row.output_tokens),
    number("cache read", 7, (row) => row.cache_read_tokens),
    number("cache write", 8, (row) => row.cache_write_tokens),
    number("tokens", 3, (row) => row.total_tokens),
    { title: "cost", align: "right", cells: rows.map((row) => costCell(row, dollars)) },
    { title: "share", align: "right", dropOrder: 6, cells: rows.map((row) => (row.share === null ? "" : percent(row.share))) },
  ];
}

/** Unpriced is never shown as nothing: a star says that something is missing, a dash that all of it is. */
export function costCell(figures: Figures, dollars: (usd: string) => string): string {
  if (figures.cost_usd === null) return "—*";
  return `${dollars(figures.cost_usd)}${figures.unpriced_requests > 0 ? "*" : ""}`;
}

const LONGEST_LINE = 120;

/** The days of the range as a line of blocks, days without records included. */
async function dailyLine(document: ReportDocument, style: ScreenStyle): Promise<string[]> {
  const label = "daily";
  const { range, rows } = document;
  const end = lastDayShown(document);
  const span = (Date.parse(end) - Date.parse(range.start)) / 86_400_000 + 1;
  if (span < 2 || span > Math.min(LONGEST_LINE, style.width - label.length - 2)) return [];
  const [{ sparkline }, { daysOf }] = await Promise.all([import("../printing/sparkline.ts"), import("../../insights/index.ts")]);
  const costs = new Map(rows.map((row) => [row.day, Number(row.cost_usd ?? 0)]));
  return [`${style.dim(label)}  ${sparkline(daysOf({ start: range.start, end }).map((day) => costs.get(day) ?? 0))}`];
}

/** Days that are still to come have no block: they are not days without spending. */
function lastDayShown({ range, rows, generated_at: generatedAt }: ReportDocument): string {
  const today = dayOf(Date.parse(generatedAt), range.tz);
  const known = rows.reduce((last, { day }) => (typeof day === "string" && day > last ? day : last), today);
  return known < range.end ? known : range.end;
}
