/** A table of numbers: sorted by its heads, read by keyboard and screen readers, scrolled sideways where the screen is narrow. */
import { type ReactNode, useMemo, useState } from "react";
import styles from "./data-table.module.css";

export interface Column<Row> {
  key: string;
  title: ReactNode;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right. */
  isNumber?: boolean;
  /** Makes the head a button that sorts; null comes last. */
  sortBy?: (row: Row) => number | bigint | string | null;
  /** Left out below 700 px. */
  isForWideScreens?: boolean;
}

export interface Sorting {
  key: string;
  isDescending: boolean;
}

export function DataTable<Row>({
  caption,
  columns,
  rows,
  rowKey,
  sorting: initial,
  total,
  most = 200,
}: {
  /** What the table tells: read aloud, not shown. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Without, rows keep their order. */
  sorting?: Sorting;
  /** A last row that sums up. */
  total?: Row;
  /** So many rows are shown at first. */
  most?: number;
}) {
  const [sorting, setSorting] = useState(initial);
  const [isWhole, setWhole] = useState(false);
  const sorted = useMemo(() => sortedRows(rows, columns, sorting), [rows, columns, sorting]);
  const shown = isWhole ? sorted : sorted.slice(0, most);
  const sort = (key: string, isNumber: boolean): void =>
    setSorting((before) => ({ key, isDescending: before?.key === key ? !before.isDescending : isNumber }));
  const className = ({ isNumber, isForWideScreens }: Column<Row>): string =>
    `${isNumber ? styles.number : ""} ${isForWideScreens ? styles.wideOnly : ""}`;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className={styles.scroll} aria-label={caption} tabIndex={0}>
        <table className={styles.table}>
          <caption className="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.key} scope="col" className={className(column)} aria-sort={ariaSort(column, sorting)}>
                  {column.sortBy === undefined ? (
                    column.title
                  ) : (
                    <button type="button" className={styles.sort} onClick={() => sort(column.key, column.isNumber === true)}>
                      {column.title}
                      <span aria-hidden="true">{sorting?.key === column.key ? (sorting.isDescending ? " ↓" : " ↑") : ""}</span>
                    </button>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={rowKey(row)}>
                {columns.map((column) => (
                  <td key={column.key} className={className(column)}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
          {total !== undefined && (
            <tfoot>
              <tr>
                {columns.map((column) => (
                  <td key={column.key} className={className(column)}>
                    {column.cell(total)}
                  </td>
                ))}
              </tr>
            </tfoot>
          )}
        </table>
      </section>
      {shown.length < sorted.length && (
        <button type="button" className={styles.more} onClick={() => setWhole(true)}>
          Show all {sorted.length} rows
        </button>
      )}
    </>
  );
}

function ariaSort<Row>({ key, sortBy }: Column<Row>, sorting: Sorting | undefined): "ascending" | "descending" | "none" | undefined {
  if (sortBy === undefined) return undefined;
  if (sorting?.key !== key) return "none";
  return sorting.isDescending ? "descending" : "ascending";
}

function sortedRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sorting: Sorting | undefined): readonly Row[] {
  const sortBy = columns.find(({ key }) => key === sorting?.key)?.sortBy;
  if (sorting === undefined || sortBy === undefined) return rows;
  const sign = sorting.isDescending ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [sortBy(one), sortBy(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return a < b ? -sign : a > b ? sign : 0;
  });
}
