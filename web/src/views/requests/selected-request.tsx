/** One request: its attempts, what the chosen one says, and how its price comes about. */
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { useRecordCost, useUsage } from "../../api/answers.ts";
import type { UsageRecordDocument } from "../../api/documents.ts";
import { Button } from "../../parts/button.tsx";
import { Answer, Empty, Failure, Panel, PanelGrid, Waiting } from "../../parts/panel.tsx";
import { useQuestion } from "../../question/use-question.ts";
import { PriceSteps } from "./price-steps.tsx";
import { RecordDetails } from "./record-details.tsx";
import { RecordTable } from "./record-table.tsx";
import styles from "./requests.module.css";

const MOST_ATTEMPTS = 1_000;

/** At least one of the two is given. */
export function SelectedRequest({ id, requestId }: { id: string | undefined; requestId: string | undefined }) {
  const { change, link } = useQuestion("month");
  const byId = useRecordCost({ id }, { isWanted: id !== undefined });
  const ownRequestId = requestId ?? byId.data?.record.request_id ?? undefined;
  const attempts = useUsage({ request_id: ownRequestId, limit: MOST_ATTEMPTS }, { isWanted: ownRequestId !== undefined });
  const records = ownRequestId === undefined ? [] : (attempts.data?.records ?? []);
  const chosen = id === undefined ? records.at(-1) : (byId.data?.record ?? records.find((record) => record.id === id));
  const close = (): void => change({ id: undefined, request_id: undefined });
  const place = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever has chosen another one is led there
  useEffect(() => place.current?.focus({ preventScroll: false }), [id, requestId]);
  const error = byId.error ?? attempts.error;
  return (
    <div ref={place} tabIndex={-1} className={styles.selected} data-selected={id ?? requestId}>
      <PanelGrid>
        <Panel
          title="The request"
          note={requestId ?? (ownRequestId === undefined ? undefined : `Request ${ownRequestId}`)}
          actions={<Button onClick={close}>Close</Button>}
          isWide
        >
          {error !== null && chosen === undefined ? (
            <Failure error={error} />
          ) : chosen === undefined ? (
            attempts.data === undefined ? (
              <Waiting />
            ) : (
              <Empty title="The book has no record of this request.">
                A call is in the book once it has ended. One that was refused before it was sent is not recorded.
              </Empty>
            )
          ) : (
            <>
              {records.length > 1 && (
                <>
                  <p className={styles.quiet}>{records.length} attempts, each a record of its own:</p>
                  <RecordTable
                    caption="Attempts of this request"
                    records={records}
                    linkTo={(record) => link("/requests", { id: record.id, request_id: ownRequestId })}
                    selectedId={chosen.id}
                  />
                </>
              )}
              <RecordDetails record={chosen} />
              <Around record={chosen} link={link} />
            </>
          )}
        </Panel>
        {chosen !== undefined && <Price id={chosen.id} />}
      </PanelGrid>
    </div>
  );
}

function Price({ id }: { id: string }) {
  const cost = useRecordCost({ id });
  return (
    <Panel title="How its price comes about" isWide>
      <Answer answer={cost}>{(document) => <PriceSteps cost={document} />}</Answer>
    </Panel>
  );
}

/** From one request to those like it. */
function Around({ record, link }: { record: UsageRecordDocument; link: ReturnType<typeof useQuestion>["link"] }) {
  const none = { id: undefined, request_id: undefined };
  return (
    <p className={styles.quiet}>
      More: <Link to={link("/requests", { ...none, model: record.model })}>of this model</Link>
      {typeof record.team === "string" && (
        <>
          , <Link to={link("/requests", { ...none, team: record.team })}>of this team</Link>
        </>
      )}
      {typeof record.session_id === "string" && (
        <>
          , <Link to={link("/requests", { ...none, session: record.session_id })}>of this session</Link>
        </>
      )}
    </p>
  );
}
