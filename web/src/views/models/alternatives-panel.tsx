/** What the same tokens would have cost at another model's prices. */
import { Link } from "react-router";
import type { AnalysisDocument } from "tokenledger/insights";
import { parseUsd } from "../../../../src/money.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Count, Money, Share } from "../../parts/figures.tsx";
import { Panel } from "../../parts/panel.tsx";
import type { Question } from "../../question/use-question.ts";
import styles from "./models.module.css";

type Alternative = AnalysisDocument["alternatives"][number];

export function AlternativesPanel({ document: { alternatives }, question }: { document: AnalysisDocument; question: Question }) {
  const money = (key: string, title: string, usd: (row: Alternative) => string): Column<Alternative> => ({
    key,
    title,
    isNumber: true,
    cell: (row) => <Money usd={usd(row)} />,
    sortBy: (row) => parseUsd(usd(row)),
  });
  const columns: Column<Alternative>[] = [
    { key: "model", title: "Model", cell: ({ model }) => <bdi className={styles.text}>{model}</bdi> },
    { key: "alternative", title: "As", cell: ({ alternative }) => <bdi className={styles.text}>{alternative}</bdi> },
    { key: "requests", title: "Requests", isNumber: true, cell: ({ requests }) => <Count value={requests} />, isForWideScreens: true },
    { ...money("cost", "Cost", ({ cost_usd: usd }) => usd), isForWideScreens: true },
    { ...money("alternative-cost", "Would have cost", ({ alternative_cost_usd: usd }) => usd), isForWideScreens: true },
    money("saving", "Less", ({ saving_usd: usd }) => usd),
    {
      key: "percent",
      title: "Part",
      isNumber: true,
      cell: ({ saving_percent: percent }) => <Share share={percent / 100} />,
      sortBy: ({ saving_percent: percent }) => percent,
    },
  ];
  return (
    <Panel
      title="Other prices"
      note="What the same tokens would have cost at another model's prices. Whether that does the work, tokens can't show."
    >
      {alternatives.length === 0 ? (
        <p className={styles.quiet}>No cheaper model of the same provider is known for what was used.</p>
      ) : (
        <DataTable
          caption="Other prices"
          columns={columns}
          rows={alternatives}
          rowKey={({ model, alternative }) => `${model}\n${alternative}`}
        />
      )}
      <p className={styles.told}>
        <Link to={question.link("/savings")}>Savings</Link> tell what a change would have saved, with its interval.
      </p>
    </Panel>
  );
}
