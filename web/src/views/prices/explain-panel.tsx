/** The whole way from a request's counts of tokens to its cost, step by step. */
import { useEffect, useRef, useState } from "react";
import { usePriceExplanation } from "../../api/answers.ts";
import { Button } from "../../parts/button.tsx";
import { Field } from "../../parts/field.tsx";
import { Figure } from "../../parts/figures.tsx";
import { Answer, Panel } from "../../parts/panel.tsx";
import type { Question } from "../../question/use-question.ts";
import { COUNTS, changesOf, draftIn, type ExplainDraft, parametersOf, TIERS } from "./explain-question.ts";
import styles from "./prices.module.css";

export function ExplainPanel({ question }: { question: Question }) {
  const asked = draftIn(question);
  const [draft, setDraft] = useState(asked);
  const place = useRef<HTMLDivElement>(null);
  // Who has asked for it from the list of prices is brought to it.
  useEffect(() => {
    if (asked.model !== "") place.current?.scrollIntoView({ block: "nearest" });
  }, [asked.model]);
  const isAsked = asked.model !== "";
  const answer = usePriceExplanation(parametersOf(asked), { isWanted: isAsked });
  const set = (name: string, value: string): void => setDraft({ ...draft, [name]: value });
  const problemAt = (name: string): string | undefined => (answer.error?.field === name ? answer.error.message : undefined);
  const isBeside = answer.error?.field !== undefined && Object.hasOwn(asked, answer.error.field);
  return (
    <div ref={place}>
      <Panel
        isWide
        title="Explain a price"
        note="What a call of a model costs, and why. Without counts: 1,000 input and 1,000 output tokens."
      >
        <form
          className={styles.explain}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            question.change(changesOf(draft), { replace: true });
          }}
        >
          <Word name="model" label="Model" draft={draft} set={set} problem={problemAt("model")} />
          <Word name="provider" label="Provider" hint="empty: its maker" draft={draft} set={set} problem={problemAt("provider")} />
          <Field label="Service tier" problem={problemAt("tier")}>
            {(ties) => (
              <select {...ties} value={draft.tier} onChange={({ target }) => set("tier", target.value)}>
                <option value="">standard</option>
                {TIERS.slice(1).map((tier) => (
                  <option key={tier} value={tier}>
                    {tier}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label="On the day" hint="empty: now" problem={problemAt("at")}>
            {(ties) => <input {...ties} type="date" value={draft.at} onChange={({ target }) => set("at", target.value)} />}
          </Field>
          {Object.entries(COUNTS).map(([name, words]) => (
            <Word key={name} name={name} {...words} isCount draft={draft} set={set} problem={problemAt(name)} />
          ))}
          <div className={styles.ask}>
            <Button type="submit" tone="main">
              Explain
            </Button>
          </div>
        </form>
        {isAsked && !isBeside && (
          <Answer answer={answer}>
            {({ explanation }) =>
              explanation && (
                <div className={styles.answered}>
                  <Figure
                    label={
                      <>
                        <bdi>{explanation.model}</bdi> at <bdi>{explanation.provider}</bdi>
                      </>
                    }
                    note={explanation.reason ?? explanation.price_version}
                  >
                    {explanation.cost_usd === null ? "unpriced" : <data value={explanation.cost_usd}>${explanation.cost_usd}</data>}
                  </Figure>
                  <ol className={styles.steps} aria-label="Steps">
                    {explanation.steps.map((step) => (
                      <li key={step}>
                        <bdi>{step}</bdi>
                      </li>
                    ))}
                  </ol>
                </div>
              )
            }
          </Answer>
        )}
      </Panel>
    </div>
  );
}

function Word({
  name,
  label,
  hint,
  isCount = false,
  draft,
  set,
  problem,
}: {
  name: string;
  label: string;
  hint?: string;
  isCount?: boolean;
  draft: ExplainDraft;
  set: (name: string, value: string) => void;
  problem: string | undefined;
}) {
  return (
    <Field label={label} problem={problem} {...(hint !== undefined && { hint })}>
      {(ties) => (
        <input
          {...ties}
          {...(isCount && { inputMode: "numeric" as const })}
          value={draft[name]}
          onChange={({ target }) => set(name, target.value)}
        />
      )}
    </Field>
  );
}
