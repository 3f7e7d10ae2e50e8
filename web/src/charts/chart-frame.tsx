/** What every chart has around it: its name, and its figures as a table one click away. */
import { type ReactNode, useState } from "react";
import styles from "./chart-frame.module.css";

export interface ChartFrameProps {
  label: string;
  children: ReactNode;
  /** Made only when it is asked for: a year of hours is a long table. */
  table: () => ReactNode;
}

export function ChartFrame({ label, children, table }: ChartFrameProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <figure className={styles.frame}>
      <figcaption className="visually-hidden">{label}</figcaption>
      {children}
      <details className={styles.details} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className={styles.summary}>Show as table</summary>
        {isOpen && table()}
      </details>
    </figure>
  );
}

export interface FigureTableProps {
  label: string;
  /** What the first column holds, then the names of the others. */
  headings: readonly string[];
  rowCount: number;
  rowHeading: (row: number) => string;
  cell: (row: number, column: number) => ReactNode;
}

/** How many rows are shown before more are asked for. */
const ROWS_AT_ONCE = 400;

export function FigureTable({ label, headings, rowCount, rowHeading, cell }: FigureTableProps): ReactNode {
  const [shown, setShown] = useState(ROWS_AT_ONCE);
  const [first, ...others] = headings;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard.
    <section className={styles.scroll} aria-label={`${label}, as a table`} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{first}</th>
            {others.map((heading, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other identity, two may bear the same name.
              <th scope="col" key={column} className={styles.number}>
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: Math.min(shown, rowCount) }, (_, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows are places in the series.
            <tr key={row}>
              <th scope="row">{rowHeading(row)}</th>
              {others.map((_heading, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: as above.
                <td key={column} className={styles.number}>
                  {cell(row, column)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {shown < rowCount && (
        <button type="button" className={styles.more} onClick={() => setShown(shown + ROWS_AT_ONCE)}>
          Show more rows ({rowCount - shown} left)
        </button>
      )}
    </section>
  );
}
