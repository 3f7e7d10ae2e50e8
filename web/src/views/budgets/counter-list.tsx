/** All counters of all budgets: how they stand, and how they are likely to end. */
import { Link } from "react-router";
import { useAlerts } from "../../api/answers.ts";
import { usedText } from "../../format/amounts.ts";
import { dayText } from "../../format/instants.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Share } from "../../parts/figures.tsx";
import { Badge, ZoneBadge } from "../../parts/zone-badge.tsx";
import { useBook } from "../../question/book.tsx";
import styles from "./budgets.module.css";
import { type Counter, endOf, scopeText, spanText } from "./counters.ts";
import { SpentBars } from "./spent-bar.tsx";

export function CounterList({ counters, chosen }: { counters: readonly Counter[]; chosen: Counter | undefined }) {
  const { timeZone } = useBook();
  const openAlerts = useAlerts({ open: true, limit: 1_000 }).data?.alerts;
  const alertsOf = ({ budget: { name, value } }: Counter): number =>
    openAlerts?.filter((alert) => alert.budget === name && alert.value === value).length ?? 0;
  const columns: Column<Counter>[] = [
    {
      key: "budget",
      title: "Budget",
      sortBy: ({ key }) => key,
      cell: (counter) => <CounterName counter={counter} isChosen={counter.key === chosen?.key} openAlerts={alertsOf(counter)} />,
    },
    {
      key: "window",
      title: "Window",
      isForWideScreens: true,
      cell: ({ budget }) => <WindowText budget={budget} />,
    },
    {
      key: "zone",
      title: "Zone",
      cell: ({ budget }) => (
        <span className={styles.badges}>
          <ZoneBadge zone={budget.zone} />
          {budget.exceeded && <Badge tone="red">exceeded</Badge>}
          {budget.shadow && <Badge>tried out</Badge>}
        </span>
      ),
    },
    { key: "spent", title: "Spent", cell: ({ budget }) => <SpentBars budget={budget} /> },
    {
      key: "used",
      title: "Used",
      isNumber: true,
      sortBy: ({ budget }) => budget.utilization_pct,
      cell: ({ budget: { utilization_pct: used } }) => (used === null ? "all" : <data value={used}>{usedText(used)}</data>),
    },
    {
      key: "runs-out",
      title: "Runs out",
      isNumber: true,
      sortBy: ({ budget }) => (budget.runs_out_at === null ? null : Date.parse(budget.runs_out_at)),
      cell: ({ budget: { runs_out_at: at, exceeded } }) =>
        at === null ? (
          <span className={styles.muted}>{exceeded ? "spent" : "lasts"}</span>
        ) : (
          <time dateTime={at} title={`${at}, if spending goes on as in this window so far`}>
            {dayText(at, timeZone)}
          </time>
        ),
    },
    {
      key: "chance",
      title: "Chance to exceed",
      isNumber: true,
      sortBy: ({ forecast }) => forecast?.probability_of_exceeding ?? null,
      cell: ({ forecast }) => <Share share={forecast?.probability_of_exceeding} />,
    },
  ];
  return <DataTable caption="Budgets" columns={columns} rows={counters} rowKey={({ key }) => key} most={12} />;
}

/** The address of a counter of its own. */
function counterLink({ budget: { name, value } }: Counter): string {
  return `?${new URLSearchParams({ budget: name, ...(value !== null && { of: value }) })}`;
}

function CounterName({ counter, isChosen, openAlerts }: { counter: Counter; isChosen: boolean; openAlerts: number }) {
  const { budget } = counter;
  return (
    <div className={`${styles.words} ${isChosen ? styles.chosen : ""}`}>
      <Link to={counterLink(counter)} aria-current={isChosen ? "true" : undefined} preventScrollReset>
        <bdi>{budget.name}</bdi>
      </Link>
      {budget.value !== null && (
        <span>
          {" "}
          <bdi>{budget.value}</bdi>
        </span>
      )}
      <div className={styles.small}>
        <bdi>{scopeText(budget.scope)}</bdi>
      </div>
      {openAlerts > 0 && (
        <div className={styles.small}>
          {openAlerts} open {openAlerts === 1 ? "alert" : "alerts"}
        </div>
      )}
    </div>
  );
}

export function WindowText({ budget }: { budget: Counter["budget"] }) {
  const end = endOf(budget);
  return (
    <>
      {spanText(budget)}
      {end !== undefined && (
        <div className={styles.small}>
          until {dayText(end, budget.time_zone)}, {budget.time_zone}
        </div>
      )}
    </>
  );
}
