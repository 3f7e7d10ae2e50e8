/** What is told apart, in which buckets, of which figure, drawn how: the words of the address as selections. */
import type { Question } from "../../question/use-question.ts";
import { isTime, NAMES, TIMES } from "./dimensions.ts";
import styles from "./explore.module.css";
import { BUCKETS, CHARTS, type ExploreQuestion, MEASURES } from "./explore-question.ts";

export function ExploreControls({ question, asked }: { question: Question; asked: ExploreQuestion }) {
  const { change } = question;
  return (
    <fieldset className={styles.controls} aria-label="What is shown">
      <label>
        <span>By</span>
        <select value={asked.by} onChange={({ target }) => change({ by: target.value })}>
          <optgroup label="Names">
            {NAMES.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </optgroup>
          <optgroup label="Time alone">
            {TIMES.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </optgroup>
        </select>
      </label>
      <label>
        <span>Figure</span>
        <select value={asked.measure} onChange={({ target }) => change({ measure: target.value })}>
          {Object.entries(MEASURES).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {!isTime(asked.by) && (
        <label>
          <span>Per</span>
          <select
            value={asked.isBucketChosen ? asked.bucket : ""}
            onChange={({ target }) => change({ bucket: target.value === "" ? undefined : target.value })}
          >
            <option value="">{asked.isBucketChosen ? "what fits" : `${asked.bucket} (fits)`}</option>
            {BUCKETS.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        <span>As</span>
        <select value={asked.form} onChange={({ target }) => change({ chart: target.value })}>
          {Object.entries(CHARTS).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </fieldset>
  );
}
