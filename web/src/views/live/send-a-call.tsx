/** Nothing has passed yet: how to send a call through. */
import { CommandLine, Empty } from "../../parts/panel.tsx";
import { useBook } from "../../question/book.tsx";
import styles from "./live.module.css";

export function SendACall() {
  const { session } = useBook();
  const base = `${location.origin}/v1`;
  const key = session.key_id === null ? "" : `-H 'authorization: Bearer tl_…' `;
  return (
    <Empty title="No call has passed since this view was opened.">
      <div className={styles.teach}>
        <p>Calls that go through the gateway are shown here at once. Point a program at it:</p>
        <CommandLine>{`OPENAI_BASE_URL=${base} python my_program.py`}</CommandLine>
        <p>or send one by hand:</p>
        <CommandLine>{`curl ${base}/chat/completions ${key}-H 'content-type: application/json' -d '{"model":"gpt-5-mini","messages":[{"role":"user","content":"Say hello."}]}'`}</CommandLine>
        <p>Calls that other processes record or import are in the book without passing here.</p>
      </div>
    </Empty>
  );
}
