/** The requests of the period and filters, page by page; or the dearest of them. */
import { useState } from "react";
import { useUsage } from "../../api/answers.ts";
import type { Parameters } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Answer, CommandLine, Empty, Panel } from "../../parts/panel.tsx";
import { useBook } from "../../question/book.tsx";
import type { Question } from "../../question/use-question.ts";
import { RecordTable } from "./record-table.tsx";
import styles from "./requests.module.css";

const ROWS = 100;

export function RequestList({ question, selectedId }: { question: Question; selectedId: string | undefined }) {
  const isByCost = question.word("sort") === "cost";
  const setOrder = (sort: string): void => question.change({ sort: sort === "cost" ? sort : undefined });
  return (
    <Panel
      title={isByCost ? "The dearest" : "The newest"}
      note={isByCost ? `The ${ROWS} dearest; requests without a price have no cost to be told by, and are not among them.` : undefined}
      actions={
        <label>
          Order{" "}
          <select className={styles.select} value={isByCost ? "cost" : "time"} onChange={({ target }) => setOrder(target.value)}>
            <option value="time">newest first</option>
            <option value="cost">dearest first</option>
          </select>
        </label>
      }
    >
      {/* Another question begins at its first page. */}
      <Pages key={JSON.stringify([question.parameters, isByCost])} question={question} isByCost={isByCost} selectedId={selectedId} />
    </Panel>
  );
}

function Pages({ question, isByCost, selectedId }: { question: Question; isByCost: boolean; selectedId: string | undefined }) {
  /** Where each page after the first begins. */
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const order: Parameters = isByCost ? { sort: "cost" } : { order: "desc", cursor: cursors.at(-1) };
  const answer = useUsage({ ...question.parameters, ...order, limit: ROWS });
  return (
    <Answer answer={answer}>
      {({ records, next_cursor: next }) => {
        const isFirst = cursors.length === 0;
        return (
          <>
            {records.length === 0 && isFirst ? (
              <NoRequests />
            ) : (
              <RecordTable
                caption="Requests"
                records={records}
                selectedId={selectedId}
                linkTo={(record) => question.link("/requests", selection(question, record.id, record.request_id))}
              />
            )}
            {!(isFirst && next === null) && (
              <nav className={styles.pages} aria-label="Pages of requests">
                <Button disabled={isFirst} onClick={() => setCursors(cursors.slice(0, -1))}>
                  Newer
                </Button>
                <span>Page {cursors.length + 1}</span>
                <Button disabled={next === null} onClick={() => next !== null && setCursors([...cursors, next])}>
                  Older
                </Button>
              </nav>
            )}
          </>
        );
      }}
    </Answer>
  );
}

function selection({ word }: Question, id: string, requestId: string | null | undefined): Record<string, string | undefined> {
  return { id, request_id: requestId ?? undefined, sort: word("sort") };
}

function NoRequests() {
  const { last } = useBook();
  return last === undefined ? (
    <Empty title="The book is empty.">
      <p>Each call that is recorded, imported or goes through the gateway stands here.</p>
      <CommandLine>tokenledger import ~/.claude/projects</CommandLine>
    </Empty>
  ) : (
    <Empty title="No request is like this.">Choose other days, or take a filter away.</Empty>
  );
}
