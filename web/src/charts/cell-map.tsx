/** The table under heat maps and matrices. One cell is in the order of focus; arrow keys go to the others. */
import { type KeyboardEvent, type ReactNode, useRef, useState } from "react";
import styles from "./cell-map.module.css";
import { type FormatValue, textOf } from "./series.ts";
import { Value } from "./value.tsx";

export interface CellMapProps {
  label: string;
  /** What the rows are, as "Weekday". */
  rowHeading: string;
  rows: readonly string[];
  columns: readonly string[];
  /** Row by row; null is unknown. */
  values: readonly (readonly (number | null)[])[];
  exact?: readonly (readonly (string | null)[])[] | undefined;
  formatValue: FormatValue;
  /** A cell's place in words; without it, its row and column. */
  describe?: ((row: number, column: number) => string) | undefined;
  onSelect?: ((row: number, column: number) => void) | undefined;
  stepOf: (value: number | null) => number | null;
  legend: { low: string; high: string; steps: readonly number[] };
  scale: "sequential" | "diverging";
}

export function CellMap(properties: CellMapProps): ReactNode {
  const { label, rowHeading, rows, columns, values, exact, formatValue, onSelect, stepOf, legend, scale } = properties;
  const describe = properties.describe ?? ((row: number, column: number) => `${rows[row]}, ${columns[column]}`);
  const [place, setPlace] = useState<[row: number, column: number]>([0, 0]);
  const [isRead, setRead] = useState(false);
  const [withNumbers, setWithNumbers] = useState(false);
  const table = useRef<HTMLTableElement>(null);
  const [row, column] = [Math.min(place[0], rows.length - 1), Math.min(place[1], columns.length - 1)];
  const value = values[row]?.[column] ?? null;
  // Names of columns that would collide are shown at every third place; all are there for screen readers.
  const everyColumn = columns.length > 12 && columns.every((name) => name.length <= 5) ? 3 : 1;
  const pressed = (event: KeyboardEvent) => {
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      Home: [row, 0],
      End: [row, columns.length - 1],
    };
    const next = moves[event.key];
    if (next) {
      event.preventDefault();
      const target: [number, number] = [
        Math.max(0, Math.min(rows.length - 1, next[0])),
        Math.max(0, Math.min(columns.length - 1, next[1])),
      ];
      setPlace(target);
      table.current?.querySelector<HTMLElement>(`[data-place="${target[0]} ${target[1]}"]`)?.focus();
    } else if (onSelect && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      onSelect(row, column);
    }
  };
  return (
    <figure className={styles.map} data-scale={scale} data-numbers={withNumbers} data-dense={columns.length > 12}>
      <figcaption className="visually-hidden">{label}</figcaption>
      <div className={styles.scroll}>
        <table
          ref={table}
          aria-label={label}
          className={styles.cells}
          style={columns.length > 12 ? undefined : { minWidth: `calc(6rem + ${columns.length * (scale === "diverging" ? 44 : 58)}px)` }}
          onKeyDown={pressed}
          onPointerLeave={() => setRead(false)}
        >
          <thead>
            <tr>
              <th scope="col" className={styles.corner}>
                <span className="visually-hidden">{rowHeading}</span>
              </th>
              {columns.map((name, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place; two may bear the same name.
                <th scope="col" key={at} className={styles.columnName} title={name}>
                  <span className={at % everyColumn === 0 || withNumbers ? undefined : "visually-hidden"}>{name}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((name, rowAt) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place.
              <tr key={rowAt}>
                <th scope="row" className={styles.rowName} title={name}>
                  {name}
                </th>
                {columns.map((_name, columnAt) => {
                  const step = stepOf(values[rowAt]?.[columnAt] ?? null);
                  return (
                    // biome-ignore lint/a11y/useKeyWithClickEvents: the table hears the keys for its cells.
                    <td
                      // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place.
                      key={columnAt}
                      className={styles.cell}
                      data-step={step ?? "unknown"}
                      data-place={`${rowAt} ${columnAt}`}
                      data-selectable={onSelect !== undefined}
                      tabIndex={rowAt === row && columnAt === column ? 0 : -1}
                      onFocus={() => {
                        setPlace([rowAt, columnAt]);
                        setRead(true);
                      }}
                      onPointerEnter={() => {
                        setPlace([rowAt, columnAt]);
                        setRead(true);
                      }}
                      onClick={() => onSelect?.(rowAt, columnAt)}
                    >
                      <span className={styles.text}>
                        <Value value={values[rowAt]?.[columnAt]} exact={exact?.[rowAt]?.[columnAt]} format={formatValue} />
                      </span>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className={styles.foot}>
        <p className={styles.reading}>
          {isRead && value !== undefined ? (
            <>
              {describe(row, column)}: <strong>{textOf(value, exact?.[row]?.[column], formatValue)}</strong>
            </>
          ) : (
            <span className={styles.muted}>Point at a cell to read it.</span>
          )}
        </p>
        <div className={styles.legend} aria-hidden="true">
          <span>{legend.low}</span>
          {legend.steps.map((step) => (
            <span key={step} className={styles.key} data-step={step} />
          ))}
          <span>{legend.high}</span>
          <span className={styles.key} data-step="unknown" />
          <span>unknown</span>
        </div>
        <button type="button" className={styles.toggle} aria-pressed={withNumbers} onClick={() => setWithNumbers(!withNumbers)}>
          Show as table
        </button>
      </div>
    </figure>
  );
}
