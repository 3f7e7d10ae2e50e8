/** Virtual keys: who may call, and for whom. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { KeyDocument } from "tokenledger/insights";
import { useKeys } from "../../api/answers.ts";
import { Button } from "../../parts/button.tsx";
import { Answer, CommandLine, Empty, Panel } from "../../parts/panel.tsx";
import { View } from "../../parts/view.tsx";
import { useBook } from "../../question/book.tsx";
import { useQuestion } from "../../question/use-question.ts";
import { RevokeKey, RotateKey } from "./change-key.tsx";
import { CreateKey } from "./create-key.tsx";
import { type KeyAction, KeyTable } from "./key-table.tsx";
import styles from "./keys.module.css";
import { type MadeKey, NewKey } from "./new-key.tsx";

const MOST_KEYS = 1_000;

type Doing = { action: "create" } | { action: KeyAction; subject: KeyDocument } | { action: "show"; made: MadeKey };

export default function KeysView() {
  const { isAdmin, session, timeZone } = useBook();
  const question = useQuestion();
  const isAll = question.word("all") === "true";
  const [cursor, setCursor] = useState<string>();
  const answer = useKeys({ all: isAll || undefined, limit: MOST_KEYS, cursor });
  const cache = useQueryClient();
  const [doing, setDoing] = useState<Doing>();
  const close = (): void => {
    setDoing(undefined);
    void cache.invalidateQueries({ queryKey: ["/api/v1/keys"] });
  };
  const show = (made: MadeKey): void => {
    setDoing({ action: "show", made });
    void cache.invalidateQueries({ queryKey: ["/api/v1/keys"] });
  };
  return (
    <View
      title="Keys"
      lead={`Who may call through the gateway, for whom, and how much at a time. Times in ${timeZone}.`}
      bar={
        <div className={styles.bar}>
          {isAdmin && (
            <Button tone="main" onClick={() => setDoing({ action: "create" })}>
              New key
            </Button>
          )}
          <label>
            <input
              type="checkbox"
              checked={isAll}
              onChange={({ target }) => {
                setCursor(undefined);
                question.change({ all: target.checked ? "true" : undefined }, { replace: true });
              }}
            />{" "}
            also those that have ended
          </label>
          {!isAdmin && <span className={styles.quiet}>A viewer's key reads: an admin's makes and ends keys.</span>}
        </div>
      }
    >
      <Panel
        title={isAll ? "All keys" : "Keys in use"}
        note="A key itself is shown once, when it is made: the book keeps a digest. Keys of the configuration are changed there."
      >
        <Answer answer={answer}>
          {({ keys, next_cursor: next }) =>
            keys.length === 0 && cursor === undefined ? (
              <NoKeys isAll={isAll} />
            ) : (
              <>
                <KeyTable keys={keys} onAction={(action, subject) => setDoing({ action, subject })} />
                {cursor !== undefined && <Button onClick={() => setCursor(undefined)}>To the first keys</Button>}
                {next !== null && <Button onClick={() => setCursor(next)}>More keys</Button>}
              </>
            )
          }
        </Answer>
      </Panel>
      {doing?.action === "create" && <CreateKey onMade={show} onClose={close} />}
      {doing?.action === "rotate" && <RotateKey subject={doing.subject} onMade={show} onClose={close} />}
      {doing?.action === "revoke" && (
        <RevokeKey subject={doing.subject} isOwn={doing.subject.id === session.key_id} onDone={close} onClose={close} />
      )}
      {doing?.action === "show" && <NewKey made={doing.made} onClose={close} />}
    </View>
  );
}

function NoKeys({ isAll }: { isAll: boolean }) {
  return (
    <Empty title={isAll ? "No key was ever made." : "No key is in use."}>
      <p>With a key each, programs and people are told apart, limited and held to budgets; from this machine none is needed.</p>
      <CommandLine>tokenledger keys create --name ci --team engineering</CommandLine>
    </Empty>
  );
}
