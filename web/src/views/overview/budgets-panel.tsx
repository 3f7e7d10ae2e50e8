/** How the budgets stand, those nearest to their amounts first. */
import { Link } from "react-router";
import type { BudgetDocument, ForecastDocument } from "tokenledger/insights";
import { useBudgets } from "../../api/answers.ts";
import { usedText } from "../../format/amounts.ts";
import { dayText } from "../../format/instants.ts";
import { Count, Money, Share } from "../../parts/figures.tsx";
import { Answer, CommandLine, Empty, Panel } from "../../parts/panel.tsx";
import { ZoneBadge } from "../../parts/zone-badge.tsx";
import type { Question } from "../../question/use-question.ts";
import styles from "./overview.module.css";

const MOST_SHOWN = 6;
const MOST_ASKED = 200;

/** The fullest first; those that are not counted in percent come last. */
function fullestFirst(budgets: readonly BudgetDocument[]): BudgetDocument[] {
  return [...budgets].sort((a, b) => (b.utilization_pct ?? -1) - (a.utilization_pct ?? -1));
}

export function BudgetsPanel({ question, forecasts }: { question: Question; forecasts: ForecastDocument["budgets"] }) {
  const budgets = useBudgets({ limit: MOST_ASKED });
  const all = question.link("/budgets");
  return (
    <Panel title="Budgets" actions={<Link to={all}>All budgets</Link>}>
      <Answer answer={budgets}>
        {({ budgets: found, next_cursor: next }) =>
          found.length === 0 ? (
            <Empty title="There is no budget yet.">
              How far spending is from an amount would stand here. <CommandLine>tokenledger budget set everything --amount 500</CommandLine>
            </Empty>
          ) : (
            <>
              <ul className={styles.budgets}>
                {fullestFirst(found)
                  .slice(0, MOST_SHOWN)
                  .map((budget) => (
                    <Budget
                      key={`${budget.name} ${budget.value}`}
                      budget={budget}
                      forecast={forecasts.find(({ name, value }) => name === budget.name && value === budget.value)}
                      to={question.link("/budgets", { budget: budget.name })}
                    />
                  ))}
              </ul>
              {(found.length > MOST_SHOWN || next !== null) && <Link to={all}>And more</Link>}
            </>
          )
        }
      </Answer>
    </Panel>
  );
}

function Budget({
  budget,
  forecast,
  to,
}: {
  budget: BudgetDocument;
  forecast: ForecastDocument["budgets"][number] | undefined;
  to: string;
}) {
  const { utilization_pct: percent, amount_usd: amount, max_tokens: tokens } = budget;
  return (
    <li className={styles.budget}>
      <div className={styles.budgetHead}>
        <Link to={to} className={styles.name}>
          <bdi>{budget.name}</bdi>
          {budget.value !== null && (
            <>
              : <bdi>{budget.value}</bdi>
            </>
          )}
        </Link>
        <ZoneBadge zone={budget.zone} />
      </div>
      <div className={styles.track} aria-hidden="true">
        <span className={styles.fill} data-zone={budget.zone} style={{ width: `${Math.min(100, Math.max(0, percent ?? 0))}%` }} />
      </div>
      <div className={styles.budgetNote}>
        <span>
          {amount !== null ? (
            <>
              <Money usd={budget.spent_usd} /> of <Money usd={amount} />
            </>
          ) : (
            <>
              <Count value={budget.spent_tokens} isShort /> of <Count value={tokens} isShort /> tokens
            </>
          )}
          {percent !== null && (
            <>
              , <data value={percent}>{usedText(percent)}</data>
            </>
          )}
        </span>
        <span>
          <Ending budget={budget} forecast={forecast} />
        </span>
      </div>
    </li>
  );
}

function Ending({ budget, forecast }: { budget: BudgetDocument; forecast: ForecastDocument["budgets"][number] | undefined }) {
  if (budget.exceeded) return "exceeded";
  const chance = forecast?.probability_of_exceeding ?? null;
  const { runs_out_at: runsOut, time_zone: timeZone } = budget;
  return (
    <>
      {runsOut !== null && `runs out ${dayText(runsOut, timeZone)} at this pace`}
      {runsOut !== null && chance !== null && "; "}
      {chance !== null && (
        <>
          <Share share={chance} /> chance to pass it
        </>
      )}
    </>
  );
}
