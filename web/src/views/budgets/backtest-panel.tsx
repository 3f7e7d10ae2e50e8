/** Tries a budget, with this amount or another one, on calls that were really made. Nothing is changed by it. */
import { useState } from "react";
import { useBacktest } from "../../api/answers.ts";
import { addDays, localDayText } from "../../format/instants.ts";
import { Button } from "../../parts/button.tsx";
import { Field } from "../../parts/field.tsx";
import { Answer, Panel, Waiting } from "../../parts/panel.tsx";
import { Sentences } from "../../parts/view.tsx";
import { useBook } from "../../question/book.tsx";
import type { Question } from "../../question/use-question.ts";
import { backtestSentences } from "./backtest-words.ts";
import { BlockedWindows } from "./blocked-windows.tsx";
import styles from "./budgets.module.css";
import type { ListedBudget } from "./counters.ts";

const USUAL_DAYS = 90;

export function BacktestPanel({ budget, question }: { budget: ListedBudget; question: Question }) {
  const { anchor, timeZone } = useBook();
  const asked = { amount: question.word("try_amount"), start: question.word("try_start"), end: question.word("try_end") };
  const isAsked = asked.start !== undefined && asked.end !== undefined;
  const [amount, setAmount] = useState(asked.amount ?? budget.amount_usd ?? "");
  const [start, setStart] = useState(asked.start ?? addDays(anchor, 1 - USUAL_DAYS));
  const [end, setEnd] = useState(asked.end ?? anchor);
  const answer = useBacktest(
    { budget: budget.name, amount_usd: asked.amount, start: asked.start, end: asked.end, tz: timeZone },
    { isWanted: isAsked },
  );
  const { error } = answer;
  const problem = error?.field === "amount_usd" ? error.message : undefined;
  return (
    <Panel
      isWide
      title="Try it on the past"
      note="Calls of these days are replayed under the budget, each as if its estimate had been what it cost. Nothing is changed."
    >
      <form
        className={styles.trial}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          question.change(
            { try_amount: amount.trim() === "" ? undefined : amount.trim(), try_start: start, try_end: end },
            { replace: true },
          );
          if (isAsked) void answer.refetch();
        }}
      >
        <Field label="Amount in USD" problem={problem}>
          {(ties) => <input {...ties} inputMode="decimal" value={amount} onChange={({ target }) => setAmount(target.value)} />}
        </Field>
        <Field label="First day">
          {(ties) => <input {...ties} type="date" value={start} max={end} onChange={({ target }) => setStart(target.value)} />}
        </Field>
        <Field label="Last day">
          {(ties) => <input {...ties} type="date" value={end} min={start} onChange={({ target }) => setEnd(target.value)} />}
        </Field>
        <Button type="submit" tone="main">
          Try it
        </Button>
      </form>
      {isAsked && problem === undefined && (
        <Answer answer={answer} waiting={<Waiting label="The calls of these days are being replayed" />}>
          {(document) => (
            <div className={styles.stack}>
              <p className={styles.small}>
                {localDayText(asked.start ?? start, true)} to {localDayText(asked.end ?? end, true)}, {timeZone}
              </p>
              <Sentences sentences={backtestSentences(document, budget, timeZone)} />
              <BlockedWindows document={document} isSliding={budget.period === null} />
            </div>
          )}
        </Answer>
      )}
    </Panel>
  );
}
