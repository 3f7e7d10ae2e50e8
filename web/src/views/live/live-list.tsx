/** The last events, the newest on top. It stands still while somebody has paused it or points at it. */
import { memo, useState } from "react";
import { Link } from "react-router";
import { duration } from "../../format/amounts.ts";
import { timeText } from "../../format/instants.ts";
import { Button } from "../../parts/button.tsx";
import { Count, Money } from "../../parts/figures.tsx";
import { Empty, Panel } from "../../parts/panel.tsx";
import { Badge } from "../../parts/zone-badge.tsx";
import { useBook } from "../../question/book.tsx";
import { useQuestion } from "../../question/use-question.ts";
import styles from "./live.module.css";
import { isWantedBy, KINDS, type Kind, type LiveEvent, type LiveFeed } from "./live-feed.ts";
import { SendACall } from "./send-a-call.tsx";
import { sentenceOf } from "./sentences.ts";

const MOST_ROWS = 50;

const KIND_NAMES: Readonly<Record<Kind, string>> = {
  call: "Calls",
  refusal: "Refusals",
  alert: "Alerts",
  change: "Changes of budgets and keys",
  note: "Notes",
};

/** What the list looked like when it was stopped. */
interface Held {
  rows: readonly LiveEvent[];
  heard: number;
}

export function LiveList({ feed }: { feed: LiveFeed }) {
  const question = useQuestion();
  const { timeZone } = useBook();
  const [held, setHeld] = useState<Held>();
  const [isPaused, setPaused] = useState(false);
  const kinds = new Set(KINDS.filter((kind) => question.word("without")?.split(",").includes(kind) !== true));
  const text = question.word("text") ?? "";
  const rows = held?.rows ?? feed.newest(MOST_ROWS, isWantedBy(kinds, text));
  const hold = (): void => setHeld((before) => before ?? { rows, heard: feed.heard });
  const goOn = (): void => setHeld(undefined);
  const pause = (): void => {
    setPaused(!isPaused);
    if (isPaused) goOn();
    else hold();
  };
  const choose = (kind: Kind): void => {
    const without = KINDS.filter((one) => (one === kind ? kinds.has(one) : !kinds.has(one)));
    question.change({ without: without.length === 0 ? undefined : without.join(",") }, { replace: true });
    if (!isPaused) goOn();
  };
  return (
    <Panel
      title="As they pass"
      note={
        held === undefined
          ? `The newest ${MOST_ROWS} on top, times in ${timeZone}. The list stands still while you point at it.`
          : `The list stands still; ${feed.heard - held.heard} more have happened. The sums go on.`
      }
      actions={
        <>
          <input
            type="search"
            className={styles.search}
            aria-label="Only events with these words"
            placeholder="model, team, status…"
            value={text}
            onChange={({ target }) => {
              question.change({ text: target.value === "" ? undefined : target.value }, { replace: true });
              setHeld(undefined);
              setPaused(false);
            }}
          />
          <Button onClick={pause} aria-pressed={isPaused}>
            {isPaused ? "Go on" : "Pause"}
          </Button>
        </>
      }
    >
      <fieldset className={styles.kinds}>
        <legend className="visually-hidden">Which events</legend>
        {KINDS.map((kind) => (
          <label key={kind}>
            <input type="checkbox" checked={kinds.has(kind)} onChange={() => choose(kind)} /> {KIND_NAMES[kind]}
          </label>
        ))}
      </fieldset>
      {rows.length === 0 ? (
        feed.heard === 0 ? (
          <SendACall />
        ) : (
          <Empty title="No event is like this.">The last {feed.heard > 500 ? "500 are" : "ones are"} looked through.</Empty>
        )
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: nothing is done by it: what is read stands still
        <div
          className={styles.scroll}
          onPointerEnter={({ pointerType }) => pointerType === "mouse" && hold()}
          onPointerLeave={() => !isPaused && goOn()}
          onFocus={hold}
          onBlur={({ currentTarget, relatedTarget }) => !isPaused && !currentTarget.contains(relatedTarget) && goOn()}
        >
          <table className={styles.table}>
            <caption className="visually-hidden">Events as they pass</caption>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">What</th>
                <th scope="col" className={styles.number}>
                  Cost
                </th>
                <th scope="col" className={styles.number}>
                  Tokens
                </th>
                <th scope="col" className={styles.number}>
                  Took
                </th>
                <th scope="col">Whose</th>
                <th scope="col">Request</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((event) => (
                <Row key={event.number} event={event} timeZone={timeZone} link={requestLink(question, event)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function requestLink({ link }: Pick<ReturnType<typeof useQuestion>, "link">, { data }: LiveEvent): string | undefined {
  const { request_id: requestId } = data;
  return typeof requestId === "string" ? link("/requests", { request_id: requestId }) : undefined;
}

const Row = memo(function Row({ event, timeZone, link }: { event: LiveEvent; timeZone: string; link: string | undefined }) {
  const { kind, atMs, data } = event;
  const isSent = data.status !== "unsent";
  return (
    <tr data-kind={kind} className={kind === "gap" ? styles.gap : undefined}>
      <td className={styles.time}>
        <time dateTime={new Date(atMs).toISOString()}>{timeText(atMs, timeZone)}</time>
      </td>
      {kind === "call" ? (
        <>
          <td>
            <bdi className={styles.name}>{String(data.model)}</bdi> <span className={styles.quiet}>{String(data.provider)}</span>
            {data.status !== "ok" && (
              <>
                {" "}
                <Badge tone="orange">{String(data.status)}</Badge>
              </>
            )}
          </td>
          <td className={styles.number}>{isSent && <Money usd={data.cost_usd as string | null} />}</td>
          <td className={styles.number}>{isSent && <Count value={Number(data.input_tokens ?? 0) + Number(data.output_tokens ?? 0)} />}</td>
          <td className={styles.number}>{typeof data.latency_ms === "number" && duration(data.latency_ms)}</td>
          <td>
            <Owner data={data} />
          </td>
        </>
      ) : (
        <td colSpan={5} className={styles.sentence}>
          {kind !== "gap" && kind !== "note" && <Badge tone={kind === "change" ? "plain" : "orange"}>{event.type}</Badge>}{" "}
          {sentenceOf(event)}
        </td>
      )}
      <td>
        {link !== undefined && (kind === "call" ? <Link to={link}>Open</Link> : <span className={styles.quiet}>not in the book</span>)}
      </td>
    </tr>
  );
});

function Owner({ data }: { data: LiveEvent["data"] }) {
  const names = [data.team, data.project, data.user].filter((name) => typeof name === "string");
  return <bdi className={styles.name}>{names.join(" / ")}</bdi>;
}
