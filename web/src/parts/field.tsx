/** One thing that a form asks for, with what is wrong about it beside it. */
import { type ReactNode, useId } from "react";
import styles from "./field.module.css";

export function Field({
  label,
  hint,
  problem,
  children,
}: {
  label: ReactNode;
  hint?: ReactNode;
  problem?: string | undefined;
  /** The control; it is given the ids that tie it to its label and its hint. */
  children: (ties: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean }) => ReactNode;
}) {
  const id = useId();
  const hintId = `${id}-hint`;
  const isTold = hint !== undefined || problem !== undefined;
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": isTold ? hintId : undefined, "aria-invalid": problem !== undefined })}
      {isTold && (
        <p id={hintId} className={problem === undefined ? styles.hint : styles.problem}>
          {problem ?? hint}
        </p>
      )}
    </div>
  );
}
