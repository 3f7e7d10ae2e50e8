/** One counter: its burn-down with where it leads, its thresholds, and what can be done with it. */
import { Link } from "react-router";
import { BurnDown } from "../../charts/burn-down.tsx";
import { dollars, dollarsShort, inPicture } from "../../format/amounts.ts";
import { dayText, instantText, localDayOf } from "../../format/instants.ts";
import { Figure, Money, Share } from "../../parts/figures.tsx";
import { Panel, Waiting } from "../../parts/panel.tsx";
import { Badge, ZoneBadge } from "../../parts/zone-badge.tsx";
import { useBook } from "../../question/book.tsx";
import type { Question } from "../../question/use-question.ts";
import styles from "./budgets.module.css";
import { burnSeriesOf } from "./burn.ts";
import { WindowText } from "./counter-list.tsx";
import { type Counter, policyText, requestsOf, scopeText } from "./counters.ts";

export function SelectedBudget({
  counter,
  question,
  isForecast,
  actions,
}: {
  counter: Counter;
  question: Question;
  /** Whether the forecast has been answered. */
  isForecast: boolean;
  actions?: React.ReactNode;
}) {
  const { timeZone, today } = useBook();
  const { budget, forecast } = counter;
  const start = localDayOf(Date.parse(budget.window.start), timeZone);
  const rows = question.link("/requests", { ...requestsOf(budget), start, end: today, period: undefined });
  return (
    <Panel
      isWide
      title={
        <>
          <bdi>{budget.name}</bdi>
          {budget.value !== null && (
            <>
              {" "}
              <bdi>{budget.value}</bdi>
            </>
          )}{" "}
          <ZoneBadge zone={budget.zone} />
        </>
      }
      note={
        <>
          It counts <bdi>{scopeText(budget.scope)}</bdi>. {policyText(budget)}
        </>
      }
      actions={actions}
    >
      <div className={styles.facts}>
        <Figure label="Spent in this window" note={<WindowText budget={budget} />}>
          <Money usd={budget.spent_usd} />
        </Figure>
        <Figure label="Chance to exceed the amount" note={forecast && chanceNote(forecast, timeZone)}>
          <Share share={forecast?.probability_of_exceeding} />
        </Figure>
        {forecast?.total_usd && (
          <Figure
            label={budget.period === null ? "Then it holds, in the middle course" : "At the end, in the middle course"}
            note={
              <>
                8 of 10 courses: <Money usd={forecast.total_usd.p10} /> to <Money usd={forecast.total_usd.p90} />
              </>
            }
          >
            <Money usd={forecast.total_usd.p50} />
          </Figure>
        )}
      </div>
      <BudgetBurnDown counter={counter} isForecast={isForecast} />
      <Thresholds budget={budget} timeZone={timeZone} />
      <p className={styles.small}>
        <Link to={rows}>Requests that it counts</Link>
        {budget.definition.defined_in.startsWith("config:") && ` · Defined in the configuration: ${budget.definition.defined_in.slice(7)}`}
      </p>
    </Panel>
  );
}

function chanceNote({ runs_out_at: at }: NonNullable<Counter["forecast"]>, timeZone: string): string {
  if (at.p50 !== null) return `Reached about ${dayText(at.p50, timeZone)} in the middle course`;
  return at.p10 === null ? "Not reached in 9 of 10 courses" : `Reached ${dayText(at.p10, timeZone)} in the dearest tenth of courses`;
}

function BudgetBurnDown({ counter: { budget, forecast }, isForecast }: { counter: Counter; isForecast: boolean }) {
  const { timeZone, nowMs } = useBook();
  if (forecast === undefined) {
    if (!isForecast) return <Waiting lines={5} label="It is being looked at where this leads" />;
    return <p className={styles.muted}>This counter is not forecast; below the list of all budgets it says why.</p>;
  }
  const { times, bucket, spent, spentExact, p10, p50, p90 } = burnSeriesOf(forecast);
  const outAt = forecast.runs_out_at.p50;
  return (
    <BurnDown
      label={`Burn-down of ${budget.name}${budget.value === null ? "" : ` for ${budget.value}`}`}
      times={times}
      bucket={bucket}
      timeZone={forecast.period === null ? timeZone : budget.time_zone}
      spent={spent}
      spentExact={spentExact}
      limit={{ name: "Amount", value: inPicture(forecast.amount_usd) ?? 0, exact: forecast.amount_usd, tone: "critical" }}
      forecast={{ p10, p50, p90 }}
      zone={budget.zone}
      now={nowMs()}
      {...(outAt !== null && { exhaustedAtMs: Date.parse(outAt) })}
      formatValue={(value, exact) => (exact === undefined ? dollarsShort(value) : dollars(exact))}
      formatTick={dollarsShort}
    />
  );
}

function Thresholds({ budget: { alerts }, timeZone }: { budget: Counter["budget"]; timeZone: string }) {
  if (alerts.length === 0) return null;
  return (
    <ul className={styles.thresholds} aria-label="Thresholds">
      {alerts.map(({ threshold, triggered_at: at }) => (
        <li key={threshold}>
          <Badge tone={at === null ? "plain" : "yellow"}>{threshold}%</Badge>{" "}
          {at === null ? <span className={styles.muted}>not reached</span> : <span>reached {instantText(at, timeZone)}</span>}
        </li>
      ))}
    </ul>
  );
}
