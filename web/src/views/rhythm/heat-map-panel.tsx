/** The average week: what each hour of each weekday costs, of the whole or of the chosen series. */
import { useMemo } from "react";
import type { AnalysisDocument } from "tokenledger/insights";
import { HeatMap } from "../../charts/heat-map.tsx";
import { Panel } from "../../parts/panel.tsx";
import type { Question } from "../../question/use-question.ts";
import { Amount } from "./amount.tsx";
import { amountText, chartFormat, sumOf } from "./amounts.ts";
import { cutFigures } from "./component-figures.ts";
import styles from "./rhythm.module.css";
import type { SeriesChoice } from "./series-choice.ts";
import { cellText, WEEKDAYS, weekCells } from "./week-cells.ts";

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"));

export function HeatMapPanel({ document, choice, question }: { document: AnalysisDocument; choice: SeriesChoice; question: Question }) {
  const { buckets, bucket, unit, range } = document;
  const { values } = choice.series.components;
  const isSum = question.word("cells") === "sum";
  const isHourly = bucket === "hour";
  const cells = useMemo(() => weekCells({ buckets, values, bucket, unit }, range.tz), [buckets, values, bucket, unit, range.tz]);
  const shown = cells.map((row) => row.map(({ buckets: many, sum, mean }) => (isSum && many > 0 ? sum : mean)));
  // Of days alone there is one row, a column for each weekday.
  const laid = isHourly ? shown : [shown.map((row) => row[0] ?? null)];
  // One wild hour would leave all others the lightest shade.
  const { cut } = cutFigures(
    laid.flat().filter((amount) => amount !== null),
    true,
  );
  const highest = cut?.at ?? Number.POSITIVE_INFINITY;
  const format = chartFormat(unit);
  return (
    <Panel
      title="The average week"
      note={`${isSum ? "What all such" : "What such"} ${bucket}s cost ${isSum ? "together" : "on average"}, in ${range.tz}.`}
      actions={
        <label className={styles.switch}>
          <input
            type="checkbox"
            checked={isSum}
            onChange={({ target }) => question.change({ cells: target.checked ? "sum" : undefined })}
          />
          sums
        </label>
      }
    >
      <HeatMap
        label={isHourly ? "Hour by weekday" : "By weekday"}
        rowHeading={isHourly ? "Weekday" : ""}
        rows={isHourly ? WEEKDAYS.map((day) => day.slice(0, 3)) : [isSum ? "sum" : "mean"]}
        columns={isHourly ? HOURS : WEEKDAYS.map((day) => day.slice(0, 3))}
        values={laid.map((row) => row.map((amount) => (amount === null ? null : Math.min(highest, Number(amount)))))}
        exact={laid.map((row) => row.map((amount) => (amount === null ? null : String(amount))))}
        formatValue={format.value}
        describe={(row, column) => {
          const [weekday, hour] = isHourly ? [row, column] : [column, 0];
          const cell = cells[weekday]?.[hour];
          return cell === undefined ? "" : cellText(cell, weekday, isHourly ? hour : undefined, unit);
        }}
      />
      <p className={styles.told}>
        {cut !== undefined &&
          `The darkest shade is ${format.tick(cut.at)} and more: ${cut.values === 1 ? "one cell goes" : `${cut.values} cells go`} farther, up to ${amountText(cut.farthest, unit)}. `}
        All {bucket}s together: <Amount amount={sumOf(values, unit)} unit={unit} />. The {bucket} under way is left out.
      </p>
    </Panel>
  );
}
