/**
 * CSV as RFC 4180 has it, with cells that a spreadsheet would run as formulas made harmless.
 *
 * The rule, so that it can be undone: a text that begins with `=`, `+`, `-`, `@`, a tab, a line break, or with apostrophes
 * before one of these, gets one more apostrophe in front, unless it is a plain number. Numbers are never touched.
 */

/** Full-width forms are formulas to some spreadsheets too. */
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;
const PLAIN_NUMBER = /^[+-]?\d+(?:\.\d+)?$/;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

export type Cell = string | number | null;

/** A line of the fields' names, and one for each record. */
export function csvTable(fields: readonly string[], records: readonly Readonly<Record<string, Cell>>[]): string {
  return csvLine(fields) + records.map((record) => csvLine(fields.map((field) => record[field] ?? null))).join("");
}

/** One line, with its CRLF. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const safe = FORMULA.test(cell) && !PLAIN_NUMBER.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(safe) || cell === "" ? `"${safe.replaceAll('"', '""')}"` : safe;
}
