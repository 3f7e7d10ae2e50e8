import type { Column } from "../../parts/data-table.tsx";
import { NameText } from "../../parts/name-text.tsx";
import styles from "./models.module.css";

/** Both sides of a pair, each a column. */
export function pairColumns<Pair extends { a: string | null; b: string | null }>(by: string): Column<Pair>[] {
  const column = (side: "a" | "b", title: string): Column<Pair> => ({
    key: side,
    title,
    cell: (pair) => (
      <span className={styles.text}>
        <NameText name={pair[side]} by={by} />
      </span>
    ),
  });
  return [column("a", `One ${by}`), column("b", "The other")];
}
