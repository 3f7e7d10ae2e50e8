/** What is in force, and how to take it back. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { RuleDocument, SavingsDocument } from "tokenledger/insights";
import type { Answer as Answered } from "../../api/answers.ts";
import { type ApiError, askServer } from "../../api/client.ts";
import { instantText } from "../../format/instants.ts";
import { Button } from "../../parts/button.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Money } from "../../parts/figures.tsx";
import { Answer, Empty, Failure, Panel } from "../../parts/panel.tsx";
import { useBook } from "../../question/book.tsx";
import { CHANGED_BY_RULES } from "./apply-dialog.tsx";
import styles from "./savings.module.css";
import { scopesText } from "./savings-words.ts";

export function InForcePanel({ savings }: { savings: Answered<SavingsDocument> }) {
  const { session, timeZone } = useBook();
  const [asked, setAsked] = useState<RuleDocument | "all">();
  const columns: Column<RuleDocument>[] = [
    {
      key: "what",
      title: "What",
      cell: ({ from, to, id }) => (
        <>
          <bdi>{from}</bdi> → <bdi>{to}</bdi>
          <div className={styles.id}>{id}</div>
        </>
      ),
    },
    { key: "whose", title: "Whose calls", cell: ({ scopes }) => <bdi>{scopesText(scopes)}</bdi> },
    {
      key: "since",
      title: "Since",
      cell: ({ applied_at: at }) => <time dateTime={at}>{instantText(at, timeZone)}</time>,
    },
    {
      key: "expected",
      title: "Expected a month",
      isNumber: true,
      cell: ({ expected_saving_usd: usd }) => (usd === null ? <span className={styles.muted}>not said</span> : <Money usd={usd} />),
    },
    ...(session.can_apply_savings
      ? [
          {
            key: "revert",
            title: <span className="visually-hidden">Take back</span>,
            cell: (rule: RuleDocument) => (
              <Button onClick={() => setAsked(rule)} aria-label={`Take back ${rule.from} to ${rule.to}`}>
                Take back
              </Button>
            ),
          },
        ]
      : []),
  ];
  const inForce = savings.data?.in_force ?? [];
  return (
    <Panel
      isWide
      title="In force"
      actions={session.can_apply_savings && inForce.length > 1 && <Button onClick={() => setAsked("all")}>Take all back</Button>}
    >
      <Answer answer={savings}>
        {({ in_force: rules, path }) =>
          rules.length === 0 ? (
            <Empty title="No saving is in force.">
              {session.can_apply_savings
                ? `What is applied stands in ${path ?? "tokenledger.savings.yaml"} beside the configuration, and the gateway does it from the next call on.`
                : "An admin whose key is fixed to no names applies savings here, where the gateway has a file for them; on the machine, tokenledger optimize --apply does."}
            </Empty>
          ) : (
            <>
              <DataTable caption="Savings in force" columns={columns} rows={rules} rowKey={({ id }) => id} />
              {path !== null && <p className={styles.small}>They stand in {path}.</p>}
            </>
          )
        }
      </Answer>
      {asked !== undefined && <RevertDialog rule={asked} onClose={() => setAsked(undefined)} />}
    </Panel>
  );
}

function RevertDialog({ rule, onClose }: { rule: RuleDocument | "all"; onClose: () => void }) {
  const questions = useQueryClient();
  const reverting = useMutation<unknown, ApiError>({
    mutationFn: () => askServer(`/api/v1/savings/${rule === "all" ? "all" : encodeURIComponent(rule.id)}`, { method: "DELETE" }),
    onSuccess: async () => {
      onClose();
      await Promise.all(CHANGED_BY_RULES.map((each) => questions.invalidateQueries({ queryKey: [each] })));
    },
  });
  return (
    <Dialog
      title={
        rule === "all" ? (
          "Take all of them back?"
        ) : (
          <>
            Take <bdi>{rule.from}</bdi> → <bdi>{rule.to}</bdi> back?
          </>
        )
      }
      onClose={onClose}
    >
      <p>From the next call on it is as if it had never been applied. What was saved stays saved; its receipt ends.</p>
      {reverting.error !== null && <Failure error={reverting.error} />}
      <div className={styles.buttons}>
        <Button onClick={onClose}>Leave it in force</Button>
        <Button tone="danger" disabled={reverting.isPending} onClick={() => reverting.mutate()}>
          Take back
        </Button>
      </div>
    </Dialog>
  );
}
