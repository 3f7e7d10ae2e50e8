/** Each name's own phase and rhythm; a name chosen here is taken apart above. */
import type { AnalysisDocument } from "tokenledger/insights";
import { sentenceCase } from "../../format/sentence-case.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Count, Money, Share } from "../../parts/figures.tsx";
import { Panel } from "../../parts/panel.tsx";
import type { Question } from "../../question/use-question.ts";
import { unitsOf } from "./amounts.ts";
import styles from "./rhythm.module.css";
import { pText } from "./rhythm-words.ts";
import { choiceWords, type SeriesChoice } from "./series-choice.ts";

export function NamesPanel({
  document: { by },
  choices,
  choice,
  question,
}: {
  document: AnalysisDocument;
  choices: readonly SeriesChoice[];
  choice: SeriesChoice;
  question: Question;
}) {
  return (
    <Panel title={`Each ${by}`} note={`What was found of each ${by} by itself. A name opens its own series.`}>
      <DataTable
        caption={`Each ${by}`}
        columns={columnsOf(by, choice.value, (value) => question.change(choiceWords(value)))}
        rows={choices}
        rowKey={({ value }) => value}
        most={30}
      />
    </Panel>
  );
}

function columnsOf(by: string, picked: string, pick: (value: string) => void): Column<SeriesChoice>[] {
  return [
    {
      key: "name",
      title: sentenceCase(by),
      cell: ({ value, label }) => (
        <button
          type="button"
          className={`${styles.text} ${styles.pick} ${value === picked ? styles.picked : ""}`}
          aria-pressed={value === picked}
          onClick={() => pick(value)}
        >
          <bdi>{label}</bdi>
        </button>
      ),
    },
    {
      key: "cost",
      title: "Cost",
      isNumber: true,
      cell: ({ series }) => <Money usd={series.cost_usd} />,
      sortBy: ({ series }) => (series.cost_usd === null ? null : unitsOf(series.cost_usd, "usd")),
    },
    { key: "share", title: "Share", isNumber: true, cell: ({ series }) => <Share share={series.share} />, isForWideScreens: true },
    {
      key: "requests",
      title: "Requests",
      isNumber: true,
      cell: ({ series }) => <Count value={series.requests} />,
      sortBy: ({ series }) => series.requests,
      isForWideScreens: true,
    },
    {
      key: "phase",
      title: "Phase",
      cell: ({ series }) => (
        <span className={styles.text}>
          <Phase series={series} />
        </span>
      ),
    },
    { key: "rhythm", title: "Rhythm", cell: ({ series }) => <span className={styles.text}>{rhythmText(series)}</span> },
  ];
}

function Phase({ series: { phase, insufficient } }: Pick<SeriesChoice, "series">) {
  if (insufficient !== null) return <span className={styles.quiet}>{insufficient}</span>;
  if (phase.direction === "unknown") return <span className={styles.quiet}>not tested</span>;
  const perWeek = phase.direction === "steady" ? null : phase.percent_per_week;
  const sign = perWeek !== null && perWeek > 0 ? "+" : "−";
  return (
    <span title={phase.p === null ? undefined : pText(phase.p)}>
      {phase.direction}
      {perWeek !== null && (
        <>
          {" "}
          <data value={perWeek}>
            {sign}
            {Math.abs(perWeek).toFixed(1)} %
          </data>{" "}
          a week
        </>
      )}
      {phase.volatile && ", volatile"}
    </span>
  );
}

function rhythmText({ rhythms, insufficient }: SeriesChoice["series"]): string {
  const found = rhythms.filter((rhythm) => rhythm.found);
  if (found.length > 0) return found.map(({ name, peak }) => (peak === null ? name : `${name} (${peak})`)).join(", ");
  return insufficient === null && rhythms.length > 0 ? "none found" : "–";
}
