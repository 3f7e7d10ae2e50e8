/** Pairs that might be used together, and are not. */
import type { AnalysisDocument } from "tokenledger/insights";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import styles from "./models.module.css";
import { pairColumns } from "./pair-columns.tsx";

type Hole = AnalysisDocument["structural_holes"][number];

export function HolesPanel({ document: { structural_holes: holes, by } }: { document: AnalysisDocument }) {
  const columns: Column<Hole>[] = [
    ...pairColumns(by),
    {
      key: "score",
      title: "Score",
      isNumber: true,
      isForWideScreens: true,
      cell: ({ score }) => <data value={score}>{score.toFixed(2)}</data>,
      sortBy: ({ score }) => score,
    },
    { key: "evidence", title: "Evidence", cell: ({ evidence }) => <bdi className={styles.evidence}>{evidence}</bdi> },
  ];
  return (
    <Panel
      title="Structural holes"
      note={`Two ${by}s that are used at the same time far less often than chance would have it. Whether they should be, counts can't tell.`}
    >
      {holes.length === 0 ? (
        <p className={styles.quiet}>None was found.</p>
      ) : (
        <DataTable caption="Structural holes" columns={columns} rows={holes} rowKey={({ a, b }) => JSON.stringify([a, b])} />
      )}
    </Panel>
  );
}
