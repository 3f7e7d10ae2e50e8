/** Which two periods are compared, whose changes are told apart, and whose calls: the bar over Why. */
import { useState } from "react";
import type { ExplanationDocument } from "tokenledger/insights";
import { useBook } from "../../question/book.tsx";
import type { Days } from "../../question/period.ts";
import { ANSWER_FILTERS, FilterAdder, FilterChips } from "../../question/question-bar.tsx";
import type { Question } from "../../question/use-question.ts";
import {
  type AskedComparison,
  besideBefore,
  COMPARISONS,
  type ComparisonName,
  comparisonNamed,
  daysOfWords,
  isMonth,
  monthComparison,
  periodWords,
  wordsOf,
} from "./comparison.ts";
import { DaysPicker } from "./days-picker.tsx";
import { BY } from "./explained-names.ts";
import { periodText } from "./period-text.ts";
import styles from "./why.module.css";

/** What else the address may say of other periods; the answer's own days count then. */
const NO_CARRIED_DAYS = { period: undefined, start: undefined, end: undefined } as const;

export function ComparisonBar({
  question,
  asked,
  by,
  document,
}: {
  question: Question;
  asked: AskedComparison;
  by: ExplanationDocument["by"];
  /** Tells which days were meant, once it is answered. */
  document: Pick<ExplanationDocument, "from" | "to"> | undefined;
}) {
  const { change } = question;
  const { timeZone } = useBook();
  return (
    <search className={styles.bar} aria-label="Periods and filters">
      <div className={styles.row}>
        <PeriodsPicker question={question} asked={asked} document={document} />
        <label>
          names of
          <select value={by} onChange={({ target }) => change({ by: target.value, name: undefined })}>
            {BY.map((one) => (
              <option key={one} value={one}>
                {one}s
              </option>
            ))}
          </select>
        </label>
        <FilterChips question={question} />
        <FilterAdder question={question} filters={ANSWER_FILTERS} />
      </div>
      {document !== undefined && (
        <p className={styles.days}>
          {periodText(document.from)} → {periodText(document.to)}, {timeZone}
        </p>
      )}
    </search>
  );
}

function PeriodsPicker({
  question: { change },
  asked,
  document,
}: {
  question: Question;
  asked: AskedComparison;
  document: Pick<ExplanationDocument, "from" | "to"> | undefined;
}) {
  const { anchor } = useBook();
  const [isCustom, setCustom] = useState(false);
  const { parameters, name } = asked;
  const shown = isCustom || name === undefined ? "custom" : name;
  const ask = (words: { to: string; from: string }, isQuiet = false): void =>
    change({ ...NO_CARRIED_DAYS, ...words }, { replace: isQuiet });
  const choose = (value: string): void => {
    setCustom(value === "custom");
    if (value === "a-month") ask(monthWords(anchor.slice(0, 7)));
    else if (Object.hasOwn(COMPARISONS, value)) ask(wordsOf(comparisonNamed(value as ComparisonName, anchor)));
  };
  const to = daysOfWords(parameters.to) ?? document?.to;
  const from = daysOfWords(parameters.from) ?? document?.from;
  const setDays = (next: { from?: Days; to?: Days }): void => {
    const later = next.to ?? to;
    if (later === undefined) return;
    const earlier = next.from ?? from ?? besideBefore(later).from;
    ask({ to: periodWords(later), from: periodWords(earlier) }, true);
  };
  return (
    <>
      <select aria-label="Periods" value={shown} onChange={({ target }) => choose(target.value)}>
        {Object.entries(COMPARISONS).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
        <option value="a-month">A month, with the month before…</option>
        <option value="custom">Other days…</option>
      </select>
      {shown === "a-month" && (
        <label>
          month
          <input
            type="month"
            value={isMonth(parameters.to) ? parameters.to : ""}
            onChange={({ target }) => isMonth(target.value) && ask(monthWords(target.value), true)}
          />
        </label>
      )}
      {shown === "custom" && (
        <>
          <DaysPicker label="before" days={from} onChange={(days) => setDays({ from: days })} />
          <DaysPicker label="after" days={to} onChange={(days) => setDays({ to: days })} />
        </>
      )}
    </>
  );
}

function monthWords(month: string): { to: string; from: string } {
  return { to: month, from: monthComparison(month).from.start.slice(0, 7) };
}
