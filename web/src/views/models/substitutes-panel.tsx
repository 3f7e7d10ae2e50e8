/** What is used in another's place. */
import type { AnalysisDocument } from "tokenledger/insights";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import styles from "./models.module.css";
import { pairColumns } from "./pair-columns.tsx";
import { signedNumber } from "./pair-words.ts";

type Substitute = AnalysisDocument["substitutes"][number];

export function SubstitutesPanel({ document: { substitutes, by } }: { document: AnalysisDocument }) {
  const columns: Column<Substitute>[] = [
    ...pairColumns(by),
    {
      key: "score",
      title: "r beyond the calendar",
      isNumber: true,
      cell: ({ score }) => <data value={-score}>{signedNumber(-score)}</data>,
      sortBy: ({ score }) => score,
    },
  ];
  return (
    <Panel title="Substitutes" note={`When the one rises, the other falls, beyond chance: one ${by} may stand in for the other.`}>
      {substitutes.length === 0 ? (
        <p className={styles.quiet}>No {by} stands in for another.</p>
      ) : (
        <DataTable caption="Substitutes" columns={columns} rows={substitutes} rowKey={({ a, b }) => JSON.stringify([a, b])} />
      )}
    </Panel>
  );
}
