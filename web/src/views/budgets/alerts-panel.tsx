/** Thresholds that budgets have reached, and who has taken note of them. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import type { AlertDocument } from "tokenledger/insights";
import { useAlerts } from "../../api/answers.ts";
import { type ApiError, askServer } from "../../api/client.ts";
import { instantText } from "../../format/instants.ts";
import { Button } from "../../parts/button.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Money } from "../../parts/figures.tsx";
import { Answer, Empty, Failure, Panel } from "../../parts/panel.tsx";
import { useBook } from "../../question/book.tsx";
import styles from "./budgets.module.css";

const MOST = 200;

export function AlertsPanel() {
  const { isAdmin, timeZone } = useBook();
  const [isAll, setAll] = useState(false);
  const answer = useAlerts({ open: isAll ? undefined : true, limit: MOST });
  const questions = useQueryClient();
  const acknowledge = useMutation<unknown, ApiError, { ids: number[] } | { all: true }>({
    mutationFn: (body) => askServer("/api/v1/alerts/ack", { method: "POST", body }),
    onSettled: () => Promise.all(["/api/v1/alerts", "/api/v1/summary"].map((path) => questions.invalidateQueries({ queryKey: [path] }))),
  });
  const open = answer.data?.alerts.filter(({ acknowledged_at: at }) => at === null).length ?? 0;
  const columns: Column<AlertDocument>[] = [
    {
      key: "budget",
      title: "Budget",
      cell: ({ budget, value }) => (
        <>
          <Link to={`?${new URLSearchParams({ budget, ...(value !== null && { of: value }) })}`}>
            <bdi>{budget}</bdi>
          </Link>
          {value !== null && (
            <>
              {" "}
              <bdi>{value}</bdi>
            </>
          )}
        </>
      ),
    },
    {
      key: "what",
      title: "What",
      cell: ({ kind, threshold, triggered_at: at }) => (
        <div className={styles.words}>
          {kind === "overage" ? "spent more than the amount" : `${threshold}% reached`}
          <div className={styles.small}>
            <time dateTime={at}>{instantText(at, timeZone)}</time>
          </div>
        </div>
      ),
    },
    { key: "spent", title: "Spent by then", isNumber: true, cell: ({ spent_usd: usd }) => <Money usd={usd} /> },
    { key: "delivery", title: "Webhook", isForWideScreens: true, cell: ({ delivery }) => deliveryText(delivery, timeZone) },
    {
      key: "state",
      title: "State",
      cell: ({ id, budget, acknowledged_at: at }) => {
        if (at !== null) return <span className={styles.small}>noted {instantText(at, timeZone)}</span>;
        if (!isAdmin) return "open";
        return (
          <Button
            className={styles.whole}
            disabled={acknowledge.isPending}
            onClick={() => acknowledge.mutate({ ids: [id] })}
            aria-label={`Acknowledge alert ${id} of ${budget}`}
          >
            Acknowledge
          </Button>
        );
      },
    },
  ];
  const actions = (
    <>
      <label className={styles.check}>
        <input type="checkbox" checked={isAll} onChange={({ target }) => setAll(target.checked)} /> acknowledged ones, too
      </label>
      {isAdmin && open > 0 && (
        <Button disabled={acknowledge.isPending} onClick={() => acknowledge.mutate({ all: true })}>
          Acknowledge all
        </Button>
      )}
    </>
  );
  return (
    <Panel isWide title="Alerts" actions={actions}>
      {acknowledge.error !== null && <Failure error={acknowledge.error} />}
      <Answer answer={answer}>
        {({ alerts, next_cursor: next }) =>
          alerts.length === 0 ? (
            <Empty title={isAll ? "No budget has reached a threshold." : "No alert is open."}>
              A budget tells once per window when one of its thresholds is reached. Acknowledging takes note of it; budgets go on as they
              are.
            </Empty>
          ) : (
            <>
              <DataTable caption="Alerts of budgets" columns={columns} rows={alerts} rowKey={({ id }) => String(id)} />
              {next !== null && <p className={styles.small}>The newest {alerts.length} are shown; tokenledger alerts list has all.</p>}
            </>
          )
        }
      </Answer>
    </Panel>
  );
}

function deliveryText(delivery: AlertDocument["delivery"], timeZone: string): string {
  if (delivery === null) return "none";
  if (delivery.delivered_at !== null) return `told ${instantText(delivery.delivered_at, timeZone)}`;
  if (delivery.next_attempt_at !== null)
    return `tried ${delivery.attempts} times, again ${instantText(delivery.next_attempt_at, timeZone)}`;
  return `given up after ${delivery.attempts} tries${delivery.last_error === null ? "" : `: ${delivery.last_error}`}`;
}
