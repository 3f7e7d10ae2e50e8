/** Tables that fit the width they are given: columns that matter less go first, then texts wrap. */
import { escapeControls, type WidthOf, widthFor, wrap } from "./text.ts";

export interface Column {
  title: string;
  align: "left" | "right";
  cells: readonly string[];
  /** Columns with the highest number go first where room is short; without one a column always stays. */
  dropOrder?: number;
  /** Colours a cell's text, by its row; the text itself must say the same. */
  paint?: (text: string, row: number) => string;
}

export interface TableStyle {
  /** Columns of the screen; Infinity where nothing limits them. */
  width: number;
  bold(text: string): string;
  dim(text: string): string;
}

const GAP = "  ";
const NARROWEST_TEXT = 8;

/** The table's text. With `totalRow`, the last cell of every column stands below a line of its own. */
export async function renderTable(columns: readonly Column[], style: TableStyle, options: { totalRow?: boolean } = {}): Promise<string> {
  return (await renderTables([columns], style, options))[0] as string;
}

/** Tables that stand below each other: their first columns are equally wide, their second ones too, and so on. */
export async function renderTables(
  tables: readonly (readonly Column[])[],
  style: TableStyle,
  options: { totalRow?: boolean } = {},
): Promise<string[]> {
  const safe = tables.map((columns) =>
    columns.map((column) => ({ ...column, title: escapeControls(column.title), cells: column.cells.map(escapeControls) })),
  );
  const widthOf = await widthFor(safe.flat().flatMap((column) => [column.title, ...column.cells]));
  const widths: number[] = [];
  for (const columns of safe) {
    columns.forEach(({ title, cells }, i) => {
      widths[i] = Math.max(widths[i] ?? 0, widthOf(title), ...cells.map(widthOf));
    });
  }
  return safe.map((columns) => {
    const measured = columns.map((column, i) => ({ ...column, width: widths[i] as number }));
    return tableText(narrowed(measured, style.width), widthOf, style, options);
  });
}

function tableText(fitting: readonly Measured[], widthOf: WidthOf, style: TableStyle, options: { totalRow?: boolean }): string {
  const rule = style.dim(fitting.map((column) => "─".repeat(column.width)).join(GAP));
  const rows = Math.max(0, ...fitting.map((column) => column.cells.length));
  const lines = [style.bold(rowLines(fitting, (column) => column.title, widthOf).join("\n")), rule];
  for (let i = 0; i < rows; i++) {
    const last = options.totalRow === true && i === rows - 1;
    const text = rowLines(fitting, (column) => column.cells[i] ?? "", widthOf, i).join("\n");
    if (last) lines.push(rule, style.bold(text));
    else lines.push(text);
  }
  return `${lines.join("\n")}\n`;
}

type Measured = Column & { width: number };

function narrowed(columns: readonly Measured[], width: number): Measured[] {
  let kept = [...columns];
  const total = (): number => kept.reduce((sum, column) => sum + column.width + GAP.length, -GAP.length);
  while (total() > width) {
    const dropped = kept.reduce((least, column) => ((column.dropOrder ?? 0) > (least.dropOrder ?? 0) ? column : least));
    if ((dropped.dropOrder ?? 0) === 0) break;
    kept = kept.filter((column) => column !== dropped);
  }
  kept = kept.map((column) => ({ ...column }));
  for (let over = total() - width; over > 0; over = total() - width) {
    const widest = kept
      .filter((column) => column.align === "left")
      .reduce<Measured | undefined>((a, b) => (a && a.width >= b.width ? a : b), undefined);
    if (!widest || widest.width <= NARROWEST_TEXT) break;
    widest.width = Math.max(NARROWEST_TEXT, widest.width - over);
  }
  return kept;
}

/** @param row absent for the heading, which is never painted */
function rowLines(columns: readonly Measured[], textOf: (column: Measured) => string, widthOf: WidthOf, row?: number): string[] {
  const wrapped = columns.map((column) => (column.align === "left" ? wrap(textOf(column), column.width, widthOf) : [textOf(column)]));
  const height = Math.max(1, ...wrapped.map((lines) => lines.length));
  const lines: string[] = [];
  for (let i = 0; i < height; i++) {
    const cells = columns.map(({ align, width, paint }, c) => {
      const text = wrapped[c]?.[i] ?? "";
      const padding = " ".repeat(Math.max(0, width - widthOf(text)));
      const painted = paint && row !== undefined && text !== "" ? paint(text, row) : text;
      return align === "right" ? padding + painted : painted + padding;
    });
    lines.push(cells.join(GAP).trimEnd());
  }
  return lines;
}
