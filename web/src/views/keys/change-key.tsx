/** Rotating and revoking: both are asked about before they are done. */
import { useState } from "react";
import type { KeyDocument } from "tokenledger/insights";
import { askServer } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Field } from "../../parts/field.tsx";
import { Failure } from "../../parts/panel.tsx";
import { GRACES } from "./key-form.ts";
import styles from "./keys.module.css";
import type { MadeKey } from "./new-key.tsx";

export function RotateKey({ subject, onMade, onClose }: { subject: KeyDocument; onMade: (made: MadeKey) => void; onClose: () => void }) {
  const [graceSeconds, setGraceSeconds] = useState("3600");
  const rotation = useDoing(async () =>
    onMade(
      await askServer<MadeKey>(`/api/v1/keys/${encodeURIComponent(subject.id)}/rotate`, {
        method: "POST",
        body: { grace_seconds: Number(graceSeconds) },
      }),
    ),
  );
  return (
    <Dialog
      title={
        <>
          A new key for <bdi>{subject.name}</bdi>
        </>
      }
      onClose={onClose}
    >
      {rotation.error !== undefined && <Failure error={rotation.error} />}
      <p className={styles.lead}>It keeps the name and all limits, and is shown once. The old one, which ends in {subject.last4}, ends.</p>
      <Field label="The old key ends">
        {(ties) => (
          <select {...ties} value={graceSeconds} onChange={({ target }) => setGraceSeconds(target.value)}>
            {Object.entries(GRACES).map(([seconds, text]) => (
              <option key={seconds} value={seconds}>
                {text}
              </option>
            ))}
          </select>
        )}
      </Field>
      <div className={styles.buttons}>
        <Button onClick={onClose}>Cancel</Button>
        <Button tone="main" disabled={rotation.isGoingOn} onClick={rotation.begin}>
          Make the new key
        </Button>
      </div>
    </Dialog>
  );
}

export function RevokeKey({
  subject,
  isOwn,
  onDone,
  onClose,
}: {
  subject: KeyDocument;
  /** The key by which whoever asks is signed in. */
  isOwn: boolean;
  onDone: () => void;
  onClose: () => void;
}) {
  const revocation = useDoing(async () => {
    await askServer(`/api/v1/keys/${encodeURIComponent(subject.id)}`, { method: "DELETE" });
    onDone();
  });
  return (
    <Dialog
      title={
        <>
          Revoke <bdi>{subject.name}</bdi>?
        </>
      }
      onClose={onClose}
    >
      {revocation.error !== undefined && <Failure error={revocation.error} />}
      <p className={styles.lead}>
        The key that ends in {subject.last4} is refused at once, here, and within two seconds by every other gateway of the book; its
        sessions end with it. This can't be taken back.
        {isOwn && " It is the key that you are signed in by: you will be signed out."}
      </p>
      <div className={styles.buttons}>
        <Button onClick={onClose}>Keep it</Button>
        <Button tone="danger" disabled={revocation.isGoingOn} onClick={revocation.begin}>
          Revoke it
        </Button>
      </div>
    </Dialog>
  );
}

function useDoing(does: () => Promise<void>): { isGoingOn: boolean; error: Error | undefined; begin: () => void } {
  const [isGoingOn, setGoingOn] = useState(false);
  const [error, setError] = useState<Error>();
  const begin = (): void => {
    setGoingOn(true);
    setError(undefined);
    does().catch((refused: unknown) => {
      setError(refused instanceof Error ? refused : new Error(String(refused)));
      setGoingOn(false);
    });
  };
  return { isGoingOn, error, begin };
}
