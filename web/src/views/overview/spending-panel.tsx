/** What was spent over the period, with the days that stand out marked: a mark leads to its cause. */
import { useMemo } from "react";
import { Link, useNavigate } from "react-router";
import { type useAnalysis, useCosts } from "../../api/answers.ts";
import { daysOfSpan, usualBucket } from "../../charts/bucket-grid.ts";
import type { FormatValue } from "../../charts/series.ts";
import { TimeChart } from "../../charts/time-chart.tsx";
import { dollars, dollarsShort } from "../../format/amounts.ts";
import { localDayOf } from "../../format/instants.ts";
import { Money } from "../../parts/figures.tsx";
import { Answer, Panel, Waiting } from "../../parts/panel.tsx";
import { useBook } from "../../question/book.tsx";
import type { Question } from "../../question/use-question.ts";
import styles from "./overview.module.css";
import { type Anomaly, anomaliesWithin, changesForAnomaly, dayOfAnomaly, marksOf, spendingDays } from "./spending-days.ts";

const inDollars: FormatValue = (value, exact) => (exact === undefined ? dollarsShort(value) : dollars(exact));

export function SpendingPanel({
  question,
  parameters,
  analysis,
}: {
  question: Question;
  parameters: Question["parameters"];
  analysis: ReturnType<typeof useAnalysis>;
}) {
  const { timeZone, nowMs } = useBook();
  const navigate = useNavigate();
  const bucket = usualBucket(question.dayCount);
  const costs = useCosts({ ...parameters, group_by: bucket, limit: 10_000 });
  const isOther = costs.data !== undefined && costs.data.group_by[0] !== bucket;
  const shown = isOther ? undefined : costs.data;
  const chart = useMemo(
    () => shown && spendingDays(shown, analysis.data, { bucket, timeZone, nowMs: nowMs() }),
    [shown, analysis.data, bucket, timeZone, nowMs],
  );
  const { filters } = question;
  const { start, end } = question.days;
  const anomalies = useMemo(
    () => (analysis.data ? anomaliesWithin(analysis.data, { start, end }, timeZone, Object.keys(filters)) : []),
    [analysis.data, start, end, timeZone, filters],
  );
  const marks = useMemo(() => (bucket === "hour" ? [] : marksOf(anomalies)), [anomalies, bucket]);
  return (
    <Panel
      title={`Spent per ${bucket}`}
      note="Dashed: the trend. A marked day cost far more than such days do; select it to see whose calls it was."
    >
      <Answer answer={{ ...costs, data: chart && shown }} waiting={<Waiting lines={9} />}>
        {() =>
          chart && (
            <TimeChart
              label={`Spent per ${bucket}`}
              times={chart.times}
              bucket={bucket}
              timeZone={timeZone}
              series={chart.series}
              marks={marks}
              formatValue={inDollars}
              formatTick={dollarsShort}
              height={280}
              onSelectMark={({ id }) => {
                const anomaly = anomalies.find((one) => one.start === id);
                if (anomaly !== undefined) void navigate(question.link("/explore", changesForAnomaly(anomaly, timeZone)));
              }}
              onSelectRange={(startMs, endMs) => question.change({ period: undefined, ...daysOfSpan(startMs, endMs, timeZone) })}
            />
          )
        }
      </Answer>
      <Anomalies question={question} anomalies={anomalies} timeZone={timeZone} />
    </Panel>
  );
}

const MOST_TOLD = 3;

function Anomalies({ question, anomalies, timeZone }: { question: Question; anomalies: readonly Anomaly[]; timeZone: string }) {
  if (anomalies.length === 0) return null;
  return (
    <ul className={styles.anomalies} aria-label="Days that stand out">
      {anomalies.slice(0, MOST_TOLD).map((anomaly) => {
        const [cause] = anomaly.causes;
        const day = localDayOf(Date.parse(anomaly.start), timeZone);
        return (
          <li key={anomaly.start}>
            <strong>{dayOfAnomaly(anomaly, timeZone)}</strong>: <Money usd={String(anomaly.value)} /> where{" "}
            <Money usd={String(anomaly.expected)} /> is usual
            {cause !== undefined && (
              <>
                : mostly {cause.dimension} {cause.name === null ? "none" : <bdi>{cause.name}</bdi>}, <Money usd={String(cause.impact)} />{" "}
                above its usual
              </>
            )}
            . <Link to={question.link("/explore", changesForAnomaly(anomaly, timeZone))}>Its calls</Link>{" "}
            <Link to={question.link("/why", { period: undefined, start: undefined, end: undefined, to: day })}>Why</Link>
          </li>
        );
      })}
    </ul>
  );
}
