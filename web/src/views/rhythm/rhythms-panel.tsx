/** The rhythms that were looked for, found or not, with their tests. */
import type { AnalysisDocument, SeriesDocument } from "tokenledger/insights";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Share } from "../../parts/figures.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Badge } from "../../parts/zone-badge.tsx";
import { Amount } from "./amount.tsx";
import type { Unit } from "./amounts.ts";
import styles from "./rhythm.module.css";
import { pText, rhythmSentence } from "./rhythm-words.ts";
import type { SeriesChoice } from "./series-choice.ts";

type Rhythm = SeriesDocument["rhythms"][number];

export function RhythmsPanel({ document: { unit }, choice }: { document: AnalysisDocument; choice: SeriesChoice }) {
  const { rhythms, insufficient } = choice.series;
  return (
    <Panel
      title="Rhythms"
      note="What was looked for, found or not. p is how often chance alone would make as much; below 0.05, all tests of the series taken together, counts as found."
    >
      {rhythms.length === 0 ? (
        <p className={styles.quiet}>
          {insufficient === null ? "These days are too few to look for a rhythm." : `Not tested: ${insufficient}.`}
        </p>
      ) : (
        <>
          <DataTable caption="Rhythms" columns={columnsOf(unit)} rows={rhythms} rowKey={({ period_seconds: seconds }) => String(seconds)} />
          <ul className={styles.told}>
            {rhythms.map((rhythm) => (
              <li key={rhythm.period_seconds}>
                {rhythm.name}: {rhythmSentence(rhythm, unit)}
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

function columnsOf(unit: Unit): Column<Rhythm>[] {
  return [
    { key: "name", title: "Rhythm", cell: ({ name }) => name },
    { key: "found", title: "Found", cell: ({ found }) => <Badge tone={found ? "accent" : "plain"}>{found ? "yes" : "no"}</Badge> },
    { key: "p", title: "Test", isNumber: true, cell: ({ p }) => <data value={p}>{pText(p)}</data> },
    { key: "strength", title: "Strength", isNumber: true, cell: ({ strength }) => <Share share={strength} /> },
    { key: "peak", title: "Peak", cell: ({ peak }) => peak ?? "–" },
    { key: "excess", title: "More at the peak", isNumber: true, cell: ({ peak_excess: excess }) => <Amount amount={excess} unit={unit} /> },
  ];
}
