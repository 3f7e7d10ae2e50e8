/** Calls under way: what is set aside for each of them until it is known what it cost. */
import type { ReservationDocument } from "tokenledger/insights";
import { parseUsd } from "../../../../src/money.ts";
import { useReservations } from "../../api/answers.ts";
import { distanceText, instantText } from "../../format/instants.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Count, Money } from "../../parts/figures.tsx";
import { Answer, Empty, Panel } from "../../parts/panel.tsx";
import { Badge } from "../../parts/zone-badge.tsx";
import { useBook } from "../../question/book.tsx";
import styles from "./budgets.module.css";

const AGAIN_MS = 2_000;
const MOST = 200;

export function ReservationsPanel() {
  const { nowMs, timeZone } = useBook();
  const answer = useReservations({ limit: MOST }, { everyMs: AGAIN_MS });
  const columns: Column<ReservationDocument>[] = [
    {
      key: "request",
      title: "Request",
      cell: ({ request_id: id }) => <bdi className={styles.id}>{id}</bdi>,
    },
    { key: "model", title: "Model", cell: ({ model }) => <bdi className={styles.words}>{model}</bdi> },
    { key: "whose", title: "Whose", cell: (reservation) => <bdi className={styles.words}>{whoseText(reservation)}</bdi> },
    {
      key: "reserved",
      title: "Reserved",
      isNumber: true,
      sortBy: ({ reserved_usd: usd }) => (usd === null ? null : parseUsd(usd)),
      cell: ({ reserved_usd: usd, reserved_tokens: tokens }) => (
        <>
          <Money usd={usd} />
          {tokens > 0 && (
            <div className={styles.small}>
              <Count value={tokens} isShort /> tokens
            </div>
          )}
        </>
      ),
    },
    {
      key: "since",
      title: "Since",
      cell: ({ since, expires_at: expires }) => (
        <time
          className={styles.words}
          dateTime={since}
          title={`${instantText(since, timeZone)}; ends by itself at ${instantText(expires, timeZone)}`}
        >
          {distanceText(since, nowMs())}
        </time>
      ),
    },
    {
      key: "state",
      title: "State",
      cell: ({ dispatched }) => <Badge tone={dispatched ? "accent" : "plain"}>{dispatched ? "sent" : "not sent yet"}</Badge>,
    },
    { key: "budgets", title: "Held by", cell: ({ budgets }) => <bdi className={styles.words}>{budgets.join(", ")}</bdi> },
  ];
  return (
    <Panel isWide title="In flight" note="Reserved for calls that are under way, the oldest first; looked at every two seconds.">
      <Answer answer={answer}>
        {({ reservations, totals }) =>
          reservations.length === 0 ? (
            <Empty title="No call is under way.">
              Each call through the gateway, and each that a program reserves, stands here until it has ended: what it may cost is set
              aside, so that two calls never spend the same dollar.
            </Empty>
          ) : (
            <>
              <p className={styles.small}>
                <Count value={totals.open} /> under way, <Money usd={totals.reserved_usd} /> and <Count value={totals.reserved_tokens} />{" "}
                tokens reserved.{totals.unpriced > 0 && ` Of ${totals.unpriced} the price is unknown.`}
                {totals.open > reservations.length && ` The oldest ${reservations.length} are shown.`}
              </p>
              <DataTable
                caption="Reservations in flight"
                columns={columns}
                rows={reservations}
                rowKey={({ request_id: id, since }) => `${id} ${since}`}
              />
            </>
          )
        }
      </Answer>
    </Panel>
  );
}

const WHOSE = ["org", "team", "user", "project", "key"] as const;

function whoseText(reservation: ReservationDocument): string {
  const parts = WHOSE.flatMap((name) => (reservation[name] === null ? [] : [`${name} ${reservation[name]}`]));
  return parts.join(", ") || "nobody named";
}
