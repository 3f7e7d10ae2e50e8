/** What the tests say of names together, in sentences. */
import { Link } from "react-router";
import type { AnalysisDocument } from "tokenledger/insights";
import { count } from "../../format/amounts.ts";
import { Count } from "../../parts/figures.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Sentences } from "../../parts/view.tsx";
import styles from "./models.module.css";

const KINDS: ReadonlySet<AnalysisDocument["findings"][number]["kind"]> = new Set([
  "correlation",
  "community",
  "substitute",
  "structural-hole",
  "alternative",
]);

export function FindingsPanel({ document: { findings, totals, warnings, correlation, by } }: { document: AnalysisDocument }) {
  const sentences = findings.filter(({ kind }) => KINDS.has(kind)).map(({ sentence }) => sentence);
  const linked = correlation.pairs.filter(({ edge }) => edge?.significant === true).length;
  return (
    <Panel title="What it says">
      {sentences.length > 0 && <Sentences sentences={[...new Set(sentences)]} />}
      {correlation.pairs.length > 0 && (
        <p className={styles.told}>
          {linked === 0 ? "None" : count(linked)} of {count(correlation.pairs.length)} pairs of {by}s {linked === 1 ? "is" : "are"} linked
          beyond their common trend and calendar.
        </p>
      )}
      {totals.unpriced_requests > 0 && (
        <p className={styles.told}>
          <Count value={totals.unpriced_requests} /> {totals.unpriced_requests === 1 ? "request is" : "requests are"} unpriced: tokens count
          here, the cost is in no sum. <Link to="/prices">Prices</Link> tell which models have one.
        </p>
      )}
      {warnings
        .filter((warning) => !warning.includes("without a known price"))
        .map((warning) => (
          <p key={warning} className={styles.told}>
            <bdi>{warning}</bdi>
          </p>
        ))}
    </Panel>
  );
}
