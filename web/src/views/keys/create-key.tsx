/** Asks for a new key; what the server does not accept is said beside the field. */
import { useState } from "react";
import { ApiError, askServer } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Field } from "../../parts/field.tsx";
import { Failure } from "../../parts/panel.tsx";
import { useBook } from "../../question/book.tsx";
import { type FieldName, fieldOf, type KeyDraft, keyBody, LIMITS, type LimitName, OWNERS } from "./key-form.ts";
import styles from "./keys.module.css";
import type { MadeKey } from "./new-key.tsx";

const OWNER_NAMES = { org: "Organisation", team: "Team", user: "User", project: "Project" } as const;

export function CreateKey({ onMade, onClose }: { onMade: (made: MadeKey) => void; onClose: () => void }) {
  const { session, timeZone } = useBook();
  const [draft, setDraft] = useState<KeyDraft>(() => Object.fromEntries(OWNERS.map((owner) => [owner, session[owner] ?? ""])));
  const [error, setError] = useState<Error>();
  const [isAsking, setAsking] = useState(false);
  const wrong = error instanceof ApiError ? fieldOf(error.field) : undefined;
  const submit = async (): Promise<void> => {
    setAsking(true);
    setError(undefined);
    try {
      onMade(await askServer<MadeKey>("/api/v1/keys", { method: "POST", body: keyBody(draft) }));
    } catch (refused) {
      setError(refused instanceof Error ? refused : new Error(String(refused)));
      setAsking(false);
    }
  };
  const input = (
    name: FieldName,
    label: string,
    { hint, mode, isNeeded }: { hint?: string; mode?: "numeric"; isNeeded?: boolean } = {},
  ) => (
    <Field label={label} hint={hint} problem={wrong === name ? error?.message : undefined}>
      {(ties) => (
        <input
          {...ties}
          name={name}
          inputMode={mode}
          required={isNeeded}
          spellCheck={false}
          autoComplete="off"
          value={draft[name] ?? ""}
          onChange={({ target }) => setDraft({ ...draft, [name]: target.value })}
        />
      )}
    </Field>
  );
  return (
    <Dialog title="A new key" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {error !== undefined && wrong === undefined && <Failure error={error} />}
        {input("name", "Name", { hint: "Of whom or what uses it: ci, anna's notebook.", isNeeded: true })}
        <Field
          label="Role"
          problem={wrong === "role" ? error?.message : undefined}
          hint="A member calls models; a viewer reads; an admin changes, too."
        >
          {(ties) => (
            <select {...ties} value={draft.role ?? "member"} onChange={({ target }) => setDraft({ ...draft, role: target.value })}>
              <option value="member">member</option>
              <option value="viewer">viewer</option>
              <option value="admin">admin</option>
            </select>
          )}
        </Field>
        <fieldset className={styles.group}>
          <legend>Whose calls these are (empty: nobody's in particular)</legend>
          {OWNERS.map((owner) => (
            <div key={owner}>{input(owner, OWNER_NAMES[owner])}</div>
          ))}
        </fieldset>
        {input("models", "Models", { hint: "Names or patterns, with commas between: gpt-5*, claude-*. Empty: all." })}
        <fieldset className={styles.group}>
          <legend>Limits (empty: none but your own)</legend>
          {(Object.keys(LIMITS) as LimitName[]).map((name) => (
            <div key={name}>{input(name, LIMITS[name], { mode: "numeric" })}</div>
          ))}
        </fieldset>
        {input("expires_at", "Ends", { hint: `A day or a time, as 2099-01-31 or 90d; days in ${timeZone}. Empty: never.` })}
        <div className={styles.buttons}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="main" disabled={isAsking}>
            {isAsking ? "Making it…" : "Make the key"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
