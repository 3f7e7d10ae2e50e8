/** Asks before a budget is taken away. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ApiError } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Failure } from "../../parts/panel.tsx";
import styles from "./budgets.module.css";
import { type DefinedBudget, removeBudget } from "./save-budget.ts";

export function RemoveBudget({ budget, onClose, onRemoved }: { budget: DefinedBudget; onClose: () => void; onRemoved: () => void }) {
  const questions = useQueryClient();
  const removing = useMutation<void, ApiError>({
    mutationFn: () => removeBudget(budget),
    onSuccess: async () => {
      onRemoved();
      await questions.invalidateQueries();
    },
  });
  const isChanged = removing.error?.status === 412;
  return (
    <Dialog
      title={
        <>
          Remove <bdi>{budget.definition.name}</bdi>?
        </>
      }
      onClose={onClose}
    >
      <p>
        It holds no call back any more, and its counters and alerts go with it. What was spent stays in the book, and counts again if the
        budget is made again.
      </p>
      {removing.error !== null && (
        <div className={styles.spaced}>
          <Failure error={removing.error} />
          {isChanged && <p>It was changed meanwhile. Close this, look at what it is now, and ask again.</p>}
        </div>
      )}
      <div className={styles.buttons}>
        <Button
          onClick={() => {
            if (isChanged) void questions.invalidateQueries({ queryKey: ["/api/v1/budgets"] });
            onClose();
          }}
        >
          Keep it
        </Button>
        <Button tone="danger" disabled={removing.isPending || isChanged} onClick={() => removing.mutate()}>
          Remove the budget
        </Button>
      </div>
    </Dialog>
  );
}
