/** Keys, never themselves: whose they are, what they may, when they were used last. */
import type { KeyDocument } from "tokenledger/insights";
import { count } from "../../format/amounts.ts";
import { distanceText, instantText } from "../../format/instants.ts";
import { Button } from "../../parts/button.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Badge } from "../../parts/zone-badge.tsx";
import { useBook } from "../../question/book.tsx";
import { LIMITS, type LimitName, OWNERS } from "./key-form.ts";
import styles from "./keys.module.css";

const CONFIGURED = "config";

export type KeyAction = "rotate" | "revoke";

export function KeyTable({ keys, onAction }: { keys: readonly KeyDocument[]; onAction: (action: KeyAction, key: KeyDocument) => void }) {
  const { isAdmin, timeZone, nowMs } = useBook();
  const instant = (at: string | null, otherwise: string) =>
    at === null ? (
      <span className={`${styles.quiet} ${styles.whole}`}>{otherwise}</span>
    ) : (
      <time className={styles.whole} dateTime={at} title={instantText(at, timeZone)}>
        {distanceText(at, nowMs())}
      </time>
    );
  const columns: Column<KeyDocument>[] = [
    {
      key: "name",
      title: "Name",
      sortBy: ({ name }) => name,
      cell: ({ name, last4 }) => (
        <>
          <bdi>{name}</bdi> <span className={styles.quiet}>…{last4}</span>
        </>
      ),
    },
    {
      key: "state",
      title: "State",
      sortBy: ({ state }) => state,
      cell: ({ state, grace_until: graceUntil }) => (
        <>
          <Badge tone={state === "active" ? "green" : "plain"}>{state}</Badge>
          {graceUntil !== null && Date.parse(graceUntil) > nowMs() && (
            <span className={styles.quiet}> the one before is accepted until {instantText(graceUntil, timeZone)}</span>
          )}
        </>
      ),
    },
    { key: "role", title: "Role", sortBy: ({ role }) => role, cell: ({ role }) => <span className={styles.whole}>{role}</span> },
    { key: "whose", title: "Whose", cell: (key) => <Owners subject={key} /> },
    { key: "limits", title: "May", cell: (key) => <Limits subject={key} /> },
    { key: "used", title: "Last used", sortBy: ({ last_used_at: at }) => at, cell: ({ last_used_at: at }) => instant(at, "never") },
    { key: "ends", title: "Ends", sortBy: ({ expires_at: at }) => at, cell: ({ expires_at: at }) => instant(at, "never") },
    {
      key: "made",
      title: "Made by",
      isForWideScreens: true,
      cell: ({ defined_in: by }) => (by === CONFIGURED ? "configuration" : <bdi>{by}</bdi>),
    },
  ];
  if (isAdmin) {
    columns.push({
      key: "actions",
      title: <span className="visually-hidden">Changes</span>,
      cell: (key) =>
        key.defined_in === CONFIGURED ? (
          <span className={styles.quiet}>changed in the configuration</span>
        ) : (
          key.state === "active" && (
            <span className={styles.actions}>
              <Button onClick={() => onAction("rotate", key)} aria-label={`Rotate ${key.name}`}>
                Rotate
              </Button>
              <Button tone="danger" onClick={() => onAction("revoke", key)} aria-label={`Revoke ${key.name}`}>
                Revoke
              </Button>
            </span>
          )
        ),
    });
  }
  return <DataTable caption="Keys" columns={columns} rows={keys} rowKey={({ id }) => id} sorting={{ key: "name", isDescending: false }} />;
}

function Owners({ subject }: { subject: KeyDocument }) {
  const owners = OWNERS.filter((owner) => subject[owner] !== null);
  if (owners.length === 0) return <span className={`${styles.quiet} ${styles.whole}`}>everybody's</span>;
  return (
    <ul className={styles.lines}>
      {owners.map((owner) => (
        <li key={owner}>
          <span className={styles.quiet}>{owner}</span> <bdi>{subject[owner]}</bdi>
        </li>
      ))}
    </ul>
  );
}

function Limits({ subject }: { subject: KeyDocument }) {
  const limits = (Object.keys(LIMITS) as LimitName[]).filter((name) => subject[name] !== null);
  return (
    <ul className={styles.lines}>
      <li>
        <bdi>{subject.models === null ? "all models" : subject.models.join(", ")}</bdi>
      </li>
      {limits.map((name) => (
        <li key={name}>
          {LIMITS[name]} <data value={subject[name] as number}>{count(subject[name] as number)}</data>
        </li>
      ))}
    </ul>
  );
}
