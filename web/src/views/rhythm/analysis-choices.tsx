/** By the hour or by the day, whose series, and which of them. */
import type { AnalysisDocument } from "tokenledger/insights";
import type { Question } from "../../question/use-question.ts";
import styles from "./rhythm.module.css";
import { choiceWords, type SeriesChoice } from "./series-choice.ts";

export function AnalysisChoices({
  document,
  question,
  choices,
  choice,
  isMissing,
}: {
  document: AnalysisDocument;
  question: Question;
  choices: readonly SeriesChoice[];
  choice: SeriesChoice;
  /** The address names a series that these days don't have. */
  isMissing: boolean;
}) {
  const { change } = question;
  return (
    <div>
      <div className={styles.choices}>
        <label>
          by the
          <select value={document.bucket} onChange={({ target }) => change({ bucket: target.value })}>
            <option value="hour">hour</option>
            <option value="day">day</option>
          </select>
        </label>
        <label>
          names of
          <select value={document.by} onChange={({ target }) => change({ by: target.value, series: undefined, others: undefined })}>
            <option value="model">models</option>
            <option value="team">teams</option>
            <option value="project">projects</option>
          </select>
        </label>
        <label>
          series
          <select value={choice.value} onChange={({ target }) => change(choiceWords(target.value))}>
            {choices.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      {isMissing && (
        <p className={styles.told} role="status">
          These days have no series of that name, or it is among the small ones that stand together. All together is shown.
        </p>
      )}
    </div>
  );
}
