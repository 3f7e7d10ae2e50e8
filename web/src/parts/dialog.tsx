/** Asks for something before going on: the browser's own dialog, which keeps the focus inside and ends with Escape. */
import { type ReactNode, useEffect, useId, useRef } from "react";
import styles from "./dialog.module.css";

export function Dialog({
  title,
  isLocked = false,
  onClose,
  children,
}: {
  title: ReactNode;
  /** Can't be closed without doing what it asks for. */
  isLocked?: boolean;
  onClose: () => void;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        if (!isLocked) onClose();
      }}
      // Browsers let a second Escape close what the first did not.
      onClose={() => {
        if (isLocked && dialog.current?.isConnected) dialog.current.showModal();
      }}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}
