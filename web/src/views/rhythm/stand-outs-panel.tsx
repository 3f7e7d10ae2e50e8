/** What stands out, with whose spending it was and the way to why; and days from which on spending has another level. */
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { AnalysisDocument, SeriesDocument } from "tokenledger/insights";
import { nameText } from "../../format/names.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import type { Question } from "../../question/use-question.ts";
import { Amount } from "./amount.tsx";
import { type Unit, unitsOf } from "./amounts.ts";
import styles from "./rhythm.module.css";
import { pText } from "./rhythm-words.ts";
import { type SeriesChoice, TOTAL } from "./series-choice.ts";
import { type Clock, whenText, whyLink } from "./stand-outs.ts";

type Anomaly = SeriesDocument["anomalies"][number];
type Level = SeriesDocument["change_points"][number];

export function StandOutsPanel({ document, choice, question }: { document: AnalysisDocument; choice: SeriesChoice; question: Question }) {
  const { bucket, unit, range, by } = document;
  const { anomalies, change_points: levels, insufficient } = choice.series;
  const clock: Clock = { bucket, timeZone: range.tz };
  const linkOf = (start: string): string => whyLink(question, choice, by, Date.parse(start), range.tz);
  return (
    <Panel title="What stands out" note={`${bucket === "hour" ? "An hour" : "A day"} that cost far more than such ${bucket}s do.`}>
      {anomalies.length === 0 ? (
        <p className={styles.quiet}>{insufficient === null ? `No ${bucket} stands out.` : `Not tested: ${insufficient}.`}</p>
      ) : (
        <DataTable
          caption="What stands out"
          columns={anomalyColumns({ clock, unit, linkOf, hasCauses: choice.value === TOTAL })}
          rows={anomalies}
          rowKey={({ start }) => start}
          sorting={{ key: "impact", isDescending: true }}
          most={20}
        />
      )}
      <h3 className={styles.second}>Another level</h3>
      {levels.length === 0 ? (
        <p className={styles.quiet}>
          {insufficient === null ? "No day from which on spending stays a tenth or more higher or lower." : `Not tested: ${insufficient}.`}
        </p>
      ) : (
        <DataTable caption="Another level" columns={levelColumns({ clock, unit })} rows={levels} rowKey={({ at }) => at} />
      )}
    </Panel>
  );
}

function anomalyColumns({
  clock,
  unit,
  linkOf,
  hasCauses,
}: {
  clock: Clock;
  unit: Unit;
  linkOf: (start: string) => string;
  hasCauses: boolean;
}): Column<Anomaly>[] {
  const columns: Column<Anomaly>[] = [
    {
      key: "when",
      title: "When",
      cell: ({ start }) => <span className={styles.when}>{whenText(start, clock)}</span>,
      sortBy: ({ start }) => start,
    },
    amountColumn("value", unit === "usd" ? "Cost" : "Tokens", ({ value }) => value, unit),
    amountColumn("expected", "To be expected", ({ expected }) => expected, unit),
    amountColumn("impact", "More", ({ impact }) => impact, unit),
    {
      key: "p",
      title: "p",
      isNumber: true,
      cell: ({ p }) => <data value={p}>{pText(p)}</data>,
      sortBy: ({ p }) => p,
      isForWideScreens: true,
    },
  ];
  if (hasCauses)
    columns.push({
      key: "causes",
      title: "Mostly",
      cell: ({ causes }) => (
        <span className={styles.text}>
          <Causes causes={causes} />
        </span>
      ),
    });
  columns.push({ key: "why", title: "Cause", cell: ({ start }) => <Link to={linkOf(start)}>Why?</Link> });
  return columns;
}

const LEAST_SHARE = 0.5;

/** Of each dimension the one that made at least half of it. */
function Causes({ causes }: { causes: Anomaly["causes"] }): ReactNode {
  const strongest = causes.filter(({ share }) => share >= LEAST_SHARE);
  if (strongest.length === 0) return <span className={styles.quiet}>no single name</span>;
  return strongest.map(({ dimension, name, share }, index) => (
    <span key={`${dimension} ${name}`} title={`${dimension}: ${Math.round(share * 100)} % of it`}>
      {index > 0 && ", "}
      <bdi>{nameText(name, dimension)}</bdi>
    </span>
  ));
}

function levelColumns({ clock, unit }: { clock: Clock; unit: Unit }): Column<Level>[] {
  return [
    { key: "at", title: "Since", cell: ({ at }) => whenText(at, clock) },
    amountColumn("before", `Per ${clock.bucket} before`, ({ before }) => before, unit),
    amountColumn("after", `Per ${clock.bucket} after`, ({ after }) => after, unit),
  ];
}

function amountColumn<Row>(key: string, title: string, amount: (row: Row) => string | number, unit: Unit): Column<Row> {
  return {
    key,
    title,
    isNumber: true,
    cell: (row) => <Amount amount={amount(row)} unit={unit} />,
    sortBy: (row) => unitsOf(amount(row), unit),
  };
}
