/** What is told apart, in which buckets, of which figure, drawn how: the words of the address as selections. */
import { type ReactNode, useId } from "react";
import type { Question } from "../../question/use-question.ts";
import { isTime, NAMES, TIMES } from "./dimensions.ts";
import styles from "./explore.module.css";
import { BUCKETS, CHARTS, type ExploreQuestion, MEASURES } from "./explore-question.ts";

export function ExploreControls({ question: { change }, asked }: { question: Question; asked: ExploreQuestion }) {
  return (
    <fieldset className={styles.controls} aria-label="What is shown">
      <Choice label="By" value={asked.by} onChoose={(by) => change({ by })}>
        <optgroup label="Names">
          <Options words={NAMES} />
        </optgroup>
        <optgroup label="Time alone">
          <Options words={TIMES} />
        </optgroup>
      </Choice>
      <Choice label="Figure" value={asked.measure} onChoose={(measure) => change({ measure })}>
        <Options words={Object.entries(MEASURES)} />
      </Choice>
      {!isTime(asked.by) && (
        <Choice
          label="Per"
          value={asked.isBucketChosen ? asked.bucket : ""}
          onChoose={(bucket) => change({ bucket: bucket === "" ? undefined : bucket })}
        >
          <option value="">{asked.isBucketChosen ? "what fits" : `${asked.bucket} (fits)`}</option>
          <Options words={BUCKETS} />
        </Choice>
      )}
      <Choice label="As" value={asked.form} onChoose={(chart) => change({ chart })}>
        <Options words={Object.entries(CHARTS)} />
      </Choice>
    </fieldset>
  );
}

function Choice({
  label,
  value,
  onChoose,
  children,
}: {
  label: string;
  value: string;
  onChoose: (value: string) => void;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <span className={styles.choice}>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={({ target }) => onChoose(target.value)}>
        {children}
      </select>
    </span>
  );
}

function Options({ words }: { words: readonly (string | readonly [string, string])[] }) {
  return words.map((word) => {
    const [value, label] = typeof word === "string" ? [word, word] : word;
    return (
      <option key={value} value={value}>
        {label}
      </option>
    );
  });
}
