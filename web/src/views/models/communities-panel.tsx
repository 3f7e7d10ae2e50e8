/** Groups of names that are used together. */
import type { AnalysisDocument } from "tokenledger/insights";
import { parseUsd } from "../../../../src/money.ts";
import { sentenceCase } from "../../format/sentence-case.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Count, Money } from "../../parts/figures.tsx";
import { Panel } from "../../parts/panel.tsx";
import styles from "./models.module.css";
import { NameList } from "./name-list.tsx";

type Community = AnalysisDocument["communities"][number];

export function CommunitiesPanel({ document: { communities, by } }: { document: AnalysisDocument }) {
  const columns: Column<Community>[] = [
    {
      key: "names",
      title: sentenceCase(`${by}s`),
      cell: ({ names }) => (
        <span className={styles.text}>
          <NameList names={names} by={by} />
        </span>
      ),
    },
    {
      key: "cost",
      title: "Cost",
      isNumber: true,
      cell: ({ cost_usd: usd }) => <Money usd={usd} />,
      sortBy: ({ cost_usd: usd }) => (usd === null ? null : parseUsd(usd)),
    },
    {
      key: "tokens",
      title: "Tokens",
      isNumber: true,
      cell: ({ total_tokens: tokens }) => <Count value={tokens} isShort />,
      sortBy: ({ total_tokens: tokens }) => tokens,
    },
    {
      key: "requests",
      title: "Requests",
      isNumber: true,
      cell: ({ requests }) => <Count value={requests} />,
      sortBy: ({ requests }) => requests,
    },
  ];
  return (
    <Panel title="Communities" note={`${sentenceCase(by)}s that are linked with each other more than with the rest.`}>
      {communities.length === 0 ? (
        <p className={styles.quiet}>No {by}s go together as a group.</p>
      ) : (
        <DataTable caption="Communities" columns={columns} rows={communities} rowKey={({ names }) => JSON.stringify(names)} />
      )}
    </Panel>
  );
}
