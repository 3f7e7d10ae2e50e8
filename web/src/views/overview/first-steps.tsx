/** What an empty book can be filled with: three ways in, and a company to try it on. */

import { CommandLine, Panel, PanelGrid } from "../../parts/panel.tsx";
import { useBook } from "../../question/book.tsx";
import styles from "./overview.module.css";

export function FirstSteps() {
  const { session } = useBook();
  const { origin } = location;
  return (
    <>
      <p className={styles.sentence}>
        The book {session.book} holds no call yet. Once it does, this page says what was spent, where the month will end, whether budgets
        hold, and what to do next. There are three ways in.
      </p>
      <PanelGrid>
        <Panel title="1. Import what your tools have logged">
          <p>Logs of coding assistants and exports of providers and proxies, found by themselves or given as files.</p>
          <CommandLine>tokenledger import</CommandLine>
        </Panel>
        <Panel title="2. Send calls through this gateway">
          <p>Name the providers in tokenledger.yaml, then point a program here. Nothing else in it changes.</p>
          <CommandLine>{`OPENAI_BASE_URL=${origin}/v1 python my_program.py`}</CommandLine>
        </Panel>
        <Panel title="3. Post calls that were made elsewhere">
          <p>Any program can tell of its own calls.</p>
          <CommandLine>
            {`curl ${origin}/api/v1/usage -H 'content-type: application/json' -d '{"provider":"openai","model":"gpt-5","input_tokens":1200,"output_tokens":300}'`}
          </CommandLine>
        </Panel>
        <Panel title="Or look at a company that is made up">
          <p>Three months of calls by several teams, with budgets, in a book of its own.</p>
          <CommandLine>npx tokenledger demo</CommandLine>
        </Panel>
      </PanelGrid>
    </>
  );
}
