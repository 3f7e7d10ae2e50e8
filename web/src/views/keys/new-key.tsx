/** A key that was just made: it is shown this once. */
import { useRef, useState } from "react";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import styles from "./keys.module.css";

export interface MadeKey {
  id: string;
  key: string;
  name: string;
}

export function NewKey({ made, onClose }: { made: MadeKey; onClose: () => void }) {
  const [isCopied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(made.key);
      setCopied(true);
    } catch {
      // Pages without TLS may not write to the clipboard: it is selected, for whoever copies by hand.
      field.current?.select();
    }
  };
  return (
    <Dialog
      title={
        <>
          The key of <bdi>{made.name}</bdi>
        </>
      }
      isLocked
      onClose={onClose}
    >
      <p className={styles.warning} role="alert">
        Copy it now: it is shown this once, and stands nowhere again. Whoever has it can spend with it.
      </p>
      <div className={styles.secret}>
        <input
          ref={field}
          aria-label="The new key"
          readOnly
          value={made.key}
          spellCheck={false}
          onFocus={({ target }) => target.select()}
        />
        <Button tone="main" onClick={() => void copy()}>
          {isCopied ? "Copied" : "Copy"}
        </Button>
      </div>
      <Button onClick={onClose}>I have kept it</Button>
    </Dialog>
  );
}
