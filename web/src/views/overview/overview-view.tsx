/** This month's spending in ten seconds: what it is, where it goes, whether it will hold, and what to do. */
import { useAnalysis, useForecast, useSummary } from "../../api/answers.ts";
import { localDayOf } from "../../format/instants.ts";
import { Answer } from "../../parts/panel.tsx";
import { View } from "../../parts/view.tsx";
import { useBook } from "../../question/book.tsx";
import { QuestionBar } from "../../question/question-bar.tsx";
import { type Filters, type Question, useQuestion } from "../../question/use-question.ts";
import { BudgetsPanel } from "./budgets-panel.tsx";
import { FiguresPanel } from "./figures-panel.tsx";
import { FirstSteps } from "./first-steps.tsx";
import { MonthPanel } from "./month-panel.tsx";
import { NextPanel } from "./next-panel.tsx";
import styles from "./overview.module.css";
import { anomaliesWithin, daysAnalysed } from "./spending-days.ts";
import { SpendingPanel } from "./spending-panel.tsx";
import { TopPanel } from "./top-panel.tsx";

export default function OverviewView() {
  const { last } = useBook();
  const question = useQuestion("30d");
  if (last === undefined) {
    return (
      <View title="Overview">
        <FirstSteps />
      </View>
    );
  }
  return <Spending question={question} />;
}

function Spending({ question }: { question: Question }) {
  const { timeZone } = useBook();
  const filters = answeredFilters(question.filters);
  const isFiltered = Object.keys(filters).length > 0;
  const parameters = { ...question.days, ...filters };
  const summary = useSummary();
  const forecast = useForecast(filters);
  const analysis = useAnalysis({ ...daysAnalysed(question.days), ...filters, bucket: "day" });
  const phase = analysis.data?.findings.find(({ kind }) => kind === "phase" || kind === "insufficient")?.sentence;
  const outlook = forecast.data?.findings.find(({ kind }) => kind === "forecast")?.sentence;
  const told = analysis.data === undefined ? [] : anomaliesWithin(analysis.data, question.days, timeZone);
  const toldDays = new Set(told.map(({ start }) => localDayOf(Date.parse(start), timeZone)));
  const isReady = (forecast.isSuccess || forecast.isError) && (analysis.isSuccess || analysis.isError);
  return (
    <View
      title="Overview"
      lead={[phase, outlook].filter((sentence) => sentence !== undefined).join(" ") || "…"}
      bar={<QuestionBar question={question} />}
    >
      <Answer answer={summary}>
        {(document) => (
          <>
            <FiguresPanel periods={document.periods} forecast={forecast} question={question} />
            {isFiltered && (
              <p className={styles.note}>
                Filters hold for the forecast, the charts and the lists; today, the week and the month are of all calls.
              </p>
            )}
          </>
        )}
      </Answer>
      <div className={styles.split}>
        <SpendingPanel question={question} parameters={parameters} analysis={analysis} />
        {summary.data !== undefined && <NextPanel question={question} summary={summary.data} toldDays={toldDays} isReady={isReady} />}
      </div>
      <div className={styles.split}>
        <MonthPanel question={question} forecast={forecast} />
        <BudgetsPanel question={question} forecasts={forecast.data?.budgets ?? []} />
      </div>
      <div className={styles.thirds}>
        <TopPanel question={question} parameters={parameters} dimension="model" />
        <TopPanel question={question} parameters={parameters} dimension="team" />
        <TopPanel question={question} parameters={parameters} dimension="project" />
      </div>
    </View>
  );
}

/** Keys and sessions belong to lists of requests. */
function answeredFilters({ key: _key, session: _session, ...filters }: Filters): Filters {
  return filters;
}
