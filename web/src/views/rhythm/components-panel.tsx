/** Three charts over each other with one cursor: trend + oscillation + noise is what was spent, to the last digit. */
import { useMemo } from "react";
import { useNavigate } from "react-router";
import type { AnalysisDocument } from "tokenledger/insights";
import { TimeChart } from "../../charts/time-chart.tsx";
import { localDayOf } from "../../format/instants.ts";
import { Panel } from "../../parts/panel.tsx";
import type { Question } from "../../question/use-question.ts";
import { amountText, chartFormat } from "./amounts.ts";
import { type ComponentFigures, componentFigures } from "./component-figures.ts";
import styles from "./rhythm.module.css";
import type { SeriesChoice } from "./series-choice.ts";
import { marksOf, whyLink } from "./stand-outs.ts";

const TITLES: Readonly<Record<ComponentFigures["name"], { title: string; note: string }>> = {
  spending: { title: "What was spent", note: "and the trend through it" },
  oscillation: { title: "Oscillation", note: "what comes again and again" },
  noise: { title: "Noise", note: "the rest" },
};

const HEIGHTS: Readonly<Record<ComponentFigures["name"], number>> = { spending: 250, oscillation: 150, noise: 150 };

export function ComponentsPanel({ document, choice, question }: { document: AnalysisDocument; choice: SeriesChoice; question: Question }) {
  const { buckets, bucket, unit, range } = document;
  const { series } = choice;
  const navigate = useNavigate();
  const isWhole = question.word("heights") === "whole";
  const times = useMemo(() => buckets.map((start) => Date.parse(start)), [buckets]);
  const charts = useMemo(() => componentFigures(series.components, { isCut: !isWhole, isPriced: unit === "usd" }), [series, isWhole, unit]);
  const marks = useMemo(() => marksOf(series, { unit, bucket, timeZone: range.tz }), [series, unit, bucket, range.tz]);
  const format = useMemo(() => chartFormat(unit), [unit]);
  const isCut = charts.some(({ cut }) => cut !== undefined);
  const zoom = (startMs: number, endMs: number): void =>
    question.change({ period: undefined, start: localDayOf(startMs, range.tz), end: localDayOf(endMs - 1, range.tz) });
  return (
    <Panel
      title="Trend, oscillation, noise"
      note={`The three add up to what was spent in every ${bucket}, to the last digit. What stands out is marked; a mark leads to why.`}
      actions={
        (isCut || isWhole) && (
          <label className={styles.switch}>
            <input
              type="checkbox"
              checked={isWhole}
              onChange={({ target }) => question.change({ heights: target.checked ? "whole" : undefined })}
            />
            whole heights
          </label>
        )
      }
    >
      {charts.map(({ name, series: lines, cut }) => (
        <div key={name} className={styles.chart}>
          <h3>
            {name === "spending" && unit === "tokens" ? "Tokens used" : TITLES[name].title} <span>{TITLES[name].note}</span>
          </h3>
          <TimeChart
            label={`${TITLES[name].title}, ${TITLES[name].note}, by ${bucket}`}
            times={times}
            bucket={bucket}
            timeZone={range.tz}
            series={lines}
            {...(name === "spending" && {
              marks,
              onSelectMark: ({ timeMs }) => navigate(whyLink(question, choice, document.by, timeMs, range.tz)),
            })}
            formatValue={format.value}
            formatTick={format.tick}
            height={HEIGHTS[name]}
            syncKey="rhythm"
            onSelectRange={zoom}
            hideLegend={name !== "spending"}
          />
          {cut !== undefined && (
            <p className={styles.told}>
              Drawn up to {format.tick(cut.at)}: {cut.values === 1 ? `one ${bucket} goes` : `${cut.values} ${bucket}s go`} farther, up to{" "}
              {amountText(cut.farthest, unit)}.
            </p>
          )}
        </div>
      ))}
    </Panel>
  );
}
