/** What the tests say of the chosen series, in sentences. */

import { Link } from "react-router";
import type { AnalysisDocument } from "tokenledger/insights";
import { Count } from "../../parts/figures.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Sentences } from "../../parts/view.tsx";
import styles from "./rhythm.module.css";
import { phaseSentence } from "./rhythm-words.ts";
import { type SeriesChoice, TOTAL } from "./series-choice.ts";

/** The others are told where they belong: budgets, and what moves together. */
const KINDS: ReadonlySet<AnalysisDocument["findings"][number]["kind"]> = new Set(["phase", "rhythm", "anomaly", "change-point"]);

export function FindingsPanel({ document, choice }: { document: AnalysisDocument; choice: SeriesChoice }) {
  const { findings, totals, bucket, unit, warnings } = document;
  const isTotal = choice.value === TOTAL;
  const subject = isTotal ? (unit === "usd" ? "Spending" : "Use of tokens") : choice.label;
  const phase = phaseSentence(choice.series, subject, bucket);
  const sentences = isTotal
    ? findings.filter(({ kind, sentence }) => KINDS.has(kind) && sentence !== phase).map(({ sentence }) => sentence)
    : [];
  return (
    <Panel title={isTotal ? "What it says" : <bdi>{choice.label}</bdi>}>
      <p className={styles.phase}>
        <bdi>{phase}</bdi>
      </p>
      {sentences.length > 0 && <Sentences sentences={[...new Set(sentences)]} />}
      {totals.unpriced_requests > 0 && (
        <p className={styles.told}>
          <Count value={totals.unpriced_requests} /> {totals.unpriced_requests === 1 ? "request is" : "requests are"} unpriced, and in no
          sum here. <Link to="/prices">Prices</Link> tell which models have one.
        </p>
      )}
      {warnings
        .filter((warning) => totals.unpriced_requests === 0 || !warning.includes("without a known price"))
        .map((warning) => (
          <p key={warning} className={styles.told}>
            {warning}
          </p>
        ))}
    </Panel>
  );
}
