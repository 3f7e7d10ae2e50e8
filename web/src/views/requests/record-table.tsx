/** Records as rows; each leads to itself. */
import { Link } from "react-router";
import type { UsageRecordDocument } from "../../api/documents.ts";
import { duration } from "../../format/amounts.ts";
import { instantText } from "../../format/instants.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Count, Money } from "../../parts/figures.tsx";
import { useBook } from "../../question/book.tsx";
import styles from "./requests.module.css";

type Row = UsageRecordDocument;

export function RecordTable({
  caption,
  records,
  linkTo,
  selectedId,
}: {
  caption: string;
  records: readonly Row[];
  linkTo: (record: Row) => string;
  selectedId: string | undefined;
}) {
  const { timeZone } = useBook();
  const name = (
    key: "provider" | "team" | "user" | "project" | "source" | "status",
    title: string,
    isForWideScreens = true,
  ): Column<Row> => ({
    key,
    title,
    isForWideScreens,
    cell: (record) => <bdi className={styles.name}>{record[key] ?? ""}</bdi>,
  });
  const columns: Column<Row>[] = [
    {
      key: "time",
      title: `Time (${timeZone})`,
      cell: (record) => (
        <Link className={styles.time} to={linkTo(record)} aria-current={record.id === selectedId || undefined}>
          <time dateTime={record.timestamp}>{instantText(record.timestamp, timeZone)}</time>
        </Link>
      ),
    },
    { key: "model", title: "Model", cell: ({ model }) => <bdi className={`${styles.name} ${styles.model}`}>{model}</bdi> },
    name("provider", "Provider"),
    name("team", "Team"),
    name("user", "User"),
    name("project", "Project"),
    { key: "cost", title: "Cost", isNumber: true, cell: ({ cost_usd: cost }) => <Money usd={cost} /> },
    {
      key: "tokens",
      title: "Tokens",
      isNumber: true,
      cell: ({ input_tokens: input, output_tokens: output }) => <Count value={input + output} />,
    },
    {
      key: "latency",
      title: "Took",
      isNumber: true,
      isForWideScreens: true,
      cell: ({ latency_ms: ms }) => typeof ms === "number" && <data value={ms}>{duration(ms)}</data>,
    },
    name("status", "Status"),
    name("source", "Source"),
  ];
  return <DataTable caption={caption} columns={columns} rows={records} rowKey={({ id }) => id} />;
}
