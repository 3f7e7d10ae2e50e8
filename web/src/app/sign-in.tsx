/** Asks for a key where the server does not know who asks: at first, or over the view in which a session has ended. */
import { useState } from "react";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { CommandLine } from "../parts/panel.tsx";
import { signIn } from "./session.ts";
import styles from "./sign-in.module.css";
import { goOnAsMachine, useVisit } from "./visitor.ts";

export function SignIn({ isFirst }: { isFirst: boolean }) {
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState<string>();
  const [isAsking, setAsking] = useState(false);
  const { machine } = useVisit();
  const submit = async (): Promise<void> => {
    setAsking(true);
    setProblem(undefined);
    try {
      await signIn(key.trim());
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setAsking(false);
    }
  };
  return (
    <Dialog title={isFirst ? "Sign in to TokenLedger" : "Your session has ended"} isLocked onClose={() => undefined}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {!isFirst && <p className={styles.lead}>Sign in again to go on where you were.</p>}
        <Field
          label="Key"
          problem={problem}
          hint="It begins with tl_. A viewer's or an admin's sees the whole dashboard, a member's its own calls."
        >
          {(ties) => (
            <input
              {...ties}
              type="password"
              autoComplete="current-password"
              spellCheck={false}
              required
              value={key}
              onChange={({ target }) => setKey(target.value)}
            />
          )}
        </Field>
        <Button type="submit" tone="main" disabled={isAsking || key.trim() === ""}>
          {isAsking ? "Signing in…" : "Sign in"}
        </Button>
        {machine !== undefined && (
          <p className={styles.hint}>
            This machine itself needs no key: <Button onClick={goOnAsMachine}>Go on without one</Button>
          </p>
        )}
        {isFirst && (
          <p className={styles.hint}>
            An admin of the server makes one: <CommandLine>tokenledger keys create --name me --role viewer</CommandLine>
          </p>
        )}
        {!isSecureContext && (
          <p className={styles.hint}>
            This page came without TLS: the sign-in lasts until the page is loaded again, and the key travels unencrypted.
          </p>
        )}
      </form>
    </Dialog>
  );
}
