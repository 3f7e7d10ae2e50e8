/** Who has which share of a whole: names, bars and figures in a table. */
import type { ReactNode } from "react";
import { percent } from "../format/amounts.ts";
import type { FormatValue, SeriesColour } from "./series.ts";
import styles from "./share-bars.module.css";
import { Value } from "./value.tsx";

export interface ShareBarsRow {
  id: string;
  name: string;
  value: number | null;
  exact?: string | undefined;
  /** Of the whole, 0 … 1; null where it is unknown. */
  share: number | null;
  colour?: SeriesColour | undefined;
  note?: string | undefined;
}

export interface ShareBarsProps {
  label: string;
  nameHeading: string;
  valueHeading: string;
  rows: readonly ShareBarsRow[];
  formatValue: FormatValue;
  /** As a link to the rows of that name. */
  renderName?: ((row: ShareBarsRow) => ReactNode) | undefined;
}

export function ShareBars({ label, nameHeading, valueHeading, rows, formatValue, renderName }: ShareBarsProps): ReactNode {
  const longest = Math.max(0, ...rows.map(({ share }) => share ?? 0)) || 1;
  return (
    <table className={styles.shares}>
      <caption className="visually-hidden">{label}</caption>
      <colgroup>
        <col />
        <col className={styles.valueColumn} />
        <col className={styles.shareColumn} />
      </colgroup>
      <thead className="visually-hidden">
        <tr>
          <th scope="col">{nameHeading}</th>
          <th scope="col">{valueHeading}</th>
          <th scope="col">Share</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <th scope="row" className={styles.name}>
              <span className={styles.nameText}>{renderName ? renderName(row) : row.name}</span>
              {row.note && <span className={styles.note}>{row.note}</span>}
              <span className={styles.track} aria-hidden="true">
                {row.share !== null && row.share > 0 && (
                  <span className={styles.bar} data-colour={row.colour ?? "accent"} style={{ width: `${(row.share / longest) * 100}%` }} />
                )}
              </span>
            </th>
            <td className={styles.value}>
              <Value value={row.value} exact={row.exact} format={formatValue} />
            </td>
            <td className={styles.share}>{row.share === null ? "–" : <data value={row.share}>{percent(row.share)}</data>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
