/** Two have changed the same budget: what the other one has made of it, and whose words are to hold. */
import type { DefinitionDocument } from "tokenledger/insights";
import { Button } from "../../parts/button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { differencesOf } from "./budget-draft.ts";
import styles from "./budgets.module.css";

export function ChangedMeanwhile({
  was,
  now,
  onTakeTheirs,
  onKeepMine,
}: {
  was: DefinitionDocument;
  /** Undefined where the budget is gone. */
  now: DefinitionDocument | undefined;
  onTakeTheirs: () => void;
  onKeepMine: () => void;
}) {
  const differences = now === undefined ? [] : differencesOf(was, now);
  return (
    <div className={styles.meanwhile} role="alert">
      <p>
        <strong>Changed meanwhile.</strong>{" "}
        {now === undefined
          ? "Somebody has removed this budget since you opened it."
          : "Somebody has changed this budget since you opened it."}{" "}
        Nothing of yours was saved.
      </p>
      {now !== undefined && differences.length === 0 && <p>What differs is not shown here: a webhook or its secret.</p>}
      {differences.length > 0 && (
        <DataTable
          caption="What was changed meanwhile"
          columns={[
            { key: "what", title: "What", cell: ({ what }) => what },
            { key: "was", title: "When you opened it", cell: ({ was: text }) => <bdi>{text}</bdi> },
            { key: "now", title: "Now", cell: ({ now: text }) => <bdi>{text}</bdi> },
          ]}
          rows={differences}
          rowKey={({ what }) => what}
        />
      )}
      <div className={styles.buttons}>
        <Button onClick={onTakeTheirs}>{now === undefined ? "Leave it removed" : "Start from what it is now"}</Button>
        <Button onClick={onKeepMine}>{now === undefined ? "Go on and create it anew" : "Go on with mine"}</Button>
      </div>
    </div>
  );
}
