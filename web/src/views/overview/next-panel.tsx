/** What wants somebody's eye: alerts, budgets in trouble, unusual days, and the largest saving, which comes when it is ready. */
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { RecommendationsDocument } from "tokenledger/insights";
import { type SummaryAnswer, useRecommendations } from "../../api/answers.ts";
import { localDayText } from "../../format/instants.ts";
import { Count, Money } from "../../parts/figures.tsx";
import { Panel, Waiting } from "../../parts/panel.tsx";
import { ZoneBadge } from "../../parts/zone-badge.tsx";
import type { Question } from "../../question/use-question.ts";
import styles from "./overview.module.css";

const MOST_BUDGETS = 3;

export function NextPanel({
  question,
  summary,
  toldDays,
  isReady,
}: {
  question: Question;
  summary: SummaryAnswer;
  /** Unusual days whose cause is told already. */
  toldDays: ReadonlySet<string>;
  isReady: boolean;
}) {
  const recommendations = useRecommendations({ max_age_seconds: 3_600 }, { isWanted: isReady });
  const items = noticesOf(summary, question, toldDays);
  const saving = recommendations.data && bestOf(recommendations.data);
  return (
    <Panel title="What to do next">
      <ul className={styles.next}>
        {items}
        {saving !== undefined && (
          <li>
            <Link to={question.link("/savings")}>
              Save about <Money usd={saving.saving.expected_usd} /> a month
            </Link>
            : {saving.kind.replaceAll("-", " ")}, <bdi>{saving.from}</bdi> → <bdi>{saving.to}</bdi>.{" "}
            <span className={styles.quiet}>
              In 8 of 10 months between <Money usd={saving.saving.low_usd} /> and <Money usd={saving.saving.high_usd} />.
            </span>
          </li>
        )}
        {items.length === 0 && recommendations.data !== undefined && saving === undefined && <li>Nothing wants your eye now.</li>}
      </ul>
      {recommendations.data === undefined && recommendations.error === null && <Waiting lines={2} label="Looking for savings" isLater />}
      {recommendations.error !== null && <p className={styles.note}>Savings could not be looked for: {recommendations.error.message}</p>}
    </Panel>
  );
}

function noticesOf(summary: SummaryAnswer, question: Question, toldDays: ReadonlySet<string>): ReactNode[] {
  const { open_alerts: alerts, budgets_in_trouble: budgets } = summary;
  const days = summary.unusual_days.filter(({ day }) => !toldDays.has(day));
  const notices: ReactNode[] = [];
  if (alerts > 0) {
    notices.push(
      <li key="alerts">
        <Link to={question.link("/budgets")}>
          <Count value={alerts} /> {alerts === 1 ? "alert is" : "alerts are"} open
        </Link>
        .
      </li>,
    );
  }
  for (const budget of budgets.slice(0, MOST_BUDGETS)) {
    notices.push(
      <li key={`budget ${budget.name} ${budget.value}`}>
        <ZoneBadge zone={budget.zone} /> Budget{" "}
        <Link to={question.link("/budgets", { budget: budget.name })}>
          <bdi>{budget.name}</bdi>
          {budget.value !== null && (
            <>
              : <bdi>{budget.value}</bdi>
            </>
          )}
        </Link>
        : {budget.exceeded ? "exceeded, " : ""}
        <Money usd={budget.spent_usd} /> spent
        {budget.amount_usd !== null && (
          <>
            {" "}
            of <Money usd={budget.amount_usd} />
          </>
        )}
        .
      </li>,
    );
  }
  if (budgets.length > MOST_BUDGETS) {
    notices.push(
      <li key="more budgets">
        <Link to={question.link("/budgets")}>{budgets.length - MOST_BUDGETS} more budgets</Link> are in trouble.
      </li>,
    );
  }
  for (const { day, cost_usd: cost, usual_usd: usual, mostly } of days) {
    const why = { period: undefined, start: undefined, end: undefined, to: day };
    notices.push(
      <li key={`day ${day}`}>
        <Link to={question.link("/why", why)}>{localDayText(day)}</Link> cost <Money usd={cost} />, usual is <Money usd={usual} />
        {mostly !== null && (
          <>
            : mostly {mostly.dimension}{" "}
            <Link to={question.link("/explore", { period: undefined, start: day, end: day, [mostly.dimension]: mostly.name, by: "user" })}>
              <bdi>{mostly.name}</bdi>
            </Link>{" "}
            (<Money usd={mostly.cost_usd} />)
          </>
        )}
        .
      </li>,
    );
  }
  return notices;
}

/** What is not yet applied and saves most. */
function bestOf({ recommendations }: RecommendationsDocument): RecommendationsDocument["recommendations"][number] | undefined {
  return recommendations.find(({ state }) => state === "active");
}
