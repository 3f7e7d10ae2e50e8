/** Tables in GitHub's Markdown. */

import type { Column } from "./table.ts";
import { escapeControls } from "./text.ts";

/** The same cells as the table on the screen; nothing in a cell can end it or become markup. */
export function markdownTable(columns: readonly Column[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const rows = Math.max(0, ...columns.map((column) => column.cells.length));
  let text = line(columns.map((column) => markdownText(column.title)));
  text += line(columns.map((column) => (column.align === "right" ? "---:" : "---")));
  for (let i = 0; i < rows; i++) text += line(columns.map((column) => markdownText(column.cells[i] ?? "")));
  return text;
}

/** Text in which nothing is markup. */
export function markdownText(text: string): string {
  return escapeControls(text).replace(/[\\|`*_[\]<>&~$#!]/g, (character) => (character === "$" ? "$" : `\\${character}`));
}
