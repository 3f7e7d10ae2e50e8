/** Budgets: how all of them stand, one of them in full, what is under way, and what they have told. */
import { useState } from "react";
import { useBudgets, useForecast } from "../../api/answers.ts";
import { Button } from "../../parts/button.tsx";
import { Answer, CommandLine, Empty, Failure, Panel } from "../../parts/panel.tsx";
import { View } from "../../parts/view.tsx";
import { useBook } from "../../question/book.tsx";
import { useQuestion } from "../../question/use-question.ts";
import { AlertsPanel } from "./alerts-panel.tsx";
import { BacktestPanel } from "./backtest-panel.tsx";
import { BudgetForm } from "./budget-form.tsx";
import styles from "./budgets.module.css";
import { CounterList } from "./counter-list.tsx";
import { chosenCounter, countersOf, type ListedBudget } from "./counters.ts";
import { RemoveBudget } from "./remove-budget.tsx";
import { ReservationsPanel } from "./reservations-panel.tsx";
import type { DefinedBudget } from "./save-budget.ts";
import { SelectedBudget } from "./selected-budget.tsx";

type Asked = { what: "create" } | { what: "change" | "remove"; budget: DefinedBudget };

const STANDING_MS = 30_000;

export default function BudgetsView() {
  const question = useQuestion();
  const { isAdmin } = useBook();
  const [asked, setAsked] = useState<Asked>();
  const [told, setTold] = useState<string>();
  const budgets = useBudgets({ limit: 1_000 }, { everyMs: STANDING_MS });
  const forecast = useForecast();
  const counters = countersOf(budgets.data?.budgets ?? [], forecast.data?.budgets);
  const chosen = chosenCounter(counters, question.word("budget"), question.word("of"));
  const close = (): void => setAsked(undefined);
  const create = isAdmin && (
    <Button tone="main" onClick={() => setAsked({ what: "create" })}>
      New budget
    </Button>
  );
  return (
    <View
      title="Budgets"
      lead="What may be spent, by whom, in which time: how far it is used, and whether it will hold."
      bar={told !== undefined && <p role="status">{told}</p>}
    >
      <Answer answer={budgets}>
        {({ next_cursor: next }) =>
          counters.length === 0 ? (
            <Panel title="All budgets" actions={create}>
              <NoBudgets />
            </Panel>
          ) : (
            <div className={styles.stack}>
              <Panel title="All budgets" actions={create}>
                <CounterList counters={counters} chosen={chosen} />
                {forecast.error !== null && <Failure error={forecast.error} again={() => void forecast.refetch()} />}
                {forecast.data?.warnings.map((warning) => (
                  <p key={warning} className={styles.small}>
                    <bdi>{warning}</bdi>
                  </p>
                ))}
                {next !== null && <p className={styles.small}>The first 1,000 budgets by name are shown.</p>}
              </Panel>
              {chosen === undefined ? (
                <Panel title="One budget">
                  <Empty title="There is no such budget in the book." />
                </Panel>
              ) : (
                <>
                  <SelectedBudget
                    counter={chosen}
                    question={question}
                    isForecast={!forecast.isFetching}
                    {...(isAdmin && { actions: <BudgetButtons budget={chosen.budget} onAsk={setAsked} /> })}
                  />
                  <BacktestPanel key={chosen.budget.name} budget={chosen.budget} question={question} />
                </>
              )}
            </div>
          )
        }
      </Answer>
      <ReservationsPanel />
      <AlertsPanel />
      {asked?.what === "create" && (
        <BudgetForm
          onClose={close}
          onSaved={({ name, status }) => {
            close();
            setTold(
              status.length > 0
                ? `The budget ${name} holds from the next call on.`
                : `The budget ${name} holds from the next call on. It counts each value by itself, and stands here once one has spent.`,
            );
            if (status.length > 0) question.change({ budget: name, of: undefined });
          }}
        />
      )}
      {asked?.what === "change" && (
        <BudgetForm
          before={asked.budget}
          onClose={close}
          onSaved={({ name }) => {
            close();
            setTold(`The budget ${name} is changed, and holds so from the next call on.`);
          }}
        />
      )}
      {asked?.what === "remove" && (
        <RemoveBudget
          budget={asked.budget}
          onClose={close}
          onRemoved={() => {
            close();
            setTold(`The budget ${asked.budget.definition.name} is removed.`);
            question.change({ budget: undefined, of: undefined }, { replace: true });
          }}
        />
      )}
    </View>
  );
}

function BudgetButtons({ budget, onAsk }: { budget: ListedBudget; onAsk: (asked: Asked) => void }) {
  if (budget.definition.defined_in.startsWith("config:")) return <span className={styles.small}>Changed in the configuration only</span>;
  const defined = { definition: budget.definition, etag: budget.etag };
  return (
    <>
      <Button onClick={() => onAsk({ what: "change", budget: defined })}>Change</Button>
      <Button tone="danger" onClick={() => onAsk({ what: "remove", budget: defined })}>
        Remove
      </Button>
    </>
  );
}

function NoBudgets() {
  return (
    <Empty title="There is no budget yet.">
      <p>
        A budget counts the calls of a team, a user, a model or all of them, says how much of it is spent, and can hold further calls back.
        What is in the book already counts at once.
      </p>
      <p>
        <CommandLine>tokenledger budget set engineering --team engineering --amount 500 --period monthly --alerts 50,75,90</CommandLine>
      </p>
    </Empty>
  );
}
