/** Writes a budget, new or changed. The server's rules say what is wrong, beside the field that it is about. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import { ApiError } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Field } from "../../parts/field.tsx";
import { Failure } from "../../parts/panel.tsx";
import { useBook } from "../../question/book.tsx";
import { type BudgetDraft, bodyOf, draftOf, ENFORCEMENTS, newDraft, PERIODS, placeOfField } from "./budget-draft.ts";
import styles from "./budgets.module.css";
import { ChangedMeanwhile } from "./changed-meanwhile.tsx";
import { SCOPE_NAMES } from "./counters.ts";
import { type DefinedBudget, readBudget, type SavedBudget, saveBudget } from "./save-budget.ts";

export function BudgetForm({
  before: opened,
  onClose,
  onSaved,
}: {
  /** The budget to change; without one, a new one is made. */
  before?: DefinedBudget;
  onClose: () => void;
  onSaved: (saved: SavedBudget) => void;
}) {
  const { timeZone } = useBook();
  const [before, setBefore] = useState(opened);
  const [draft, setDraft] = useState<BudgetDraft>(() => (opened === undefined ? newDraft(timeZone) : draftOf(opened.definition)));
  /** What the budget is now, where somebody else has changed it since the form was opened. */
  const [meanwhile, setMeanwhile] = useState<{ now: DefinedBudget | undefined }>();
  const questions = useQueryClient();
  const formId = useId();
  const form = useRef<HTMLFormElement>(null);
  const saving = useMutation<SavedBudget, ApiError>({
    mutationFn: async () => {
      try {
        return await saveBudget(bodyOf(draft, before?.definition), before);
      } catch (error) {
        if (error instanceof ApiError && error.status === 412 && before !== undefined)
          setMeanwhile({ now: await readBudget(before.definition.name) });
        throw error;
      }
    },
    onError: ({ field }) => {
      // Once it is drawn beside its field, who has pressed a button far below is brought there.
      if (placeOfField(field) !== undefined)
        requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
    },
    onSuccess: async (saved) => {
      await Promise.all(
        ["/api/v1/budgets", "/api/v1/forecast", "/api/v1/alerts", "/api/v1/summary"].map((path) =>
          questions.invalidateQueries({ queryKey: [path] }),
        ),
      );
      onSaved(saved);
    },
  });
  const place = placeOfField(saving.error?.field);
  const problemAt = (field: string): string | undefined => (place === field ? saving.error?.message : undefined);
  const set = (changes: Partial<BudgetDraft>): void => setDraft({ ...draft, ...changes });
  const isNew = before === undefined;

  return (
    <Dialog
      title={
        isNew ? (
          "New budget"
        ) : (
          <>
            Change <bdi>{before.definition.name}</bdi>
          </>
        )
      }
      onClose={onClose}
    >
      <form
        id={formId}
        ref={form}
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          saving.mutate();
        }}
      >
        <Field label="Name" problem={problemAt("name")} {...(!isNew && { hint: "A budget keeps its name." })}>
          {(ties) => <input {...ties} value={draft.name} disabled={!isNew} onChange={({ target }) => set({ name: target.value })} />}
        </Field>

        <fieldset className={styles.group}>
          <legend>What it counts</legend>
          <p className={styles.small}>Calls that match all of these; an empty field leaves nothing out, * counts each value by itself.</p>
          {problemAt("scope") !== undefined && <p className={styles.problem}>{problemAt("scope")}</p>}
          <div className={styles.columns}>
            {SCOPE_NAMES.map((name) => (
              <Field key={name} label={name === "org" ? "organization" : name} problem={problemAt(`scope.${name}`)}>
                {(ties) => (
                  <input
                    {...ties}
                    value={draft.scope[name]}
                    onChange={({ target }) => set({ scope: { ...draft.scope, [name]: target.value } })}
                  />
                )}
              </Field>
            ))}
          </div>
        </fieldset>

        <fieldset className={styles.group}>
          <legend>How much, in which time</legend>
          <div className={styles.columns}>
            <Field label="Amount in USD" problem={problemAt("amount_usd")}>
              {(ties) => (
                <input {...ties} inputMode="decimal" value={draft.amount} onChange={({ target }) => set({ amount: target.value })} />
              )}
            </Field>
            <Field label="Tokens" hint="In its place, or beside it." problem={problemAt("max_tokens")}>
              {(ties) => (
                <input {...ties} inputMode="numeric" value={draft.tokens} onChange={({ target }) => set({ tokens: target.value })} />
              )}
            </Field>
            <Field label="Window" problem={problemAt("period")}>
              {(ties) => (
                <select {...ties} value={draft.span} onChange={({ target }) => set({ span: target.value })}>
                  {PERIODS.map((period) => (
                    <option key={period} value={period}>
                      {period}
                    </option>
                  ))}
                  <option value="sliding">sliding</option>
                </select>
              )}
            </Field>
            {draft.span === "sliding" ? (
              <Field label="Its length in seconds" hint="86400 is a day, 604800 a week." problem={problemAt("window_seconds")}>
                {(ties) => (
                  <input
                    {...ties}
                    inputMode="numeric"
                    value={draft.windowSeconds}
                    onChange={({ target }) => set({ windowSeconds: target.value })}
                  />
                )}
              </Field>
            ) : (
              <Field label="Time zone" hint="In which its days and months begin." problem={problemAt("time_zone")}>
                {(ties) => <input {...ties} value={draft.timeZone} onChange={({ target }) => set({ timeZone: target.value })} />}
              </Field>
            )}
          </div>
        </fieldset>

        <fieldset className={styles.group}>
          <legend>What happens</legend>
          <Field label="Tells at, in percent" hint="Rising, such as 50, 75, 90. Telling never stops a call." problem={problemAt("alerts")}>
            {(ties) => <input {...ties} value={draft.thresholds} onChange={({ target }) => set({ thresholds: target.value })} />}
          </Field>
          <div className={styles.columns}>
            <Field label="When it is spent" problem={problemAt("enforcement")}>
              {(ties) => (
                <select {...ties} value={draft.enforcement} onChange={({ target }) => set({ enforcement: target.value })}>
                  {Object.entries(ENFORCEMENTS).map(([name, label]) => (
                    <option key={name} value={name}>
                      {label}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            {draft.enforcement === "switch_provider" && (
              <Field label="Provider to move to" problem={problemAt("switch_to")}>
                {(ties) => <input {...ties} value={draft.switchTo} onChange={({ target }) => set({ switchTo: target.value })} />}
              </Field>
            )}
            <Field label="Tolerance, in percent" hint="How far a soft budget may be passed." problem={problemAt("tolerance")}>
              {(ties) => (
                <input
                  {...ties}
                  inputMode="decimal"
                  value={draft.tolerancePercent}
                  onChange={({ target }) => set({ tolerancePercent: target.value })}
                />
              )}
            </Field>
          </div>
          <label className={styles.check}>
            <input
              type="checkbox"
              checked={draft.isHard || draft.enforcement === "block_requests"}
              disabled={draft.enforcement === "block_requests"}
              onChange={({ target }) => set({ isHard: target.checked })}
            />{" "}
            Hard: spending and reservations never pass the amount
          </label>
          <label className={styles.check}>
            <input type="checkbox" checked={draft.isShadow} onChange={({ target }) => set({ isShadow: target.checked })} /> Try it out: tell
            what would happen, and let every call pass
          </label>
        </fieldset>

        <details className={styles.group} open={before?.definition.webhook != null || place?.startsWith("webhook")}>
          <summary>Webhook</summary>
          <Field label="Where alerts are posted" hint={webhookHint(before)} problem={problemAt("webhook")}>
            {(ties) => <input {...ties} type="url" value={draft.webhook} onChange={({ target }) => set({ webhook: target.value })} />}
          </Field>
          <Field label="Secret that posts are signed with" problem={problemAt("webhook_secret")}>
            {(ties) => (
              <input
                {...ties}
                type="password"
                autoComplete="off"
                value={draft.webhookSecret}
                onChange={({ target }) => set({ webhookSecret: target.value })}
              />
            )}
          </Field>
        </details>
      </form>
      {meanwhile !== undefined && before !== undefined && (
        <ChangedMeanwhile
          was={before.definition}
          now={meanwhile.now?.definition}
          onTakeTheirs={() => {
            if (meanwhile.now === undefined) return onClose();
            setBefore(meanwhile.now);
            setDraft(draftOf(meanwhile.now.definition));
            setMeanwhile(undefined);
            saving.reset();
          }}
          onKeepMine={() => {
            setBefore(meanwhile.now);
            setMeanwhile(undefined);
            saving.reset();
          }}
        />
      )}
      {saving.error !== null && meanwhile === undefined && place === undefined && <Failure error={saving.error} />}
      <div className={styles.buttons}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" form={formId} tone="main" disabled={saving.isPending || meanwhile !== undefined}>
          {saving.isPending ? "Saving" : isNew ? "Create the budget" : "Save the budget"}
        </Button>
      </div>
    </Dialog>
  );
}

function webhookHint(before: DefinedBudget | undefined): string {
  const { webhook, webhook_signed: isSigned } = before?.definition ?? { webhook: null, webhook_signed: false };
  if (webhook === null) return "Such as https://hooks.slack.com/services/…; empty for none.";
  return `It has one at ${webhook}${isSigned ? ", signed" : ""}. Only that much is ever shown: give it in full again, or it is taken away.`;
}
