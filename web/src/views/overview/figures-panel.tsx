/** What was spent lately, against before, and where the month will end: the ten seconds' answer. */
import { Link } from "react-router";
import type { SummaryDocument } from "tokenledger/insights";
import type { useForecast } from "../../api/answers.ts";
import { changeShare } from "../../format/amounts.ts";
import { Change, Count, Figure, Money } from "../../parts/figures.tsx";
import type { Question } from "../../question/use-question.ts";
import styles from "./overview.module.css";

type SummaryPeriod = SummaryDocument["periods"][number];

const BEFORE: Readonly<Record<SummaryPeriod["name"], string>> = {
  today: "against yesterday",
  "last 7 days": "against the 7 days before",
  "this month": "against the same days of last month",
};
const LABELS: Readonly<Record<SummaryPeriod["name"], string>> = {
  today: "Today",
  "last 7 days": "Last 7 days",
  "this month": "This month",
};

export function FiguresPanel({
  periods,
  forecast,
  question,
}: {
  periods: readonly SummaryPeriod[];
  forecast: ReturnType<typeof useForecast>;
  question: Question;
}) {
  const total = forecast.data?.period.total_usd;
  return (
    <section className={styles.figures} aria-label="Spending now">
      {periods.map((period) => (
        <PeriodFigure key={period.name} period={period} question={question} />
      ))}
      <Figure
        label="Month's end, about"
        note={
          total && (
            <>
              8 of 10 courses: <Money usd={total.p10} /> to <Money usd={total.p90} />
            </>
          )
        }
      >
        {forecast.data === undefined ? (
          <span className={styles.quiet}>{forecast.error === null ? "…" : "unknown"}</span>
        ) : total ? (
          <Money usd={total.p50} />
        ) : (
          <span className={styles.quiet}>unknown</span>
        )}
      </Figure>
    </section>
  );
}

function PeriodFigure({ period: { name, totals, before }, question }: { period: SummaryPeriod; question: Question }) {
  return (
    <Figure
      label={LABELS[name]}
      note={
        <>
          <Change share={changeShare(totals.cost_usd, before.totals.cost_usd)} than={BEFORE[name]} />
          <br />
          <Count value={totals.requests} /> {totals.requests === 1 ? "request" : "requests"}
          {totals.unpriced_requests > 0 && (
            <>
              , <Count value={totals.unpriced_requests} /> of them <Link to={question.link("/prices")}>unpriced</Link>, in no sum here
            </>
          )}
        </>
      }
    >
      <Money usd={totals.cost_usd} />
    </Figure>
  );
}
