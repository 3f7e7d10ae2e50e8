/** Asks before a saving is written down: into which file, and what the gateway will do. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { RecommendationDocument } from "tokenledger/insights";
import { type ApiError, askServer } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Money } from "../../parts/figures.tsx";
import { Failure } from "../../parts/panel.tsx";
import type { Question } from "../../question/use-question.ts";
import { MOST_AGE_SECONDS } from "./answer-age.tsx";
import styles from "./savings.module.css";
import { deedOf, scopesText } from "./savings-words.ts";

/** What follows from the rules in force. */
export const CHANGED_BY_RULES = ["/api/v1/savings", "/api/v1/receipts", "/api/v1/recommendations"];

export function ApplyDialog({
  recommendation,
  path,
  question,
  onClose,
  onApplied,
}: {
  recommendation: RecommendationDocument;
  /** The file that rules are written into; unknown before it was asked. */
  path: string | undefined;
  question: Question;
  onClose: () => void;
  onApplied: () => void;
}) {
  const questions = useQueryClient();
  const { id, from, to, saving, action, scopes } = recommendation;
  const applying = useMutation<unknown, ApiError>({
    mutationFn: () =>
      askServer("/api/v1/savings", {
        method: "POST",
        body: {
          ids: [id],
          ...question.days,
          // What is on the screen is meant: nothing has to be replayed again for it.
          max_age_seconds: MOST_AGE_SECONDS,
          ...(Object.keys(question.filters).length > 0 && { filters: question.filters }),
        },
      }),
    onSuccess: async () => {
      onApplied();
      await Promise.all(CHANGED_BY_RULES.map((each) => questions.invalidateQueries({ queryKey: [each] })));
    },
  });
  return (
    <Dialog
      title={
        <>
          Apply <bdi>{from}</bdi> → <bdi>{to}</bdi>?
        </>
      }
      onClose={onClose}
    >
      <div className={styles.stack}>
        <p>
          It is written down in <code>{path ?? "the file of savings"}</code> beside the configuration, for <bdi>{scopesText(scopes)}</bdi>.
          Your own configuration is never written to.
        </p>
        <ul className={styles.list}>
          {deedOf(action).map((sentence) => (
            <li key={sentence}>
              <bdi>{sentence}</bdi>
            </li>
          ))}
        </ul>
        <p>
          Expected: <Money usd={saving.expected_usd} /> a month, between <Money usd={saving.low_usd} /> and <Money usd={saving.high_usd} />.
          Receipts tell what comes of it; it can be taken back at any time.
        </p>
        {applying.error !== null && <Failure error={applying.error} />}
      </div>
      <div className={styles.buttons}>
        <Button onClick={onClose}>Leave it</Button>
        <Button tone="main" disabled={applying.isPending} onClick={() => applying.mutate()}>
          {applying.isPending ? "Writing it down" : "Write it down"}
        </Button>
      </div>
    </Dialog>
  );
}
