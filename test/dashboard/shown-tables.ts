/** Tables as they stand on a page: under each head the exact figures behind what is read, or the text where there is none. */
import type { Page } from "playwright-core";

export interface ShownCell {
  /** As read. */
  text: string;
  /** Behind the figures, in their order. */
  values: readonly string[];
}
export type ShownRow = Readonly<Record<string, ShownCell>>;

/** The rows of the table with this caption, its last row of sums among them as the last. */
export async function shownTable(page: Page, caption: string): Promise<ShownRow[]> {
  await page.waitForFunction(
    (name) => [...document.querySelectorAll("main table caption")].some((one) => one.textContent === name),
    caption,
  );
  return page.evaluate((name) => {
    const tables = [...document.querySelectorAll("main table")];
    const table = tables.find((one) => one.querySelector("caption")?.textContent === name) as HTMLTableElement;
    const heads = [...table.querySelectorAll("thead th")].map((head) => (head.textContent ?? "").replace(/ [↓↑]$/, ""));
    return [...table.querySelectorAll("tbody tr, tfoot tr")].map((row) =>
      Object.fromEntries(
        [...row.children].map((cell, place) => [
          heads[place] ?? String(place),
          {
            text: (cell.textContent ?? "").trim(),
            values: [...cell.querySelectorAll("data")].map((figure) => figure.getAttribute("value") ?? ""),
          },
        ]),
      ),
    );
  }, caption);
}

/** The one figure of a cell; what has none is told by its text. */
export function figureIn(cell: ShownCell | undefined): string {
  return cell === undefined ? "no such column" : (cell.values[0] ?? cell.text);
}
