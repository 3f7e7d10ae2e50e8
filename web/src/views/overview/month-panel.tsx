/** The sum of the month so far and its cone, or a budget's, beside the amount that it is held against. */
import { useMemo } from "react";
import type { ForecastDocument } from "tokenledger/insights";
import type { useForecast } from "../../api/answers.ts";
import type { ChartLimit, FormatValue } from "../../charts/series.ts";
import { TimeChart } from "../../charts/time-chart.tsx";
import { dollars, dollarsShort, inPicture } from "../../format/amounts.ts";
import { Money } from "../../parts/figures.tsx";
import { Answer, Empty, Panel, Waiting } from "../../parts/panel.tsx";
import { useBook } from "../../question/book.tsx";
import type { Question } from "../../question/use-question.ts";
import { monthCourse } from "./month-course.ts";
import styles from "./overview.module.css";

type BudgetForecast = ForecastDocument["budgets"][number];

const inDollars: FormatValue = (value, exact) => (exact === undefined ? dollarsShort(value) : dollars(exact));

/** A budget's counters in one word, as the address holds it. */
const wordOf = ({ name, value }: Pick<BudgetForecast, "name" | "value">): string => (value === null ? name : `${name}: ${value}`);

const MOST_CHOICES = 50;

export function MonthPanel({ question, forecast }: { question: Question; forecast: ReturnType<typeof useForecast> }) {
  const chosen = question.word("course");
  const budgets = forecast.data?.budgets ?? [];
  const choices = budgets.length > 0 && (
    <select
      className={styles.select}
      aria-label="Whose course"
      value={budgets.some((one) => wordOf(one) === chosen) ? chosen : ""}
      onChange={({ target }) => question.change({ course: target.value === "" ? undefined : target.value }, { replace: true })}
    >
      <option value="">All of this month</option>
      {budgets.slice(0, MOST_CHOICES).map((budget) => (
        <option key={wordOf(budget)} value={wordOf(budget)}>
          Budget {wordOf(budget)}
        </option>
      ))}
    </select>
  );
  return (
    <Panel title="Where it will end" actions={choices}>
      <Answer answer={forecast} waiting={<Waiting lines={8} />}>
        {(document) => <Course document={document} budget={document.budgets.find((one) => wordOf(one) === chosen)} />}
      </Answer>
    </Panel>
  );
}

function Course({ document, budget }: { document: ForecastDocument; budget: BudgetForecast | undefined }) {
  const { timeZone, nowMs } = useBook();
  const told = budget ?? document.period;
  const course = useMemo(() => monthCourse(told, timeZone), [told, timeZone]);
  const amountUsd = budget?.amount_usd;
  const limits = useMemo(() => limitsOf(budget), [budget]);
  if (budget === undefined && told.total_usd === null) {
    return (
      <Empty title="There is no past spending to forecast from.">
        <Money usd={told.spent_usd} /> is spent so far. A forecast needs some days of calls.
      </Empty>
    );
  }
  return (
    <>
      <p className={styles.sentence}>
        <Money usd={told.spent_usd} /> spent
        {told.total_usd === null ? (
          "; there is no end, or too little of a past, to say a sum for it"
        ) : (
          <>
            , about <Money usd={told.total_usd.p50} /> at the end; in 8 of 10 courses between <Money usd={told.total_usd.p10} /> and{" "}
            <Money usd={told.total_usd.p90} />
          </>
        )}
        {amountUsd !== undefined && (
          <>
            ; its amount is <Money usd={amountUsd} />
          </>
        )}
        .
      </p>
      <TimeChart
        label={budget === undefined ? "Sum of this month and its forecast" : `Sum of the budget ${wordOf(budget)} and its forecast`}
        times={course.times}
        bucket={course.bucket}
        timeZone={timeZone}
        series={course.series}
        bands={course.bands}
        limits={limits}
        now={nowMs()}
        formatValue={inDollars}
        formatTick={dollarsShort}
        height={240}
      />
    </>
  );
}

/** A budget's own amount; all of the month is held against none, because each budget counts calls of its own. */
function limitsOf(budget: BudgetForecast | undefined): ChartLimit[] {
  if (budget === undefined) return [];
  const value = inPicture(budget.amount_usd);
  return value === null ? [] : [{ name: "amount", value, exact: budget.amount_usd, tone: "critical" }];
}
